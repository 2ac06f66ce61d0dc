/** Via (RFC 3261 20.42, RFC 3581): where a request came through, and where its answer goes. */
import type { Endpoint } from '../runtime/index.ts';
import {
  afterBlanks,
  beforeBlanks,
  type Codes,
  codeAt,
  codesOf,
  isWord,
  itemEnd,
  runEnd,
  tokenFlags,
} from './codes.ts';
import { parseDecimal, splitHeaderList } from './grammar.ts';
import { newParameterMarks, nextParameter, parametersIn } from './header-parameters.ts';
import { type HostPort, scanHostPort } from './host.ts';

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

/** Where the pieces of one value lie. */
interface ViaMarks {
  readonly transport: string;
  readonly sentBy: HostPort;
  readonly parametersStart: number;
}

/** One Via value, blanks around it allowed; null when malformed. */
export function parseVia(text: string): Via | null {
  return viaIn(text, codesOf(text), 0, text.length);
}

/** The topmost value of a Via line. */
export function topViaIn(text: string, codes: Codes, from: number, to: number): Via | null {
  return viaIn(text, codes, from, itemEnd(codes, from, to));
}

function viaIn(text: string, codes: Codes, from: number, to: number): Via | null {
  const marks = scanVia(text, codes, from, to);
  const parameters = marks === null ? null : parametersIn(text, codes, marks.parametersStart, to);
  if (marks === null || parameters === null) return null;
  const rport = parseRport(parameters.get('rport'));
  const ttl = parameters.get('ttl');
  const ttlValue = ttl === undefined ? null : parseDecimal(ttl, 255);
  if (rport === false || (ttl !== undefined && ttlValue === null)) return null;
  return {
    transport: marks.transport,
    host: marks.sentBy.host,
    port: marks.sentBy.port,
    branch: parameters.get('branch') || null,
    received: unbracketed(parameters.get('received')),
    rport,
    maddr: unbracketed(parameters.get('maddr')),
    ttl: ttlValue,
    parameters,
  };
}

/** Protocol name, version and transport with LWS around the slashes, then sent-by up to the parameters. */
function scanVia(text: string, codes: Codes, from: number, to: number): ViaMarks | null {
  const start = afterBlanks(codes, from, to);
  if (!isWord(codes, start, start + 3, 'sip')) return null;
  const version = afterSlash(codes, start + 3, to);
  if (version < 0 || !text.startsWith('2.0', version)) return null;
  const transportStart = afterSlash(codes, version + 3, to);
  if (transportStart < 0) return null;
  const transportEnd = runEnd(codes, transportStart, to, tokenFlags);
  const sentByStart = afterBlanks(codes, transportEnd, to);
  if (transportEnd === transportStart || sentByStart === transportEnd) return null;
  const parametersStart = codeAt(codes, 0x3b, sentByStart, to);
  const sentBy = sentByIn(text, codes, sentByStart, beforeBlanks(codes, sentByStart, parametersStart));
  if (sentBy === null) return null;
  return { transport: transportName(text, codes, transportStart, transportEnd), sentBy, parametersStart };
}

function transportName(text: string, codes: Codes, from: number, to: number): string {
  if (isWord(codes, from, to, 'udp')) return 'UDP';
  return text.slice(from, to).toUpperCase();
}

/** After `SLASH` and its blanks, or -1. */
function afterSlash(codes: Codes, from: number, to: number): number {
  const at = afterBlanks(codes, from, to);
  return at < to && codes[at] === 0x2f ? afterBlanks(codes, at + 1, to) : -1;
}

/** `host [ COLON port ]`: COLON may have blanks around it. */
function sentByIn(text: string, codes: Codes, from: number, to: number): HostPort | null {
  const marks = scanHostPort(text, codes, from, to);
  if (marks !== null) return { host: text.slice(marks.hostStart, marks.hostEnd), port: marks.port };
  const written = text.slice(from, to);
  const squeezed = written
    .split(':')
    .map((piece) => piece.trim())
    .join(':');
  return squeezed === written ? null : hostPortOf(squeezed);
}

/** Not `parseHostPort`, whose codes would take the place of those that are being read. */
function hostPortOf(text: string): HostPort | null {
  const marks = scanHostPort(text, Buffer.from(text, 'latin1'), 0, text.length);
  return marks === null ? null : { host: text.slice(marks.hostStart, marks.hostEnd), port: marks.port };
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
  const codes = codesOf(line);
  const end = itemEnd(codes, 0, line.length);
  const marks = scanVia(line, codes, 0, end);
  if (marks === null) return line;
  const parameter = newParameterMarks();
  let edited = line.slice(0, marks.parametersStart);
  let hasRport = false;
  let hasReceived = false;
  for (let at = marks.parametersStart; at < end; ) {
    const next = nextParameter(codes, at, end, parameter);
    if (next < 0) return line;
    const isRport = isWord(codes, parameter.nameStart, parameter.nameEnd, 'rport');
    const isReceived = !isRport && isWord(codes, parameter.nameStart, parameter.nameEnd, 'received');
    if (isRport) edited += `;rport=${source.port}`;
    else if (isReceived) edited += `;received=${source.address}`;
    else edited += line.slice(at, next);
    hasRport ||= isRport;
    hasReceived ||= isReceived;
    at = next;
  }
  const differs = marks.sentBy.host.toLowerCase() !== source.address.toLowerCase();
  if (!hasReceived && (hasRport || differs)) edited += `;received=${source.address}`;
  return edited + line.slice(end);
}
