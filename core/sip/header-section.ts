/**
 * The header lines of a message as offsets into its bytes: nothing is decoded until somebody asks
 * for a header, and what is copied into another message is copied byte by byte.
 */
import type { Endpoint } from '../runtime/index.ts';
import { type Codes, codesOf, runEnd, tokenFlags } from './codes.ts';
import { headerIdAt, headerIdOf, headerIds, headerNameOf, knownNameAt, normalHeaderName } from './header-names.ts';
import type { MessageLimits } from './message-limits.ts';
import type { HeaderLine, SipHeaders } from './types.ts';

/**
 * The lines, three numbers each, no object: where the line starts, where it ends (after its line
 * break and those of its folded continuation), and `id | folded << 8 | length of the name << 9`.
 */
export type HeaderLines = readonly number[];
const perLine = 3;
const foldedBit = 1 << 8;
const nameShift = 9;

const noValues: readonly string[] = [];

/** Reads what lies between `from` and `to`; `codes` are those of `text`. */
export type RangeReader<T> = (text: string, codes: Codes, from: number, to: number) => T;

/** What all responses to one request take over from it, as text that goes out (`print.ts`). */
export interface ResponseEcho {
  /** Whose address is in the topmost Via. */
  readonly source: Endpoint | undefined;
  readonly vias: string;
  /** From, and To up to where a tag goes. */
  readonly before: string;
  /** From there on: Call-ID and CSeq. */
  readonly after: string;
  /** Its To has a tag, or there is none: nothing is put in. */
  readonly hasToTag: boolean;
}

/** A line is told by its number, from 0 at the top. */
export class HeaderSection implements SipHeaders {
  /** The head as Latin-1: one character a byte; what follows it may be there too. */
  readonly latin1: string;
  /** The same as bytes. */
  readonly codes: Codes;
  /** How many lines there are. */
  readonly count: number;
  /** Kept here by who answers the request. */
  echo: ResponseEcho | null = null;
  readonly #lines: HeaderLines;
  /** No byte of the head is beyond ASCII, so that its text is its meaning. */
  readonly #ascii: boolean;

  constructor(latin1: string, codes: Codes, lines: HeaderLines, ascii: boolean) {
    this.latin1 = latin1;
    this.codes = codes;
    this.#lines = lines;
    this.#ascii = ascii;
    this.count = lines.length / perLine;
  }

  header(name: string): string | null {
    const line = this.lineOf(name);
    return line < 0 ? null : this.value(line);
  }

  headers(name: string): readonly string[] {
    const first = this.lineOf(name);
    if (first < 0) return noValues;
    const values: string[] = [];
    for (let line = first; line >= 0; line = this.lineOf(name, line + 1)) values.push(this.value(line));
    return values;
  }

  allHeaders(): readonly HeaderLine[] {
    const all: HeaderLine[] = [];
    for (let line = 0; line < this.count; line++) all.push([this.#writtenName(line), this.value(line)]);
    return all;
  }

  /** The first line of that name at or after line `from`; -1: there is none. */
  lineOf(name: string, from = 0): number {
    const normal = normalHeaderName(name);
    const id = headerIdOf(normal);
    if (id !== headerIds.other) return this.lineOfId(id, from);
    for (let line = from; line < this.count; line++) {
      if (this.idOf(line) === id && this.#writtenName(line).toLowerCase() === normal) return line;
    }
    return -1;
  }

  /** As `lineOf` by the id of a common name. */
  lineOfId(id: number, from = 0): number {
    for (let at = from * perLine + 2; at < this.#lines.length; at += perLine) {
      if (((this.#lines[at] ?? 0) & 0xff) === id) return (at - 2) / perLine;
    }
    return -1;
  }

  /** 0: no common name. */
  idOf(line: number): number {
    return this.#marks(line) & 0xff;
  }

  /** Full name, lower-case. */
  nameOf(line: number): string {
    return headerNameOf(this.idOf(line)) || this.#writtenName(line).toLowerCase();
  }

  startOf(line: number): number {
    return this.#lines[line * perLine] ?? this.latin1.length;
  }

  /** After the line break. */
  endOf(line: number): number {
    return this.#lines[line * perLine + 1] ?? this.latin1.length;
  }

  /** Where the value begins, blanks left out. */
  valueStart(line: number): number {
    const end = this.endOf(line);
    let at = this.startOf(line) + (this.#marks(line) >> nameShift);
    while (at < end && this.codes[at] !== 0x3a) at++;
    at++;
    while (at < end && isBlank(this.codes[at])) at++;
    return at;
  }

  /** Where the value that begins at `start` ends, blanks and line break left out. */
  valueEnd(line: number, start: number): number {
    let end = this.endOf(line);
    while (end > start && isBlank(this.codes[end - 1])) end--;
    return end;
  }

  /** The value as Latin-1, unfolded: for copying. */
  rawValue(line: number): string {
    const start = this.valueStart(line);
    const value = this.latin1.slice(start, this.valueEnd(line, start));
    return this.#isFolded(line) ? unfold(value) : value;
  }

  /** The value as it is meant: unfolded, UTF-8. */
  value(line: number): string {
    const raw = this.rawValue(line);
    return this.#ascii ? raw : decodeUtf8(raw);
  }

  /** What `reader` makes of the value, read where it lies if that is possible. */
  read<T>(line: number, reader: RangeReader<T>): T {
    if (this.#ascii && !this.#isFolded(line)) {
      const start = this.valueStart(line);
      return reader(this.latin1, this.codes, start, this.valueEnd(line, start));
    }
    const value = this.value(line);
    return reader(value, codesOf(value), 0, value.length);
  }

  /** As `read` of the value as Latin-1, for copying. */
  readRaw<T>(line: number, reader: RangeReader<T>): T {
    if (this.#isFolded(line)) {
      const value = this.rawValue(line);
      return reader(value, codesOf(value), 0, value.length);
    }
    const start = this.valueStart(line);
    return reader(this.latin1, this.codes, start, this.valueEnd(line, start));
  }

  /** The same without the lines whose name `removed` says; itself when there are none. */
  without(removed: (name: string) => boolean): HeaderSection {
    const kept: number[] = [];
    for (let line = 0; line < this.count; line++) {
      if (!removed(this.nameOf(line))) kept.push(this.startOf(line), this.endOf(line), this.#marks(line));
    }
    const none = kept.length === this.#lines.length;
    return none ? this : new HeaderSection(this.latin1, this.codes, kept, this.#ascii);
  }

  #marks(line: number): number {
    return this.#lines[line * perLine + 2] ?? 0;
  }

  #isFolded(line: number): boolean {
    return (this.#marks(line) & foldedBit) !== 0;
  }

  #writtenName(line: number): string {
    const start = this.startOf(line);
    return this.latin1.slice(start, start + (this.#marks(line) >> nameShift));
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
  readonly lines: HeaderLines;
  readonly fault: HeadFault | null;
  /** After the empty line; null when there is none, or a budget ran out before it. */
  readonly bodyStart: number | null;
}

/** The lines of the message that is being scanned: an array of the right length is made at the end. */
const found: number[] = [];

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
  let used = 0;
  const { headerCount, headerBytes, headSectionBytes } = limits;
  let fault: HeadFault | null = null;
  let start = from;
  let bodyStart: number | null = null;
  while (start < end) {
    const first = codes[start] ?? 0;
    if (first === 0x0a || (first === 0x0d && start + 1 < end && codes[start + 1] === 0x0a)) {
      bodyStart = first === 0x0a ? start + 1 : start + 2;
      break;
    }
    if (used >= headerCount * perLine) {
      fault ??= { status: 400, why: `more than ${headerCount} header lines` };
      break;
    }
    const firstEnd = lineEnd(latin1, start, end);
    let lineStop = firstEnd;
    // Lines that begin with a blank continue the one before.
    while (lineStop < end && (codes[lineStop] === 0x20 || codes[lineStop] === 0x09)) {
      lineStop = lineEnd(latin1, lineStop, end);
    }
    const known = knownNameAt(codes, start);
    const nameEnd = known === 0 ? runEnd(codes, start, lineStop, tokenFlags) : start + (known >> 8);
    if (nameEnd === start || lineStop - start > headerBytes || colonAt(codes, nameEnd, lineStop) < 0) {
      fault ??= { status: 400, why: lineFault(latin1, start, lineStop, limits) };
    } else {
      const id = known === 0 ? headerIdAt(codes, start, nameEnd) : known & 0xff;
      const folded = lineStop !== firstEnd && isFolded(latin1, codes, nameEnd, lineStop) ? foldedBit : 0;
      found[used] = start;
      found[used + 1] = lineStop;
      found[used + 2] = id | folded | ((nameEnd - start) << nameShift);
      used += perLine;
    }
    start = lineStop;
  }
  if (start - from > headSectionBytes) fault = { status: 513, why: 'header section too large' };
  return { lines: found.slice(0, used), fault, bodyStart };
}

/** After the line break. */
function lineEnd(latin1: string, start: number, end: number): number {
  const feed = latin1.indexOf('\n', start);
  return feed < 0 || feed >= end ? end : feed + 1;
}

/** The colon at `from` or after blanks (HCOLON), or -1. */
function colonAt(codes: Codes, from: number, end: number): number {
  let at = from;
  while (at < end && isBlank(codes[at])) at++;
  return at < end && codes[at] === 0x3a ? at : -1;
}

/** Is there a line break inside the value? */
function isFolded(latin1: string, codes: Codes, nameEnd: number, end: number): boolean {
  let from = colonAt(codes, nameEnd, end) + 1;
  let to = end;
  while (from < to && isBlank(codes[from])) from++;
  while (to > from && isBlank(codes[to - 1])) to--;
  return latin1.slice(from, to).includes('\n');
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
