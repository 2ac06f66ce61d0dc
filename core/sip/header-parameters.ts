/** `*( SEMI generic-param )` behind a header value (RFC 3261 25.1). */
import { afterBlanks, afterQuoted, type Codes, codesOf, runEnd, tokenFlags } from './codes.ts';
import { unquote } from './grammar.ts';

const noParameters: ReadonlyMap<string, string> = new Map();

/** Where one parameter lies. One object serves a whole reading. */
export interface ParameterMarks {
  nameStart: number;
  nameEnd: number;
  /** With its quotes; equal to `valueEnd` when there is none. */
  valueStart: number;
  valueEnd: number;
}

export function newParameterMarks(): ParameterMarks {
  return { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };
}

/**
 * Reads the parameter whose `;` is at `at` into `marks`; the position behind it and its blanks, or
 * -1 when it is malformed. LWS may be anywhere around `;` and `=`; an empty parameter is malformed
 * (RFC 4475 3.1.2.1). An unquoted value may hold more than token and host: everything but blanks,
 * quotes, commas and angle brackets, since tags and branches of deployed phones do.
 */
export function nextParameter(codes: Codes, at: number, to: number, marks: ParameterMarks): number {
  if (codes[at] !== 0x3b) return -1;
  const nameStart = afterBlanks(codes, at + 1, to);
  const nameEnd = runEnd(codes, nameStart, to, tokenFlags);
  if (nameEnd === nameStart) return -1;
  marks.nameStart = nameStart;
  marks.nameEnd = nameEnd;
  const equals = afterBlanks(codes, nameEnd, to);
  if (equals >= to || codes[equals] !== 0x3d) {
    marks.valueStart = nameEnd;
    marks.valueEnd = nameEnd;
    return equals < to && codes[equals] !== 0x3b ? -1 : equals;
  }
  const start = afterBlanks(codes, equals + 1, to);
  const quoted = start < to && codes[start] === 0x22;
  const end = quoted ? afterQuoted(codes, start, to) : bareEnd(codes, start, to);
  if (end < 0) return -1;
  marks.valueStart = start;
  marks.valueEnd = end;
  return afterBlanks(codes, end, to);
}

function bareEnd(codes: Codes, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const code = codes[at] ?? 0;
    const ends = code <= 0x20 || code === 0x7f || code === 0x22 || code === 0x2c;
    if (ends || code === 0x3b || code === 0x3c || code === 0x3e) break;
    at++;
  }
  return at;
}

/** What the marked parameter says, without quotes; '' without value. */
export function markedValue(text: string, codes: Codes, { valueStart, valueEnd }: ParameterMarks): string {
  if (valueStart === valueEnd) return '';
  const raw = text.slice(valueStart, valueEnd);
  return codes[valueStart] === 0x22 ? unquote(raw) : raw;
}

/**
 * Reads `;name=value;flag` from `from` to the end. Names lower-case, quotes stripped, '' for a parameter
 * without value. Null when anything else is there, and for a name given twice with different values:
 * "any given parameter-name MUST NOT appear more than once" (RFC 3261 7.3.1). The same value again
 * leaves no doubt, and test tools do send a tag twice.
 */
export function parseHeaderParameters(text: string, from: number): ReadonlyMap<string, string> | null {
  return parametersIn(text, codesOf(text), from, text.length);
}

/** As `parseHeaderParameters` of a range. */
export function parametersIn(text: string, codes: Codes, from: number, to: number): ReadonlyMap<string, string> | null {
  let at = afterBlanks(codes, from, to);
  if (at >= to) return noParameters;
  const parameters = new Map<string, string>();
  const marks = newParameterMarks();
  while (at < to) {
    at = nextParameter(codes, at, to, marks);
    if (at < 0) return null;
    const name = parameterName(text, codes, marks);
    const value = markedValue(text, codes, marks);
    const earlier = parameters.size === 0 ? undefined : parameters.get(name);
    if (earlier !== undefined && earlier !== value) return null;
    parameters.set(name, value);
  }
  return parameters;
}

/** Lower-case; most are written so. */
function parameterName(text: string, codes: Codes, { nameStart, nameEnd }: ParameterMarks): string {
  const name = text.slice(nameStart, nameEnd);
  for (let at = nameStart; at < nameEnd; at++) {
    const code = codes[at] ?? 0;
    if (code >= 0x41 && code <= 0x5a) return name.toLowerCase();
  }
  return name;
}

/** Names of up to this many parameters are compared with one another; a set of names costs more. */
const fewParameters = 4;
/** Where the names read so far begin and end. */
const seen = new Int32Array(2 * fewParameters);

/** False when `parametersIn` would refuse the range because a name is there twice with different values. */
export function areDistinct(text: string, codes: Codes, from: number, to: number): boolean {
  const marks = distinctMarks;
  let count = 0;
  for (let at = afterBlanks(codes, from, to); at < to; count++) {
    at = nextParameter(codes, at, to, marks);
    if (at < 0) return false;
    const { nameStart, nameEnd } = marks;
    const length = nameEnd - nameStart;
    for (let other = 0; other < count; other++) {
      const otherStart = seen[2 * other] ?? 0;
      const clash =
        length === (seen[2 * other + 1] ?? 0) - otherStart && isSameName(codes, nameStart, otherStart, length);
      if (clash) return parametersIn(text, codes, from, to) !== null;
    }
    if (count === fewParameters) return parametersIn(text, codes, from, to) !== null;
    seen[2 * count] = nameStart;
    seen[2 * count + 1] = nameEnd;
  }
  return true;
}

const distinctMarks = newParameterMarks();

/** Two that are equal but for bit 5 may be one name: looking closer costs only time. */
function isSameName(codes: Codes, a: number, b: number, length: number): boolean {
  for (let index = 0; index < length; index++) {
    if (((codes[a + index] ?? 0) | 0x20) !== ((codes[b + index] ?? 0) | 0x20)) return false;
  }
  return true;
}

/** Prints parameters in order; values that are no token or host are quoted. */
export function printHeaderParameters(
  parameters: ReadonlyMap<string, string>,
  quoteValue: (text: string) => string,
): string {
  let text = '';
  for (const [name, value] of parameters) {
    if (value === '') text += `;${name}`;
    else text += `;${name}=${/^[A-Za-z0-9\-.!%*_+`'~:[\]/@=]+$/.test(value) ? value : quoteValue(value)}`;
  }
  return text;
}
