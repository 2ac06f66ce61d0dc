/** Bytes of one message in, message or refusal out. Never throws. */
import { isAscii } from 'node:buffer';
import { type Codes, decimalIn } from './codes.ts';
import { cseqIn } from './header-cseq.ts';
import { mandatoryHeaders } from './header-names.ts';
import { HeaderSection, type HeaderSpan, scanHeaders } from './header-section.ts';
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
  // One more than the budgets allow tells that they are overrun.
  const end = Math.min(bytes.length, start + limits.startLineBytes + limits.headSectionBytes + 1);
  const head = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  const latin1 = head.toString('latin1');
  const feed = latin1.indexOf('\n');
  const lineEnd = feed < 0 ? latin1.length : feed;
  const line = latin1.slice(0, lineEnd > 0 && latin1.charCodeAt(lineEnd - 1) === 0x0d ? lineEnd - 1 : lineEnd);
  if (line === '') return drop('no message');
  const tooLong = line.length > limits.startLineBytes;
  const startLine = tooLong ? parseStartLine(shortened(line)) : parseStartLine(line);
  if (startLine.kind === 'useless') return drop(startLine.why);
  const {
    spans,
    fault: headFault,
    bodyStart,
  } = scanHeaders(latin1, head, feed < 0 ? latin1.length : feed + 1, latin1.length, limits);
  const section = new HeaderSection(latin1, head, spans, isAscii(head));
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
  const line = section.spanOf('via');
  return line === null ? null : section.read(line, topViaIn);
}

/**
 * The lines that the parser itself reads: the first of each name. Of all of them but Via a message
 * may carry one only: two would let two readers of one message see different things, even if the
 * copies agree (RFC 3261 7.3.1, RFC 4475 3.3.8).
 */
class Essentials {
  via: HeaderSpan | null = null;
  from: HeaderSpan | null = null;
  to: HeaderSpan | null = null;
  callId: HeaderSpan | null = null;
  cseq: HeaderSpan | null = null;
  contentLength: HeaderSpan | null = null;
  contentType: HeaderSpan | null = null;
  maxForwards: HeaderSpan | null = null;
  repeated: string | null = null;

  get complete(): boolean {
    const { via, from, to, callId, cseq } = this;
    return via !== null && from !== null && to !== null && callId !== null && cseq !== null;
  }

  take(span: HeaderSpan): void {
    switch (span.name) {
      case 'via':
        this.via ??= span;
        break;
      case 'from':
        this.from = this.#only(this.from, span);
        break;
      case 'to':
        this.to = this.#only(this.to, span);
        break;
      case 'call-id':
        this.callId = this.#only(this.callId, span);
        break;
      case 'cseq':
        this.cseq = this.#only(this.cseq, span);
        break;
      case 'content-length':
        this.contentLength = this.#only(this.contentLength, span);
        break;
      case 'content-type':
        this.contentType = this.#only(this.contentType, span);
        break;
      case 'max-forwards':
        this.maxForwards = this.#only(this.maxForwards, span);
        break;
    }
  }

  #only(first: HeaderSpan | null, span: HeaderSpan): HeaderSpan {
    if (first !== null) this.repeated ??= span.name;
    return first ?? span;
  }
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
  const lines = essentials(section);
  if (isFault(lines)) return lines;
  const { via: viaLine, from: fromLine, to: toLine, callId: callIdLine, cseq: cseqLine } = lines;
  if (viaLine === null || fromLine === null || toLine === null || callIdLine === null || cseqLine === null) {
    return fault(400, `Missing ${missingName(section)} header`);
  }
  const via = section.read(viaLine, topViaIn);
  if (via === null) return fault(400, 'Malformed Via header');
  const fromTag = section.read(fromLine, tagIn);
  if (fromTag === null) return fault(400, 'Malformed From header');
  const toTag = section.read(toLine, tagIn);
  if (toTag === null) return fault(400, 'Malformed To header');
  const callId = section.value(callIdLine);
  if (!isCallId(callId)) return fault(400, 'Malformed Call-ID header');
  const cseq = section.read(cseqLine, cseqIn);
  if (cseq === null) return fault(400, 'Malformed CSeq header');
  const bodyEnd = endOfBody(section, lines.contentLength, bytes.length, bodyStart, limits);
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
    callId,
    cseq,
  };
  if (startLine.kind === 'response') return new ParsedResponse(parts, startLine);
  // 8.2.2: "the method in the CSeq … MUST match the method of the request" (8.1.1.5).
  if (cseq.method !== startLine.method) return fault(400, 'CSeq method does not match the request');
  const maxForwards = lines.maxForwards === null ? null : section.read(lines.maxForwards, parseMaxForwards);
  if (maxForwards === 'malformed') return fault(400, 'Malformed Max-Forwards header');
  if (!contactsAreSound(section)) return fault(400, 'Malformed Contact header');
  return new ParsedRequest(parts, startLine, maxForwards);
}

/** One pass over the lines: the first of each name that is read here, and the headers that must not repeat. */
function essentials(section: HeaderSection): Essentials | Fault {
  const found = new Essentials();
  for (const span of section.spans) found.take(span);
  // What is missing is said first.
  return found.repeated !== null && found.complete ? fault(400, `More than one ${found.repeated} header`) : found;
}

function missingName(section: HeaderSection): string {
  return mandatoryHeaders.find(([normal]) => section.spanOf(normal) === null)?.[1] ?? '';
}

/** No blank, no comma. */
function isCallId(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === 0x2c) return false;
  }
  return text !== '';
}

function contactsAreSound(section: HeaderSection): boolean {
  let lines = 0;
  let wildcard = false;
  for (const span of section.spans) {
    if (span.name !== 'contact') continue;
    lines++;
    if (section.read(span, isWildcardContact)) wildcard = true;
    else if (!section.read(span, areNameAddresses)) return false;
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
  line: HeaderSpan | null,
  messageEnd: number,
  bodyStart: number,
  limits: MessageLimits,
): number | Fault {
  const available = messageEnd - bodyStart;
  const length = line === null ? available : section.read(line, parseLength);
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
