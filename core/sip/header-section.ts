/**
 * The header lines of a message as offsets into its bytes: nothing is decoded until somebody asks
 * for a header, and what is copied into another message is copied byte by byte.
 */
import { type Codes, codesOf, runEnd, tokenFlags } from './codes.ts';
import { headerNameAt, normalHeaderName } from './header-names.ts';
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
  /** There are line breaks inside the value. */
  readonly folded: boolean;
}

/** Reads what lies between `from` and `to`; `codes` are those of `text`. */
export type RangeReader<T> = (text: string, codes: Codes, from: number, to: number) => T;

export class HeaderSection implements SipHeaders {
  /** The head as Latin-1: one character a byte. */
  readonly latin1: string;
  /** The same as bytes. */
  readonly codes: Codes;
  readonly spans: readonly HeaderSpan[];
  /** No byte of the head is beyond ASCII, so that its text is its meaning. */
  readonly ascii: boolean;

  constructor(latin1: string, codes: Codes, spans: readonly HeaderSpan[], ascii: boolean) {
    this.latin1 = latin1;
    this.codes = codes;
    this.spans = spans;
    this.ascii = ascii;
  }

  header(name: string): string | null {
    const span = this.spanOf(name);
    return span === null ? null : this.value(span);
  }

  headers(name: string): readonly string[] {
    return this.spansOf(name).map((span) => this.value(span));
  }

  allHeaders(): readonly HeaderLine[] {
    return this.spans.map((span) => [this.latin1.slice(span.start, span.nameEnd), this.value(span)]);
  }

  /** The first line of that name. */
  spanOf(name: string): HeaderSpan | null {
    const wanted = normalHeaderName(name);
    for (const span of this.spans) if (span.name === wanted) return span;
    return null;
  }

  spansOf(name: string): readonly HeaderSpan[] {
    const wanted = normalHeaderName(name);
    const found: HeaderSpan[] = [];
    for (const span of this.spans) if (span.name === wanted) found.push(span);
    return found;
  }

  /** The value as Latin-1, unfolded: for copying. */
  rawValue(span: HeaderSpan): string {
    const value = this.latin1.slice(span.valueStart, span.valueEnd);
    return span.folded ? unfold(value) : value;
  }

  /** The value as it is meant: unfolded, UTF-8. */
  value(span: HeaderSpan): string {
    const raw = this.rawValue(span);
    return this.ascii ? raw : decodeUtf8(raw);
  }

  /** What `reader` makes of the value, read where it lies if that is possible. */
  read<T>(span: HeaderSpan, reader: RangeReader<T>): T {
    if (this.ascii && !span.folded) {
      return reader(this.latin1, this.codes, span.valueStart, span.valueEnd);
    }
    const value = this.value(span);
    return reader(value, codesOf(value), 0, value.length);
  }
}

/** "Any form of LWS … may be replaced with a single SP" (RFC 3261 7.3.1). */
function unfold(value: string): string {
  let text = '';
  let start = 0;
  for (let feed = value.indexOf('\n'); feed >= 0; feed = value.indexOf('\n', start)) {
    let end = feed;
    while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
    text += `${value.slice(start, end)} `;
    start = feed + 1;
    while (isBlank(value.charCodeAt(start))) start++;
  }
  return text + value.slice(start);
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
  readonly spans: readonly HeaderSpan[];
  readonly fault: HeadFault | null;
  /** After the empty line; null when there is none, or a budget ran out before it. */
  readonly bodyStart: number | null;
}

/**
 * Finds the header lines between `from` (after the start line) and the first empty line, or `end`.
 * Line ends are CRLF; bare LF is let through. A line without name or colon is a fault; the lines
 * around it are still found, so that a 400 can be answered.
 */
export function scanHeaders(
  latin1: string,
  codes: Codes,
  from: number,
  end: number,
  limits: MessageLimits,
): ScannedHead {
  const spans: HeaderSpan[] = [];
  let fault: HeadFault | null = null;
  let start = from;
  let bodyStart: number | null = null;
  while (start < end) {
    const blank = emptyLineLength(codes, start);
    if (blank > 0) {
      bodyStart = start + blank;
      break;
    }
    if (spans.length >= limits.headerCount) {
      fault ??= { status: 400, why: `more than ${limits.headerCount} header lines` };
      break;
    }
    const firstEnd = lineEnd(latin1, start, end);
    const foldedEnd = continuedEnd(latin1, codes, firstEnd, end);
    const span = foldedEnd - start > limits.headerBytes ? null : scanLine(latin1, codes, start, firstEnd, foldedEnd);
    if (span !== null) spans.push(span);
    else fault ??= { status: 400, why: lineFault(latin1, start, foldedEnd, limits) };
    start = foldedEnd;
  }
  if (start - from > limits.headSectionBytes) fault = { status: 513, why: 'header section too large' };
  return { spans, fault, bodyStart };
}

function emptyLineLength(codes: Codes, at: number): number {
  if (codes[at] === 0x0a) return 1;
  return codes[at] === 0x0d && codes[at + 1] === 0x0a ? 2 : 0;
}

/** After the line break. */
function lineEnd(latin1: string, start: number, end: number): number {
  const feed = latin1.indexOf('\n', start);
  return feed < 0 || feed >= end ? end : feed + 1;
}

/** After the lines that begin with a blank and so continue the one before `lineEndAt`. */
function continuedEnd(latin1: string, codes: Codes, lineEndAt: number, end: number): number {
  let at = lineEndAt;
  while (at < end && (codes[at] === 0x20 || codes[at] === 0x09)) at = lineEnd(latin1, at, end);
  return at;
}

/** HCOLON lets blanks be before the colon. */
function scanLine(latin1: string, codes: Codes, start: number, firstEnd: number, end: number): HeaderSpan | null {
  const nameEnd = runEnd(codes, start, end, tokenFlags);
  let colon = nameEnd;
  while (colon < end && isBlank(codes[colon])) colon++;
  if (nameEnd === start || colon >= end || codes[colon] !== 0x3a) return null;
  let valueStart = colon + 1;
  let valueEnd = end;
  while (valueStart < valueEnd && isBlank(codes[valueStart])) valueStart++;
  while (valueEnd > valueStart && isBlank(codes[valueEnd - 1])) valueEnd--;
  // A line break lies inside the value when it begins in the first line and ends behind it.
  const folded = valueStart < firstEnd ? valueEnd > firstEnd : latin1.slice(valueStart, valueEnd).includes('\n');
  return { name: headerNameAt(latin1, codes, start, nameEnd), start, end, nameEnd, valueStart, valueEnd, folded };
}

function lineFault(latin1: string, start: number, end: number, limits: MessageLimits): string {
  const shown = latin1
    .slice(start, Math.min(end, start + 24))
    .replace(/[^\u0021-\u007e]+/g, ' ')
    .trim();
  return end - start > limits.headerBytes ? `header line too long: "${shown}"` : `not a header line: "${shown}"`;
}

function isBlank(code: number | undefined): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
