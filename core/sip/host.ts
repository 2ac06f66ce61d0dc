/** `hostport` of URIs and Via (RFC 3261 25.1, RFC 5118). */
import { parseDecimal } from './grammar.ts';

export interface HostPort {
  /** No brackets around IPv6; letter case kept. */
  readonly host: string;
  readonly port: number | null;
}

/**
 * Host names with underscores are let through: Windows phones have them. IPv6 is checked by its
 * characters only: RFC 5118 4.10 asks to live with `2001:db8:::192.0.2.1`, which old grammars made.
 */
const namePattern =
  /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;
const ipv6Pattern = /^[0-9A-Fa-f]*:[0-9A-Fa-f:]*:?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?:%[A-Za-z0-9]+)?$/;
const dotted = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;

/** `text` as host and optional port, without blanks; null when it is neither name nor address. */
export function parseHostPort(text: string): HostPort | null {
  if (text.startsWith('[')) {
    const close = text.indexOf(']');
    if (close < 0) return null;
    const host = text.slice(1, close);
    const port = parsePortSuffix(text.slice(close + 1));
    return port === false || !ipv6Pattern.test(host) || host.length > 64 ? null : { host, port };
  }
  const colon = text.indexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? null : parsePortSuffix(text.slice(colon));
  return port === false || !isHostName(host) ? null : { host, port };
}

function parsePortSuffix(text: string): number | null | false {
  if (text === '') return null;
  const port = text.startsWith(':') ? parseDecimal(text.slice(1), 65535) : null;
  return port ?? false;
}

function isHostName(host: string): boolean {
  return host.length <= 255 && namePattern.test(host);
}

/** True for an IPv4 or IPv6 address in text form. */
export function isIpAddress(host: string): boolean {
  if (host.includes(':')) return ipv6Pattern.test(host);
  return dotted.test(host) && host.split('.').every((part) => Number(part) <= 255);
}

/** `host[:port]`, with brackets around IPv6. */
export function printHostPort(host: string, port: number | null): string {
  const written = host.includes(':') ? `[${host}]` : host;
  return port === null ? written : `${written}:${port}`;
}
