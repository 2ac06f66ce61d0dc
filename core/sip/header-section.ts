/**
 * The header lines of a message as offsets into its bytes: nothing is decoded until somebody asks
 * for a header, and what is copied into another message is copied byte by byte.
 */
import { normalHeaderName } from './header-names.ts';
import type { MessageLimits } from './message-limits.ts';
import type { HeaderLine, SipHeaders } from './types.ts';

/** One header line with its folded continuation; offsets into the Latin-1 text of the head. */
export interface HeaderSpan {
  /** Full name, lower-case. */
  readonly name: string;
  /** Of the line; the end is after its line break. */
  readonly start: number;
  readonly end: number;
  /** Of the name as it was written. */
  readonly nameEnd: number;
  /** Of the value, blanks and line break outside. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

export class HeaderSection implements SipHeaders {
  /** The head as Latin-1: one character a byte. */
  readonly latin1: string;
  readonly spans: readonly HeaderSpan[];
  readonly #decoded = new Map<HeaderSpan, string>();

  constructor(latin1: string, spans: readonly HeaderSpan[]) {
    this.latin1 = latin1;
    this.spans = spans;
  }

  header(name: string): string | null {
    const wanted = normalHeaderName(name);
    for (const span of this.spans) if (span.name === wanted) return this.#value(span);
    return null;
  }

  headers(name: string): readonly string[] {
    return this.spansOf(name).map((span) => this.#value(span));
  }

  allHeaders(): readonly HeaderLine[] {
    return this.spans.map((span) => [this.latin1.slice(span.start, span.nameEnd), this.#value(span)]);
  }

  spansOf(name: string): readonly HeaderSpan[] {
    const wanted = normalHeaderName(name);
    return this.spans.filter((span) => span.name === wanted);
  }

  /** The value as Latin-1, unfolded: for copying. */
  rawValue(span: HeaderSpan): string {
    return unfold(this.latin1.slice(span.valueStart, span.valueEnd));
  }

  #value(span: HeaderSpan): string {
    let value = this.#decoded.get(span);
    if (value === undefined) {
      value = decodeUtf8(this.rawValue(span));
      this.#decoded.set(span, value);
    }
    return value;
  }
}

/** "Any form of LWS … may be replaced with a single SP" (RFC 3261 7.3.1). */
function unfold(value: string): string {
  return value.includes('\n') ? value.replace(/[ \t]*\r*\n[ \t]+/g, ' ') : value;
}

/** Latin-1 text of bytes as the UTF-8 that they are; bytes that are none become U+FFFD. */
export function decodeUtf8(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: asks whether anything is beyond ASCII
  return /^[\u0000-\u007f]*$/.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8');
}

/** Why a head cannot be read. */
export interface HeadFault {
  readonly status: 400 | 513;
  readonly why: string;
}

export interface ScannedHead {
  readonly section: HeaderSection;
  readonly fault: HeadFault | null;
}

/**
 * Finds the header lines between `from` (after the start line) and `end` (of the last line). Line
 * ends are CRLF; bare LF is let through. A line without name or colon is a fault; the lines
 * around it are still found, so that a 400 can be answered.
 */
export function scanHeaders(latin1: string, from: number, end: number, limits: MessageLimits): ScannedHead {
  const spans: HeaderSpan[] = [];
  let fault: HeadFault | null =
    end - from > limits.headSectionBytes ? { status: 513, why: 'header section too large' } : null;
  let start = from;
  while (start < end) {
    const lineEnd = foldedLineEnd(latin1, start, end);
    if (spans.length >= limits.headerCount) {
      fault ??= { status: 400, why: `more than ${limits.headerCount} header lines` };
      break;
    }
    const span = lineEnd - start > limits.headerBytes ? null : scanLine(latin1, start, lineEnd);
    if (span !== null) spans.push(span);
    else fault ??= { status: 400, why: lineFault(latin1, start, lineEnd, limits) };
    start = lineEnd;
  }
  return { section: new HeaderSection(latin1, spans), fault };
}

function foldedLineEnd(latin1: string, start: number, end: number): number {
  let at = start;
  for (;;) {
    const feed = latin1.indexOf('\n', at);
    if (feed < 0 || feed >= end) return end;
    at = feed + 1;
    const next = latin1.charCodeAt(at);
    if (at >= end || (next !== 0x20 && next !== 0x09)) return at;
  }
}

function scanLine(latin1: string, start: number, end: number): HeaderSpan | null {
  const colon = latin1.indexOf(':', start);
  if (colon < 0 || colon >= end) return null;
  let nameEnd = colon;
  while (nameEnd > start && isBlank(latin1.charCodeAt(nameEnd - 1))) nameEnd--;
  const written = latin1.slice(start, nameEnd);
  if (!/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(written)) return null;
  let valueStart = colon + 1;
  let valueEnd = end;
  while (valueStart < valueEnd && isBlank(latin1.charCodeAt(valueStart))) valueStart++;
  while (valueEnd > valueStart && isBlank(latin1.charCodeAt(valueEnd - 1))) valueEnd--;
  return { name: normalHeaderName(written), start, end, nameEnd, valueStart, valueEnd };
}

function lineFault(latin1: string, start: number, end: number, limits: MessageLimits): string {
  const shown = latin1
    .slice(start, Math.min(end, start + 24))
    .replace(/[^\u0021-\u007e]+/g, ' ')
    .trim();
  return end - start > limits.headerBytes ? `header line too long: "${shown}"` : `not a header line: "${shown}"`;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
