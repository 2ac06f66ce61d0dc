/** From, To, Contact, Route and their kin: `name-addr` and `addr-spec` (RFC 3261 20.10, 25.1). */
import {
  afterBlanks,
  afterQuoted,
  beforeBlanks,
  type Codes,
  codeAt,
  codesOf,
  isWord,
  itemEnd,
  itemsIn,
  tokenFlags,
} from './codes.ts';
import { quote, unquote } from './grammar.ts';
import {
  areDistinct,
  markedValue,
  newParameterMarks,
  nextParameter,
  parametersIn,
  printHeaderParameters,
} from './header-parameters.ts';
import type { NameAddress } from './types.ts';
import { isUri, uriIn } from './uri.ts';

const parameter = newParameterMarks();

/** Where the pieces of one value lie. */
interface AddressMarks {
  readonly display: 'none' | 'bare' | 'quoted';
  readonly displayStart: number;
  readonly displayEnd: number;
  readonly uriStart: number;
  readonly uriEnd: number;
  readonly parametersStart: number;
  /** Of the whole, blanks outside. */
  readonly end: number;
}

/** One value, or null when it is malformed or more follows it. */
export function parseNameAddress(text: string): NameAddress | null {
  return nameAddressIn(text, codesOf(text), 0, text.length);
}

/** As `parseNameAddress` of a range. */
export function nameAddressIn(text: string, codes: Codes, from: number, to: number): NameAddress | null {
  const marks = scanAddress(codes, from, to);
  if (marks === null) return null;
  const uri = uriIn(text, codes, marks.uriStart, marks.uriEnd);
  const parameters = uri === null ? null : parametersIn(text, codes, marks.parametersStart, marks.end);
  if (uri === null || parameters === null) return null;
  return { displayName: displayName(text, marks), uri, uriText: text.slice(marks.uriStart, marks.uriEnd), parameters };
}

/**
 * The `tag` of a From or To value, '' without one; null when `parseNameAddress` would refuse it.
 * Nothing else is made of the value.
 */
export function tagIn(text: string, codes: Codes, from: number, to: number): string | null {
  const marks = scanAddress(codes, from, to);
  if (marks === null || !isUri(text, codes, marks.uriStart, marks.uriEnd)) return null;
  let tag = '';
  let count = 0;
  for (let at = afterBlanks(codes, marks.parametersStart, marks.end); at < marks.end; count++) {
    at = nextParameter(codes, at, marks.end, parameter);
    if (at < 0) return null;
    if (isWord(codes, parameter.nameStart, parameter.nameEnd, 'tag')) tag = markedValue(text, codes, parameter);
  }
  // Two of one name may contradict each other.
  return count > 1 && !areDistinct(text, codes, marks.parametersStart, marks.end) ? null : tag;
}

/** All values of a range; null when one is malformed. */
export function nameAddressesIn(text: string, codes: Codes, from: number, to: number): NameAddress[] | null {
  return itemsIn(text, codes, from, to, nameAddressIn);
}

/** True when a range is a list of values that `parseNameAddress` would read. */
export function areNameAddresses(text: string, codes: Codes, from: number, to: number): boolean {
  for (let start = from; start <= to; ) {
    const end = itemEnd(codes, start, to);
    if (tagIn(text, codes, start, end) === null) return false;
    start = end + 1;
  }
  return true;
}

function scanAddress(codes: Codes, from: number, to: number): AddressMarks | null {
  const start = afterBlanks(codes, from, to);
  const end = beforeBlanks(codes, start, to);
  if (start < end && codes[start] === 0x22) {
    const displayEnd = afterQuoted(codes, start, end);
    const open = displayEnd < 0 ? end : afterBlanks(codes, displayEnd, end);
    return open < end && codes[open] === 0x3c ? bracketed(codes, open, end, 'quoted', start, displayEnd) : null;
  }
  const open = bareDisplayEnd(codes, start, end);
  if (open >= end || codes[open] !== 0x3c) return bare(codes, start, end);
  const displayEnd = beforeBlanks(codes, start, open);
  return bracketed(codes, open, end, displayEnd === start ? 'none' : 'bare', start, displayEnd);
}

/** After `*( token LWS )`; letters beyond ASCII are let through, as many phones do not quote them. */
function bareDisplayEnd(codes: Codes, from: number, to: number): number {
  let at = from;
  for (; at < to; at++) {
    const code = codes[at] ?? 0;
    if (tokenFlags[code] !== 1 && code !== 0x20 && code !== 0x09 && code < 0x80) break;
  }
  return at;
}

function bracketed(
  codes: Codes,
  open: number,
  end: number,
  display: AddressMarks['display'],
  displayStart: number,
  displayEnd: number,
): AddressMarks | null {
  const close = codeAt(codes, 0x3e, open, end);
  if (close === end) return null;
  return { display, displayStart, displayEnd, uriStart: open + 1, uriEnd: close, parametersStart: close + 1, end };
}

/**
 * An `addr-spec` without brackets: "if the URI contains a comma, question mark or semicolon, the
 * URI MUST be enclosed in angle brackets" (20.10), so what follows a semicolon belongs to the
 * header, and a question mark is refused (RFC 4475 3.1.2.13).
 */
function bare(codes: Codes, start: number, end: number): AddressMarks | null {
  let uriEnd = start;
  for (; uriEnd < end; uriEnd++) {
    const code = codes[uriEnd] ?? 0;
    if (code === 0x3b || code === 0x20 || code === 0x09) break;
    if (code === 0x3f || code === 0x2c) return null;
  }
  const display = 'none';
  return { display, displayStart: start, displayEnd: start, uriStart: start, uriEnd, parametersStart: uriEnd, end };
}

function displayName(text: string, { display, displayStart, displayEnd }: AddressMarks): string | null {
  if (display === 'none') return null;
  const written = text.slice(displayStart, displayEnd);
  return display === 'quoted' ? unquote(written) : written;
}

/** All values of some header lines, commas split; null when one is malformed. */
export function parseNameAddressList(lines: readonly string[]): readonly NameAddress[] | null {
  const values: NameAddress[] = [];
  for (const line of lines) {
    const more = nameAddressesIn(line, codesOf(line), 0, line.length);
    if (more === null) return null;
    for (const value of more) values.push(value);
  }
  return values;
}

/** Contact lines: addresses, `'*'` for the one value that clears bindings (10.2.2), null when malformed. */
export function parseContacts(lines: readonly string[]): readonly NameAddress[] | '*' | null {
  if (lines.length === 1 && lines[0]?.trim() === '*') return '*';
  return parseNameAddressList(lines);
}

/** Prints a value in `name-addr` form, the URI as it was written. */
export function printNameAddress(value: Pick<NameAddress, 'displayName' | 'uriText' | 'parameters'>): string {
  const name = value.displayName === null ? '' : `${quote(value.displayName)} `;
  return `${name}<${value.uriText}>${printHeaderParameters(value.parameters, quote)}`;
}
