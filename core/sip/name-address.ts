/** From, To, Contact, Route and their kin: `name-addr` and `addr-spec` (RFC 3261 20.10, 25.1). */
import {
  afterBlanks,
  afterQuoted,
  beforeBlanks,
  type Codes,
  codeAt,
  codesOf,
  isWord,
  itemsIn,
  tokenFlags,
} from './codes.ts';
import { quote, unquote } from './grammar.ts';
import {
  areDistinct,
  markedValue,
  newParameterMarks,
  nextParameter,
  parseHeaderParameters,
  printHeaderParameters,
} from './header-parameters.ts';
import type { NameAddress, SipUri } from './types.ts';
import { isUri, uriIn } from './uri.ts';

const parameter = newParameterMarks();

const noDisplay = 0;
const bareDisplay = 1;
const quotedDisplay = 2;

/** Where the pieces of the value that was scanned last lie: found for every message, without an object. */
const marks = {
  /** `noDisplay`, `bareDisplay` or `quotedDisplay`. */
  display: noDisplay,
  displayStart: 0,
  displayEnd: 0,
  uriStart: 0,
  uriEnd: 0,
  parametersStart: 0,
};

/** One value, or null when it is malformed or more follows it. */
export function parseNameAddress(text: string): NameAddress | null {
  for (const known of recent) if (known !== null && known.text === text) return known.address;
  const address = nameAddressIn(text, codesOf(text), 0, text.length);
  oldest = oldest === 0 ? 1 : 0;
  recent[oldest] = { text, address };
  return address;
}

/** What was read last: From and To of a call that we place are asked for several times in a row. */
const recent: ({ readonly text: string; readonly address: NameAddress | null } | null)[] = [null, null];
let oldest = 0;

/** As `parseNameAddress` of a range. */
export function nameAddressIn(text: string, codes: Codes, from: number, to: number): NameAddress | null {
  if (!scanAddress(codes, from, to)) return null;
  const { uriStart, uriEnd, parametersStart } = marks;
  const uri = uriIn(text, codes, uriStart, uriEnd);
  if (uri === null || scanParameters(text, codes, parametersStart, to) !== to) return null;
  return new ReadNameAddress(displayName(text), uri, text.slice(uriStart, uriEnd), text.slice(parametersStart, to));
}

/** Parameters become a map when somebody asks for them. */
class ReadNameAddress implements NameAddress {
  readonly displayName: string | null;
  readonly uri: SipUri;
  readonly uriText: string;
  #parameters: ReadonlyMap<string, string> | string;

  constructor(name: string | null, uri: SipUri, uriText: string, parameters: string) {
    this.displayName = name;
    this.uri = uri;
    this.uriText = uriText;
    this.#parameters = parameters;
  }

  get parameters(): ReadonlyMap<string, string> {
    // Sound: they were read once.
    if (typeof this.#parameters === 'string')
      this.#parameters = parseHeaderParameters(this.#parameters, 0) ?? new Map();
    return this.#parameters;
  }
}

/** The tag among the parameters that `scanParameters` read last, '' without one. */
let scannedTag = '';

/**
 * The `tag` of a From or To value, '' without one; null when `parseNameAddress` would refuse it.
 * Nothing else is made of the value.
 */
export function tagIn(text: string, codes: Codes, from: number, to: number): string | null {
  return addressEnd(text, codes, from, to) === to ? scannedTag : null;
}

/** All values of a range; null when one is malformed. */
export function nameAddressesIn(text: string, codes: Codes, from: number, to: number): NameAddress[] | null {
  return itemsIn(text, codes, from, to, nameAddressIn);
}

/** True when a range is a list of values that `parseNameAddress` would read. */
export function areNameAddresses(text: string, codes: Codes, from: number, to: number): boolean {
  for (let start = from; start <= to; ) {
    const end = addressEnd(text, codes, start, to);
    if (end < 0) return false;
    start = end + 1;
  }
  return true;
}

/** Where the value at `from` ends, at a comma or at `to`; -1 when it is malformed. */
function addressEnd(text: string, codes: Codes, from: number, to: number): number {
  if (!scanAddress(codes, from, to)) return -1;
  const { uriStart, uriEnd, parametersStart } = marks;
  return isUri(text, codes, uriStart, uriEnd) ? scanParameters(text, codes, parametersStart, to) : -1;
}

/** Reads the parameters of a value up to its comma or `to`, which it returns; -1 when they are malformed. */
function scanParameters(text: string, codes: Codes, from: number, to: number): number {
  scannedTag = '';
  let count = 0;
  let at = afterBlanks(codes, from, to);
  for (; at < to && codes[at] !== 0x2c; count++) {
    at = nextParameter(codes, at, to, parameter);
    if (at < 0) return -1;
    if (isWord(codes, parameter.nameStart, parameter.nameEnd, 'tag')) scannedTag = markedValue(text, codes, parameter);
  }
  // Two of one name may contradict each other.
  return count > 1 && !areDistinct(text, codes, from, at) ? -1 : at;
}

/** Finds the pieces of the value at `from`; false when it has none. It may end before `to`, at a comma. */
function scanAddress(codes: Codes, from: number, to: number): boolean {
  const start = afterBlanks(codes, from, to);
  if (start < to && codes[start] === 0x22) {
    const displayEnd = afterQuoted(codes, start, to);
    const open = displayEnd < 0 ? to : afterBlanks(codes, displayEnd, to);
    return open < to && codes[open] === 0x3c && bracketed(codes, open, to, quotedDisplay, start, displayEnd);
  }
  const open = bareDisplayEnd(codes, start, to);
  if (open >= to || codes[open] !== 0x3c) return bare(codes, start, to);
  const displayEnd = beforeBlanks(codes, start, open);
  return bracketed(codes, open, to, displayEnd === start ? noDisplay : bareDisplay, start, displayEnd);
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
  display: number,
  displayStart: number,
  displayEnd: number,
): boolean {
  const close = codeAt(codes, 0x3e, open, end);
  marks.display = display;
  marks.displayStart = displayStart;
  marks.displayEnd = displayEnd;
  marks.uriStart = open + 1;
  marks.uriEnd = close;
  marks.parametersStart = close + 1;
  return close < end;
}

/**
 * An `addr-spec` without brackets: "if the URI contains a comma, question mark or semicolon, the
 * URI MUST be enclosed in angle brackets" (20.10), so what follows a semicolon belongs to the
 * header, a comma ends the value, and a question mark is refused (RFC 4475 3.1.2.13).
 */
function bare(codes: Codes, start: number, end: number): boolean {
  let uriEnd = start;
  for (; uriEnd < end; uriEnd++) {
    const code = codes[uriEnd] ?? 0;
    if (code === 0x3b || code === 0x20 || code === 0x09 || code === 0x2c) break;
    if (code === 0x3f) return false;
  }
  marks.display = noDisplay;
  marks.uriStart = start;
  marks.uriEnd = uriEnd;
  marks.parametersStart = uriEnd;
  return true;
}

/** What `marks` say of it. */
function displayName(text: string): string | null {
  if (marks.display === noDisplay) return null;
  const written = text.slice(marks.displayStart, marks.displayEnd);
  return marks.display === quotedDisplay ? unquote(written) : written;
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
