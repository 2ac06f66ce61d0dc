/**
 * What an Opus packet tells without decoding (RFC 6716, section 3).
 *
 *   0 1 2 3 4 5 6 7
 *  | config  |s| c |   config: mode, bandwidth and frame size; s: stereo; c: how many frames
 */

/** Frame sizes of the 32 configurations, in units of 2.5 ms. */
const sizes = [
  ...[4, 8, 16, 24, 4, 8, 16, 24, 4, 8, 16, 24],
  ...[4, 8, 4, 8],
  ...[1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8],
];
/** Configurations from this one on have no SILK layer, and no copy of the frame before. */
const firstCeltOnly = 16;

/** Length of one frame of the packet, ms. */
export function opusFrameMs(toc: number): number {
  return ((sizes[toc >> 3] as number) * 5) / 2;
}

/** Does the packet hold a coarser copy of the frame before it (LBRR, RFC 6716 section 4.2.4)? */
export function hasOpusFec(packet: Uint8Array, length: number): boolean {
  if (length < 2) return false;
  const toc = packet[0] as number;
  if (toc >> 3 >= firstCeltOnly) return false;
  const at = firstFrameAt(packet, length);
  if (at < 0 || at >= length) return false;
  // Each channel begins with a VAD flag for each 20 ms, and then the flag that is looked for.
  const first = packet[at] as number;
  const frames = Math.max(1, opusFrameMs(toc) / 20);
  const mono = (first >> (7 - frames)) & 1;
  const isStereo = (toc & 4) !== 0;
  return mono === 1 || (isStereo && ((first >> (6 - 2 * frames)) & 1) === 1);
}

/** Where the first frame begins; -1 where the packet is broken. */
function firstFrameAt(packet: Uint8Array, length: number): number {
  const code = (packet[0] as number) & 3;
  if (code < 2) return 1;
  if (code === 2) return 1 + lengthBytes(packet, 1);
  const count = packet[1] as number;
  const frames = count & 0x3f;
  if (frames === 0) return -1;
  let at = 2;
  if ((count & 0x40) !== 0) {
    while (at < length && packet[at] === 255) at++;
    at++;
  }
  if ((count & 0x80) === 0) return at;
  for (let i = 1; i < frames && at < length; i++) at += lengthBytes(packet, at);
  return at;
}

/** Bytes of a frame length (RFC 6716, section 3.2.1). */
function lengthBytes(packet: Uint8Array, at: number): number {
  return (packet[at] ?? 0) < 252 ? 1 : 2;
}
