/** CSeq (RFC 3261 20.16). */
import { afterBlanks, beforeBlanks, type Codes, codesOf, decimalIn, runEnd, tokenFlags } from './codes.ts';

export interface CSeq {
  readonly number: number;
  /** Case-sensitive. */
  readonly method: string;
}

/** "The sequence number … MUST be less than 2**31" (8.1.1.5). */
const maxNumber = 2 ** 31 - 1;

/** Null when malformed. */
export function parseCSeq(text: string): CSeq | null {
  return cseqIn(text, codesOf(text), 0, text.length);
}

/** As `parseCSeq` of a range. */
export function cseqIn(text: string, codes: Codes, from: number, to: number): CSeq | null {
  const start = afterBlanks(codes, from, to);
  const numberEnd = runEnd(codes, start, to, tokenFlags);
  const methodStart = afterBlanks(codes, numberEnd, to);
  const end = beforeBlanks(codes, methodStart, to);
  const number = decimalIn(codes, start, numberEnd, maxNumber);
  if (number === null || methodStart === numberEnd || methodStart === end) return null;
  return runEnd(codes, methodStart, end, tokenFlags) === end ? { number, method: text.slice(methodStart, end) } : null;
}
