/** RSeq and RAck (RFC 3262 7.1, 7.2). */

export interface RAck {
  readonly rseq: number;
  /** Number and method of the request that the provisional response was for. */
  readonly cseq: number;
  readonly method: string;
}

/** `RSeq: 988789`: 1 to 2^32 - 1. Null when absent or malformed. */
export function parseRSeq(value: string | null): number | null {
  const number = Number(/^\s*([0-9]{1,10})\s*$/.exec(value ?? '')?.[1] ?? 0);
  return number >= 1 && number < 2 ** 32 ? number : null;
}

/** `RAck: 776656 1 INVITE`. Null when absent or malformed. */
export function parseRAck(value: string | null): RAck | null {
  const match = /^\s*([0-9]{1,10})\s+([0-9]{1,10})\s+(\S+)\s*$/.exec(value ?? '');
  const rseq = Number(match?.[1]);
  const cseq = Number(match?.[2]);
  const method = match?.[3] ?? '';
  return match === null || rseq < 1 || rseq >= 2 ** 32 || cseq >= 2 ** 31 ? null : { rseq, cseq, method };
}
