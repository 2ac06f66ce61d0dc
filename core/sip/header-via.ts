/** Via (RFC 3261 20.42, RFC 3581): where a request came through, and where its answer goes. */
import type { Endpoint } from '../runtime/index.ts';
import {
  afterBlanks,
  beforeBlanks,
  type Codes,
  codesOf,
  isWord,
  itemEnd,
  itemsIn,
  runEnd,
  tokenFlags,
} from './codes.ts';
import { parseDecimal } from './grammar.ts';
import {
  areDistinct,
  markedValue,
  newParameterMarks,
  nextParameter,
  parseHeaderParameters,
} from './header-parameters.ts';
import { hostMarks, scanHostPort } from './host.ts';

/** One value. Its parameters are read once more when somebody asks for others than the usual ones. */
export class Via {
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
  readonly #parameters: string;

  constructor(fields: Omit<Via, 'parameters'>, parameters: string) {
    this.transport = fields.transport;
    this.host = fields.host;
    this.port = fields.port;
    this.branch = fields.branch;
    this.received = fields.received;
    this.rport = fields.rport;
    this.maddr = fields.maddr;
    this.ttl = fields.ttl;
    this.#parameters = parameters;
  }

  get parameters(): ReadonlyMap<string, string> {
    return parseHeaderParameters(this.#parameters, 0) ?? new Map();
  }
}

/** Where the pieces of the value that is being read lie: found for every message, without an object. */
const marks = { transport: '', host: '', port: -1, parametersStart: 0 };
const parameter = newParameterMarks();

/** One Via value, blanks around it allowed; null when malformed. */
export function parseVia(text: string): Via | null {
  return viaIn(text, codesOf(text), 0, text.length);
}

/** The topmost value of a Via line; what follows its comma is not looked at. */
export function topViaIn(text: string, codes: Codes, from: number, to: number): Via | null {
  return readVia(text, codes, from, to, true);
}

/** All values of a range, topmost first; null when one is malformed. */
export function viasIn(text: string, codes: Codes, from: number, to: number): Via[] | null {
  return itemsIn(text, codes, from, to, viaIn);
}

function viaIn(text: string, codes: Codes, from: number, to: number): Via | null {
  return readVia(text, codes, from, to, false);
}

/** Bits of the parameters that are understood, to tell one that is there twice. */
const branchBit = 1;
const rportBit = 2;
const receivedBit = 4;
const maddrBit = 8;
const ttlBit = 16;

/** `endsAtComma`: the value may end before `to`. */
function readVia(text: string, codes: Codes, from: number, to: number, endsAtComma: boolean): Via | null {
  if (!scanVia(text, codes, from, to)) return null;
  const { transport, host, parametersStart } = marks;
  const port = marks.port < 0 ? null : marks.port;
  let branch: string | null = null;
  let received: string | null = null;
  let maddr: string | null = null;
  let rport: number | 'asked' | null = null;
  let ttl: number | null = null;
  let seen = 0;
  let mayRepeat = false;
  let at = parametersStart;
  while (at < to && !(endsAtComma && codes[at] === 0x2c)) {
    at = nextParameter(codes, at, to, parameter);
    if (at < 0) return null;
    const { nameStart, nameEnd } = parameter;
    let bit = 0;
    if (isWord(codes, nameStart, nameEnd, 'branch')) {
      bit = branchBit;
      branch = markedValue(text, codes, parameter) || null;
    } else if (isWord(codes, nameStart, nameEnd, 'rport')) {
      bit = rportBit;
      rport = 'asked';
      if (parameter.valueStart < parameter.valueEnd) rport = parseDecimal(markedValue(text, codes, parameter), 65535);
      if (rport === null) return null;
    } else if (isWord(codes, nameStart, nameEnd, 'received')) {
      bit = receivedBit;
      received = unbracketed(markedValue(text, codes, parameter));
    } else if (isWord(codes, nameStart, nameEnd, 'maddr')) {
      bit = maddrBit;
      maddr = unbracketed(markedValue(text, codes, parameter));
    } else if (isWord(codes, nameStart, nameEnd, 'ttl')) {
      bit = ttlBit;
      ttl = parseDecimal(markedValue(text, codes, parameter), 255);
      if (ttl === null) return null;
    } else mayRepeat = true;
    if ((seen & bit) !== 0) mayRepeat = true;
    seen |= bit;
  }
  // Two of one name may contradict each other.
  if (mayRepeat && !areDistinct(text, codes, parametersStart, at)) return null;
  return new Via({ transport, host, port, branch, received, rport, maddr, ttl }, text.slice(parametersStart, at));
}

/** Protocol name, version and transport with LWS around the slashes, then sent-by up to the parameters: into `marks`. */
function scanVia(text: string, codes: Codes, from: number, to: number): boolean {
  const start = afterBlanks(codes, from, to);
  if (!isWord(codes, start, start + 3, 'sip')) return false;
  const version = afterSlash(codes, start + 3, to);
  if (version < 0 || codes[version] !== 0x32 || codes[version + 1] !== 0x2e || codes[version + 2] !== 0x30)
    return false;
  const transportStart = afterSlash(codes, version + 3, to);
  if (transportStart < 0) return false;
  const transportEnd = runEnd(codes, transportStart, to, tokenFlags);
  const sentByStart = afterBlanks(codes, transportEnd, to);
  if (transportEnd === transportStart || sentByStart === transportEnd) return false;
  const parametersStart = sentByEnd(codes, sentByStart, to);
  marks.parametersStart = parametersStart;
  marks.transport = transportName(text, codes, transportStart, transportEnd);
  return scanSentBy(text, codes, sentByStart, beforeBlanks(codes, sentByStart, parametersStart));
}

/** The `;` of the parameters, or the comma behind the value, or `to`. */
function sentByEnd(codes: Codes, from: number, to: number): number {
  let at = from;
  while (at < to && codes[at] !== 0x3b && codes[at] !== 0x2c) at++;
  return at;
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
function scanSentBy(text: string, codes: Codes, from: number, to: number): boolean {
  if (scanHostPort(text, codes, from, to)) {
    marks.host = text.slice(hostMarks.start, hostMarks.end);
    marks.port = hostMarks.port;
    return true;
  }
  const written = text.slice(from, to);
  const squeezed = written
    .split(':')
    .map((piece) => piece.trim())
    .join(':');
  // Not `codesOf`, whose codes would take the place of those that are being read.
  return squeezed !== written && scanSentBy(squeezed, Buffer.from(squeezed, 'latin1'), 0, squeezed.length);
}

/** All values of all Via lines, topmost first; null when one is malformed. */
export function parseViaList(lines: readonly string[]): readonly Via[] | null {
  const vias: Via[] = [];
  for (const line of lines) {
    const more = viasIn(line, codesOf(line), 0, line.length);
    if (more === null) return null;
    vias.push(...more);
  }
  return vias;
}

/** RFC 5118 4.5: `received=[2001:db8::9]` and `received=2001:db8::9` are both in use. */
function unbracketed(host: string): string | null {
  if (host === '') return null;
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/**
 * The topmost Via line as the server transport leaves it for the response: "If the host portion
 * of the "sent-by" parameter contains a domain name, or if it contains an IP address that differs
 * from the packet source address, the server MUST add a "received" parameter" (18.2.1), and with
 * `rport` its value and always `received` (RFC 3581 4). Nothing else of the line changes.
 */
export function viaLineWithSource(line: string, source: Endpoint): string {
  return viaWithSourceIn(line, codesOf(line), 0, line.length, source);
}

/** As `viaLineWithSource` of a range. */
export function viaWithSourceIn(text: string, codes: Codes, from: number, to: number, source: Endpoint): string {
  const end = itemEnd(codes, from, to);
  if (!scanVia(text, codes, from, end)) return text.slice(from, to);
  const { parametersStart, host } = marks;
  let edited = '';
  // What is taken over as it is goes from here.
  let kept = from;
  let hasRport = false;
  let hasReceived = false;
  for (let at = parametersStart; at < end; ) {
    const next = nextParameter(codes, at, end, parameter);
    if (next < 0) return text.slice(from, to);
    const isRport = isWord(codes, parameter.nameStart, parameter.nameEnd, 'rport');
    const isReceived = !isRport && isWord(codes, parameter.nameStart, parameter.nameEnd, 'received');
    if (isRport || isReceived) {
      edited += text.slice(kept, at) + (isRport ? `;rport=${source.port}` : `;received=${source.address}`);
      kept = next;
      if (isRport) hasRport = true;
      else hasReceived = true;
    }
    at = next;
  }
  const { address } = source;
  const differs = host !== address && host.toLowerCase() !== address.toLowerCase();
  if (hasReceived || (!hasRport && !differs)) return edited + text.slice(kept, to);
  return `${edited}${text.slice(kept, end)};received=${address}${text.slice(end, to)}`;
}
