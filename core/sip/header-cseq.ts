/** CSeq (RFC 3261 20.16). */
import { isToken } from './grammar.ts';

export interface CSeq {
  readonly number: number;
  /** Case-sensitive. */
  readonly method: string;
}

/** Null when malformed. "The sequence number … MUST be less than 2**31" (8.1.1.5). */
export function parseCSeq(value: string): CSeq | null {
  const match = /^([0-9]{1,20})[ \t]+(\S+)$/.exec(value.trim());
  const number = Number(match?.[1]);
  const method = match?.[2] ?? '';
  return match === null || number >= 2 ** 31 || !isToken(method) ? null : { number, method };
}
