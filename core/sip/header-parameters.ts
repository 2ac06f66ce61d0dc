/** `*( SEMI generic-param )` behind a header value (RFC 3261 25.1). */
import { afterBlanks, afterQuoted, type Codes, codesOf, runEnd, tokenFlags } from './codes.ts';
import { unquote } from './grammar.ts';

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
export function parseHeaderParameters(text: string, from: number): Map<string, string> | null {
  return parametersIn(text, codesOf(text), from, text.length);
}

/** As `parseHeaderParameters` of a range. */
export function parametersIn(text: string, codes: Codes, from: number, to: number): Map<string, string> | null {
  const parameters = new Map<string, string>();
  const marks = newParameterMarks();
  for (let at = afterBlanks(codes, from, to); at < to; ) {
    at = nextParameter(codes, at, to, marks);
    if (at < 0) return null;
    const name = text.slice(marks.nameStart, marks.nameEnd).toLowerCase();
    const value = markedValue(text, codes, marks);
    if ((parameters.get(name) ?? value) !== value) return null;
    parameters.set(name, value);
  }
  return parameters;
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
