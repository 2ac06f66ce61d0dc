/** `hostport` of URIs and Via (RFC 3261 25.1, RFC 5118). */
import { type Codes, codesOf, decimalIn, flags } from './codes.ts';

export interface HostPort {
  /** No brackets around IPv6; letter case kept. */
  readonly host: string;
  readonly port: number | null;
}

/** Host names with underscores are let through: Windows phones have them. */
const nameCodes = flags('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_');
/**
 * IPv6 is checked by its characters only: RFC 5118 4.10 asks to live with `2001:db8:::192.0.2.1`,
 * which old grammars made. A zone (RFC 6874) may follow `%` or its escape `%25`.
 */
const ipv6Pattern = /^[0-9A-Fa-f]*:[0-9A-Fa-f:]*:?(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?(?:%[A-Za-z0-9._~-]+)?$/;
const maxNameLength = 255;
const maxIpv6Length = 64;

/** Where the host of the `hostport` that was scanned last lies, and its port: no object is made for each. */
export const hostMarks = {
  /** Without brackets. */
  start: 0,
  end: 0,
  /** -1: none. */
  port: -1,
};

/** Reads a range as host and optional port, without blanks, into `hostMarks`; false when it is neither name nor address. */
export function scanHostPort(text: string, codes: Codes, from: number, to: number): boolean {
  const bracketed = from < to && codes[from] === 0x5b;
  const hostStart = bracketed ? from + 1 : from;
  const hostEnd = bracketed ? bracketEnd(text, codes, hostStart, to) : nameEnd(codes, from, to);
  if (hostEnd < 0) return false;
  hostMarks.start = hostStart;
  hostMarks.end = hostEnd;
  hostMarks.port = -1;
  const portStart = bracketed ? hostEnd + 1 : hostEnd;
  if (portStart === to) return true;
  const port = codes[portStart] === 0x3a ? decimalIn(codes, portStart + 1, to, 65535) : null;
  if (port === null) return false;
  hostMarks.port = port;
  return true;
}

/** The port in `hostMarks`; null: none. */
export function markedPort(): number | null {
  return hostMarks.port < 0 ? null : hostMarks.port;
}

/** `text` as host and optional port, without blanks; null when it is neither name nor address. */
export function parseHostPort(text: string): HostPort | null {
  if (!scanHostPort(text, codesOf(text), 0, text.length)) return null;
  return { host: text.slice(hostMarks.start, hostMarks.end), port: markedPort() };
}

function bracketEnd(text: string, codes: Codes, from: number, to: number): number {
  const limit = Math.min(to, from + maxIpv6Length + 1);
  for (let at = from; at < limit; at++) {
    if (codes[at] === 0x5d) return ipv6Pattern.test(text.slice(from, at)) ? at : -1;
  }
  return -1;
}

/** Where a host name ends: labels of letters, digits, `_` and inner `-`, joined by dots; one dot may be last. */
function nameEnd(codes: Codes, from: number, to: number): number {
  let before = 0x2e;
  let at = from;
  for (; at < to; at++) {
    const code = codes[at] ?? 0;
    if (code === 0x3a) break;
    if (nameCodes[code] !== 1) {
      if (before === 0x2e || (code !== 0x2d && code !== 0x2e)) return -1;
      if (code === 0x2e && before === 0x2d) return -1;
    }
    before = code;
  }
  return at === from || before === 0x2d || at - from > maxNameLength ? -1 : at;
}

/** True for an IPv4 or IPv6 address in text form. */
export function isIpAddress(host: string): boolean {
  if (host.includes(':')) return host.length <= maxIpv6Length && ipv6Pattern.test(host);
  return isDotted(host);
}

/** Four numbers of up to three digits, none above 255, with dots between. */
function isDotted(host: string): boolean {
  let dots = 0;
  let digits = 0;
  let value = 0;
  for (let at = 0; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code === 0x2e) {
      if (digits === 0 || ++dots > 3) return false;
      digits = 0;
      value = 0;
      continue;
    }
    if (code < 0x30 || code > 0x39 || ++digits > 3) return false;
    value = value * 10 + code - 0x30;
    if (value > 255) return false;
  }
  return dots === 3 && digits > 0;
}

/** `host[:port]`, with brackets around IPv6. */
export function printHostPort(host: string, port: number | null): string {
  const written = host.includes(':') ? `[${host}]` : host;
  return port === null ? written : `${written}:${port}`;
}
