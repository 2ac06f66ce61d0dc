/** Bytes of one message in, message or refusal out. Never throws. */
import { parseDecimal, splitHeaderList } from './grammar.ts';
import { type CSeq, parseCSeq } from './header-cseq.ts';
import { mandatoryHeaders, singletonHeaders } from './header-names.ts';
import { type HeaderSection, scanHeaders } from './header-section.ts';
import { parseVia, type Via } from './header-via.ts';
import {
  type CommonParts,
  type ParsedMessage,
  ParsedRequest,
  ParsedResponse,
  type Refusal,
  type RefusalStatus,
} from './message.ts';
import { defaultLimits, type MessageLimits } from './message-limits.ts';
import { parseContacts, parseNameAddress } from './name-address.ts';
import { parseStartLine, type StartLine } from './parse-start-line.ts';
import type { NameAddress } from './types.ts';

/** The fault of a message that is otherwise readable. */
interface Fault {
  readonly status: RefusalStatus;
  readonly why: string;
}

function fault(status: RefusalStatus, why: string): Fault {
  return { status, why };
}

function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'why' in value;
}

/**
 * Parses one message: a datagram, or what `frameMessage` cut from a stream. Octets after the body
 * that Content-Length tells are ignored (RFC 3261 18.3, RFC 4475 3.1.1.8); without Content-Length
 * the body is the rest.
 */
export function parseMessage(bytes: Uint8Array, limits: MessageLimits = defaultLimits): ParsedMessage | Refusal {
  const start = skipLineBreaks(bytes);
  const headEnd = endOfHead(bytes, start);
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
    start,
    Math.min(headEnd?.end ?? bytes.length, start + limits.startLineBytes + limits.headSectionBytes),
  );
  const feed = latin1.indexOf('\n');
  const line = (feed < 0 ? latin1 : latin1.slice(0, feed)).replace(/\r$/, '');
  if (line === '') return drop('no message');
  const tooLong = line.length > limits.startLineBytes;
  const startLine = parseStartLine(tooLong ? shortened(line) : line);
  if (startLine.kind === 'useless') return drop(startLine.why);
  const { section, fault: headFault } = scanHeaders(
    latin1,
    feed < 0 ? latin1.length : feed + 1,
    headEnd === null ? latin1.length : Math.min(latin1.length, headEnd.blankStart - start),
    limits,
  );
  const first =
    (tooLong ? fault(414, 'Request-URI Too Long') : null) ??
    (startLine.kind === 'badRequest' ? fault(startLine.status, startLine.why) : null) ??
    headFault ??
    (headEnd === null ? fault(400, 'No empty line after the headers') : null);
  const result = first ?? assemble(startLine, section, bytes.subarray(start), (headEnd?.end ?? 0) - start, limits);
  return isFault(result) ? refuse(startLine, section, result) : result;
}

/** True for a datagram of blank lines or NULs: a keep-alive, nothing to answer (RFC 5626 3.5.1). */
export function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x0d || byte === 0x0a || byte === 0);
}

/** "Implementations … SHOULD ignore any CRLF appearing before the start-line" (7.5). */
function skipLineBreaks(bytes: Uint8Array): number {
  let at = 0;
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at++;
  return at;
}

export interface HeadEnd {
  /** Where the empty line begins. */
  readonly blankStart: number;
  /** Where the body begins. */
  readonly end: number;
}

/** The first empty line at or after `from`; null when there is none yet. */
export function endOfHead(bytes: Uint8Array, from: number): HeadEnd | null {
  for (let feed = bytes.indexOf(0x0a, from); feed >= 0; feed = bytes.indexOf(0x0a, feed + 1)) {
    const next = bytes[feed + 1];
    if (next === 0x0a) return { blankStart: feed + 1, end: feed + 2 };
    if (next === 0x0d && bytes[feed + 2] === 0x0a) return { blankStart: feed + 1, end: feed + 3 };
  }
  return null;
}

/** An overlong line so that its method can be told: what is between is refused anyhow. */
function shortened(line: string): string {
  return `${/^\S{1,64}/.exec(line)?.[0] ?? ''} sip:a SIP/2.0`;
}

function drop(why: string): Refusal {
  return { kind: 'refused', status: 400, why, partial: null };
}

/** An ACK is never answered, and neither is a response. */
function refuse(startLine: StartLine, section: HeaderSection, { status, why }: Fault): Refusal {
  const answerable = (startLine.kind === 'request' || startLine.kind === 'badRequest') && startLine.method !== 'ACK';
  const partial = answerable ? { method: startLine.method, section, via: topVia(section) } : null;
  return { kind: 'refused', status, why, partial };
}

function topVia(section: HeaderSection): Via | null {
  const line = section.header('via');
  return line === null ? null : parseVia(splitHeaderList(line)[0] ?? '');
}

function assemble(
  startLine: Exclude<StartLine, { kind: 'useless' }>,
  section: HeaderSection,
  bytes: Uint8Array,
  bodyStart: number,
  limits: MessageLimits,
): ParsedMessage | Fault {
  if (startLine.kind === 'badRequest') return fault(startLine.status, startLine.why);
  const common = readCommon(section);
  if (isFault(common)) return common;
  const body = cutBody(section, bytes, bodyStart, limits);
  if (isFault(body)) return body;
  // Field by field: spreading costs more than all the parsing.
  const { via, from, to, callId, cseq } = common;
  const parts: CommonParts = { section, body: body.body, bytes: body.bytes, via, from, to, callId, cseq };
  if (startLine.kind === 'response') return new ParsedResponse(parts, startLine);
  // 8.2.2: "the method in the CSeq … MUST match the method of the request" (8.1.1.5).
  if (common.cseq.method !== startLine.method) return fault(400, 'CSeq method does not match the request');
  const maxForwards = readMaxForwards(section);
  if (isFault(maxForwards)) return maxForwards;
  if (parseContacts(section.headers('contact')) === null) return fault(400, 'Malformed Contact header');
  return new ParsedRequest(parts, startLine, maxForwards);
}

function readCommon(section: HeaderSection): Fault | Pick<CommonParts, 'via' | 'from' | 'to' | 'callId' | 'cseq'> {
  for (const [normal, written] of mandatoryHeaders) {
    if (section.header(normal) === null) return fault(400, `Missing ${written} header`);
  }
  const seen = new Set<string>();
  for (const { name } of section.spans) {
    if (seen.has(name) && singletonHeaders.includes(name)) return fault(400, `More than one ${name} header`);
    seen.add(name);
  }
  const via: Via | null = topVia(section);
  if (via === null) return fault(400, 'Malformed Via header');
  const from: NameAddress | null = parseNameAddress(section.header('from') ?? '');
  if (from === null) return fault(400, 'Malformed From header');
  const to: NameAddress | null = parseNameAddress(section.header('to') ?? '');
  if (to === null) return fault(400, 'Malformed To header');
  const callId = section.header('call-id') ?? '';
  if (callId === '' || /[\s,]/.test(callId)) return fault(400, 'Malformed Call-ID header');
  const cseq: CSeq | null = parseCSeq(section.header('cseq') ?? '');
  return cseq === null ? fault(400, 'Malformed CSeq header') : { via, from, to, callId, cseq };
}

/**
 * 18.3: octets beyond Content-Length are discarded; "if the transport packet ends before the end
 * of the message body, this is considered an error": 400.
 */
function cutBody(
  section: HeaderSection,
  bytes: Uint8Array,
  bodyStart: number,
  limits: MessageLimits,
): Pick<CommonParts, 'body' | 'bytes'> | Fault {
  const available = bytes.length - bodyStart;
  const text = section.header('content-length');
  const length = text === null ? available : parseDecimal(text, Number.MAX_SAFE_INTEGER);
  if (length === null) return fault(400, 'Malformed Content-Length header');
  if (length > available) return fault(400, 'Content-Length larger than the message');
  if (length > limits.bodyBytes) return fault(513, 'Message Too Large');
  const end = bodyStart + length;
  return { body: bytes.subarray(bodyStart, end), bytes: bytes.subarray(0, end) };
}

/** "an integer in the range 0-255" (20.22). */
function readMaxForwards(section: HeaderSection): number | null | Fault {
  const text = section.header('max-forwards');
  if (text === null) return null;
  return parseDecimal(text.replace(/^0{1,16}(?=[0-9])/, ''), 255) ?? fault(400, 'Malformed Max-Forwards header');
}
