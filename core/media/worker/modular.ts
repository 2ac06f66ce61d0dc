/**
 * Arithmetic on RTP's wrapping numbers (RFC 3550): 16-bit sequence numbers, 32-bit timestamps.
 * Timestamps are kept as signed 32-bit integers, which the JavaScript engine stores in place; only
 * differences have a meaning.
 */

/** `seq + step`, modulo 2^16. */
export function seqAdd(seq: number, step: number): number {
  return (seq + step) & 0xffff;
}

/** `a - b` as the shorter way around: -32768…32767; positive where `a` comes after `b`. */
export function seqDiff(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** `ts + step`, modulo 2^32, as a signed integer. */
export function tsAdd(timestamp: number, step: number): number {
  return (timestamp + step) | 0;
}

/** `a - b` as the shorter way around, signed 32 bits; positive where `a` comes after `b`. */
export function tsDiff(a: number, b: number): number {
  return (a - b) | 0;
}
