/** Bytes of one message in, message or refusal out. Never throws. */
import { isAscii } from 'node:buffer';
import { type Codes, codesOf, decimalIn } from './codes.ts';
import { cseqIn } from './header-cseq.ts';
import { headerIds, headerNameOf, mandatoryHeaders } from './header-names.ts';
import { HeaderSection, scanHeaders } from './header-section.ts';
import { topViaIn, type Via } from './header-via.ts';
import {
  type CommonParts,
  type ParsedMessage,
  ParsedRequest,
  ParsedResponse,
  type Refusal,
  type RefusalStatus,
} from './message.ts';
import { defaultLimits, type MessageLimits } from './message-limits.ts';
import { areNameAddresses, tagIn } from './name-address.ts';
import { parseStartLine, type StartLine } from './parse-start-line.ts';

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
  const buffer =
    start === 0 && Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  // One more than the budgets allow tells that they are overrun.
  const limit = limits.startLineBytes + limits.headSectionBytes + 1;
  const head = buffer.length <= limit ? buffer : buffer.subarray(0, limit);
  const latin1 = head.toString('latin1');
  const feed = latin1.indexOf('\n');
  const lineEnd = feed < 0 ? latin1.length : feed;
  const startLineEnd = lineEnd > 0 && head[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd;
  if (startLineEnd === 0) return drop('no message');
  const tooLong = startLineEnd > limits.startLineBytes;
  const ascii = isAscii(head);
  const startLine = tooLong ? overlongStartLine(latin1) : parseStartLine(latin1, head, startLineEnd, ascii);
  if (startLine.kind === 'useless') return drop(startLine.why);
  const {
    lines,
    fault: headFault,
    bodyStart,
  } = scanHeaders(latin1, head, feed < 0 ? latin1.length : feed + 1, latin1.length, limits);
  const section = new HeaderSection(latin1, head, lines, ascii);
  const first =
    (tooLong ? fault(414, 'Request-URI Too Long') : null) ??
    (startLine.kind === 'badRequest' ? fault(startLine.status, startLine.why) : null) ??
    headFault ??
    (bodyStart === null ? fault(400, 'No empty line after the headers') : null);
  const message = first ?? assemble(startLine, section, bytes, start, start + (bodyStart ?? 0), limits);
  return isFault(message) ? refuse(startLine, section, message) : message;
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

/** What can be told of an overlong line: its method. What follows is refused anyhow. */
function overlongStartLine(text: string): StartLine {
  const short = `${/^\S{1,64}/.exec(text)?.[0] ?? ''} sip:a SIP/2.0`;
  return parseStartLine(short, codesOf(short), short.length, false);
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
  const line = section.lineOfId(headerIds.via);
  return line < 0 ? null : section.read(line, topViaIn);
}

/**
 * The first line of each name that the parser itself reads, by its id; -1: there is none. Good until
 * the next message is read.
 */
const firstLines: number[] = new Array<number>(headerIds.contact + 1).fill(-1);

/**
 * Fills `firstLines`. Of all of these names but Via and Contact a message may carry one line only:
 * two would let two readers of one message see different things, even if the copies agree
 * (RFC 3261 7.3.1, RFC 4475 3.3.8).
 *
 * @returns the id of the first name that is there twice, or 0
 */
function findEssentials(section: HeaderSection): number {
  for (let id = 0; id < firstLines.length; id++) firstLines[id] = -1;
  let repeated = 0;
  for (let line = 0; line < section.count; line++) {
    const id = section.idOf(line);
    if (id === headerIds.other || id > headerIds.contact) continue;
    if (firstLines[id] === -1) firstLines[id] = line;
    else if (repeated === 0 && id !== headerIds.via && id !== headerIds.contact) repeated = id;
  }
  return repeated;
}

function firstLine(id: number): number {
  return firstLines[id] ?? -1;
}

function assemble(
  startLine: Exclude<StartLine, { kind: 'useless' }>,
  section: HeaderSection,
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  limits: MessageLimits,
): ParsedMessage | Fault {
  if (startLine.kind === 'badRequest') return fault(startLine.status, startLine.why);
  const repeated = findEssentials(section);
  const viaLine = firstLine(headerIds.via);
  const fromLine = firstLine(headerIds.from);
  const toLine = firstLine(headerIds.to);
  const callIdLine = firstLine(headerIds.callId);
  const cseqLine = firstLine(headerIds.cseq);
  // Above zero only if none is missing: what is missing is said first.
  if ((viaLine | fromLine | toLine | callIdLine | cseqLine) < 0) return fault(400, `Missing ${missingName()} header`);
  if (repeated !== 0) return fault(400, `More than one ${headerNameOf(repeated)} header`);
  const via = section.read(viaLine, topViaIn);
  if (via === null) return fault(400, 'Malformed Via header');
  const fromTag = section.read(fromLine, tagIn);
  if (fromTag === null) return fault(400, 'Malformed From header');
  const toTag = section.read(toLine, tagIn);
  if (toTag === null) return fault(400, 'Malformed To header');
  if (!section.read(callIdLine, isCallId)) return fault(400, 'Malformed Call-ID header');
  const cseq = section.read(cseqLine, cseqIn);
  if (cseq === null) return fault(400, 'Malformed CSeq header');
  const bodyEnd = endOfBody(section, firstLine(headerIds.contentLength), bytes.length, bodyStart, limits);
  if (typeof bodyEnd !== 'number') return bodyEnd;
  const parts: CommonParts = {
    section,
    received: bytes,
    start,
    bodyStart,
    end: bodyEnd,
    via,
    fromLine,
    toLine,
    fromTag,
    toTag,
    callId: section.value(callIdLine),
    cseq,
  };
  if (startLine.kind === 'response') return new ParsedResponse(parts, startLine);
  // 8.2.2: "the method in the CSeq … MUST match the method of the request" (8.1.1.5).
  if (cseq.method !== startLine.method) return fault(400, 'CSeq method does not match the request');
  const maxForwardsLine = firstLine(headerIds.maxForwards);
  const maxForwards = maxForwardsLine < 0 ? null : section.read(maxForwardsLine, parseMaxForwards);
  if (maxForwards === 'malformed') return fault(400, 'Malformed Max-Forwards header');
  if (!contactsAreSound(section)) return fault(400, 'Malformed Contact header');
  return new ParsedRequest(parts, startLine, maxForwards);
}

function missingName(): string {
  return mandatoryHeaders.find(([id]) => firstLine(id) < 0)?.[1] ?? '';
}

/** No blank, no comma. */
function isCallId(_text: string, codes: Codes, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = codes[at] ?? 0;
    if (code <= 0x20 || code === 0x2c) return false;
  }
  return to > from;
}

function contactsAreSound(section: HeaderSection): boolean {
  let lines = 0;
  let wildcard = false;
  const { contact } = headerIds;
  for (let line = firstLine(contact); line >= 0; line = section.lineOfId(contact, line + 1)) {
    lines++;
    if (section.read(line, isWildcardContact)) wildcard = true;
    else if (!section.read(line, areNameAddresses)) return false;
  }
  return !wildcard || lines === 1;
}

function isWildcardContact(_text: string, codes: Codes, from: number, to: number): boolean {
  return to - from === 1 && codes[from] === 0x2a;
}

/**
 * 18.3: octets beyond Content-Length are discarded; "if the transport packet ends before the end
 * of the message body, this is considered an error": 400.
 */
function endOfBody(
  section: HeaderSection,
  line: number,
  messageEnd: number,
  bodyStart: number,
  limits: MessageLimits,
): number | Fault {
  const available = messageEnd - bodyStart;
  const length = line < 0 ? available : section.read(line, parseLength);
  if (length === null) return fault(400, 'Malformed Content-Length header');
  if (length > available) return fault(400, 'Content-Length larger than the message');
  return length > limits.bodyBytes ? fault(513, 'Message Too Large') : bodyStart + length;
}

function parseLength(_text: string, codes: Codes, from: number, to: number): number | null {
  return decimalIn(codes, from, to, Number.MAX_SAFE_INTEGER);
}

/** "an integer in the range 0-255" (20.22). */
function parseMaxForwards(_text: string, codes: Codes, from: number, to: number): number | 'malformed' {
  return decimalIn(codes, from, to, 255) ?? 'malformed';
}
