/**
 * How many frames a Speex payload holds, by the lengths of their modes (RFC 5574, section 3.2): libspeex
 * writes to the log for each mode that it does not know, so nothing broken is given to it.
 *
 *   narrow band:  |0| mode, 4 bits | …      wide band follows it: |1| mode, 3 bits | …
 */

/** Bits of a frame with its head, by mode; 0: there is no such mode. Above 12: signals and the end. */
const narrowBits = [5, 43, 119, 160, 220, 300, 364, 492, 79, 0, 0, 0, 0, 0, 0, 0];
const wideBits = [4, 36, 112, 192, 352, 0, 0, 0];

/** Whole frames before the payload's end, or before what is none. */
export function countSpeexFrames(payload: Uint8Array, length: number): number {
  const end = length * 8;
  let frames = 0;
  for (let at = 0; at + 5 <= end; frames++) {
    if (bits(payload, at, 1) !== 0) return frames;
    const narrow = narrowBits[bits(payload, at + 1, 4)] as number;
    if (narrow === 0 || at + narrow > end) return frames;
    at += narrow;
    if (at + 4 > end || bits(payload, at, 1) === 0) continue;
    const wide = wideBits[bits(payload, at + 1, 3)] as number;
    // A second layer of wide band would be ultra-wide band, which nobody agreed to.
    if (wide === 0 || at + wide > end) return frames;
    at += wide;
    if (at < end && bits(payload, at, 1) === 1) return frames;
  }
  return frames;
}

function bits(payload: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = (value << 1) | (((payload[i >> 3] as number) >> (7 - (i & 7))) & 1);
  return value;
}
