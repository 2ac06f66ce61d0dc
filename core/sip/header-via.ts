/** Via (RFC 3261 20.42, RFC 3581): where a request came through, and where its answer goes. */
import type { Endpoint } from '../runtime/index.ts';
import { isToken, parseDecimal, splitHeaderList } from './grammar.ts';
import { parseHeaderParameters } from './header-parameters.ts';
import { parseHostPort } from './host.ts';

export interface Via {
  /** `UDP`, `TCP`, …, upper-case; unknown ones too. */
  readonly transport: string;
  /** sent-by, without brackets around IPv6. */
  readonly host: string;
  readonly port: number | null;
  /** Null when there is none: an RFC 2543 client. */
  readonly branch: string | null;
  /** Without brackets. */
  readonly received: string | null;
  /** Null: absent; 'asked': without value (RFC 3581 3). */
  readonly rport: number | 'asked' | null;
  readonly maddr: string | null;
  readonly ttl: number | null;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Protocol name, version, transport with LWS around the slashes, then sent-by up to the parameters. */
const viaPattern = /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([^\s/;,]+)[ \t]+([^;]+)/i;

/** One Via value; null when malformed. */
export function parseVia(value: string): Via | null {
  const text = value.trim();
  const match = viaPattern.exec(text);
  const transport = match?.[1]?.toUpperCase() ?? '';
  if (match === null || !isToken(transport)) return null;
  const hostPort = parseHostPort((match[2] ?? '').trim().replace(/[ \t]*:[ \t]*/g, ':'));
  const parameters = parseHeaderParameters(text, match[0].length);
  if (hostPort === null || parameters === null) return null;
  const rport = parseRport(parameters.get('rport'));
  const ttl = parameters.get('ttl');
  const ttlValue = ttl === undefined ? null : parseDecimal(ttl, 255);
  if (rport === false || (ttl !== undefined && ttlValue === null)) return null;
  return {
    transport,
    host: hostPort.host,
    port: hostPort.port,
    branch: parameters.get('branch') || null,
    received: unbracketed(parameters.get('received')),
    rport,
    maddr: unbracketed(parameters.get('maddr')),
    ttl: ttlValue,
    parameters,
  };
}

/** All values of all Via lines, topmost first; null when one is malformed. */
export function parseViaList(lines: readonly string[]): readonly Via[] | null {
  const vias: Via[] = [];
  for (const line of lines) {
    for (const part of splitHeaderList(line)) {
      const via = parseVia(part);
      if (via === null) return null;
      vias.push(via);
    }
  }
  return vias;
}

function parseRport(text: string | undefined): number | 'asked' | null | false {
  if (text === undefined) return null;
  return text === '' ? 'asked' : (parseDecimal(text, 65535) ?? false);
}

/** RFC 5118 4.5: `received=[2001:db8::9]` and `received=2001:db8::9` are both in use. */
function unbracketed(host: string | undefined): string | null {
  if (host === undefined || host === '') return null;
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/**
 * The topmost Via line as the server transport leaves it for the response: "If the host portion
 * of the "sent-by" parameter contains a domain name, or if it contains an IP address that differs
 * from the packet source address, the server MUST add a "received" parameter" (18.2.1), and with
 * `rport` its value and always `received` (RFC 3581 4). Nothing else of the line changes.
 */
export function viaLineWithSource(line: string, source: Endpoint): string {
  const first = splitHeaderList(line)[0] ?? '';
  const via = parseVia(first);
  if (via === null) return line;
  const start = line.indexOf(first);
  const rest = line.slice(start + first.length);
  let edited = first;
  if (via.rport !== null) edited = replaceParameter(edited, 'rport', String(source.port));
  if (via.rport !== null || via.received !== null || via.host.toLowerCase() !== source.address.toLowerCase()) {
    edited = replaceParameter(edited, 'received', source.address);
  }
  return line.slice(0, start) + edited + rest;
}

function replaceParameter(text: string, name: string, value: string): string {
  const pattern = new RegExp(`;[ \\t]*${name}[ \\t]*(?:=[ \\t]*[^;\\s]*)?(?=[ \\t]*(?:;|$))`, 'i');
  return pattern.test(text) ? text.replace(pattern, `;${name}=${value}`) : `${text};${name}=${value}`;
}
