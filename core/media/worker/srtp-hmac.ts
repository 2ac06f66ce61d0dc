/**
 * HMAC-SHA1 (RFC 2104, RFC 3174) on packets. Node's own costs more for its objects than for its
 * hashing at this length; here both pads are hashed once for a key, and nothing is allocated.
 */

const blockBytes = 64;
const words = new Int32Array(80);
const tail = new Uint8Array(2 * blockBytes);
const state = new Int32Array(5);
const initial = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

/** One block into `sums` (RFC 3174 6.1). */
function compress(sums: Int32Array, block: Uint8Array, from: number): void {
  let i = 0;
  for (let at = from; i < 16; i++, at += 4) {
    words[i] =
      ((block[at] as number) << 24) |
      ((block[at + 1] as number) << 16) |
      ((block[at + 2] as number) << 8) |
      (block[at + 3] as number);
  }
  for (; i < 80; i++) {
    const x =
      (words[i - 3] as number) ^ (words[i - 8] as number) ^ (words[i - 14] as number) ^ (words[i - 16] as number);
    words[i] = (x << 1) | (x >>> 31);
  }
  let a = sums[0] as number;
  let b = sums[1] as number;
  let c = sums[2] as number;
  let d = sums[3] as number;
  let e = sums[4] as number;
  let next = 0;
  for (i = 0; i < 20; i++) {
    next = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + 0x5a827999 + (words[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 40; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0x6ed9eba1 + (words[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 60; i++) {
    next = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + 0x8f1bbcdc + (words[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; i < 80; i++) {
    next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + 0xca62c1d6 + (words[i] as number)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  sums[0] = ((sums[0] as number) + a) | 0;
  sums[1] = ((sums[1] as number) + b) | 0;
  sums[2] = ((sums[2] as number) + c) | 0;
  sums[3] = ((sums[3] as number) + d) | 0;
  sums[4] = ((sums[4] as number) + e) | 0;
}

/** The last blocks: `rest` bytes are in `tail`; then 1, zeros and the length in bits of all. */
function finish(rest: number, totalBytes: number): void {
  const end = rest + 9 > blockBytes ? 2 * blockBytes : blockBytes;
  tail[rest] = 0x80;
  for (let i = rest + 1; i < end - 4; i++) tail[i] = 0;
  const bits = totalBytes * 8;
  tail[end - 4] = bits >>> 24;
  tail[end - 3] = (bits >>> 16) & 0xff;
  tail[end - 2] = (bits >>> 8) & 0xff;
  tail[end - 1] = bits & 0xff;
  compress(state, tail, 0);
  if (end > blockBytes) compress(state, tail, blockBytes);
}

export class HmacSha1 {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;
  /** The code of the last `update`, 20 bytes. */
  readonly digest = new Uint8Array(20);

  /** `key` of at most 64 bytes. */
  constructor(key: Uint8Array) {
    this.#inner = padded(key, 0x36);
    this.#outer = padded(key, 0x5c);
  }

  /** The code of `message[0..length)`, with the 32 bits of `suffix` behind it when not null, into `digest`. */
  update(message: Uint8Array, length: number, suffix: number | null): void {
    state.set(this.#inner);
    let at = 0;
    for (; at + blockBytes <= length; at += blockBytes) compress(state, message, at);
    let rest = 0;
    for (; at < length; at++) tail[rest++] = message[at] as number;
    let total = blockBytes + length;
    if (suffix !== null) {
      tail[rest++] = suffix >>> 24;
      tail[rest++] = (suffix >>> 16) & 0xff;
      tail[rest++] = (suffix >>> 8) & 0xff;
      tail[rest++] = suffix & 0xff;
      total += 4;
    }
    if (rest >= blockBytes) {
      compress(state, tail, 0);
      rest -= blockBytes;
      tail.copyWithin(0, blockBytes, blockBytes + rest);
    }
    finish(rest, total);
    writeState(tail);
    state.set(this.#outer);
    finish(20, blockBytes + 20);
    writeState(this.digest);
  }
}

function padded(key: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(blockBytes);
  block.set(key);
  const sums = Int32Array.from(initial);
  compress(
    sums,
    block.map((byte) => byte ^ pad),
    0,
  );
  return sums;
}

function writeState(to: Uint8Array): void {
  for (let i = 0; i < 5; i++) {
    const word = state[i] as number;
    to[i * 4] = word >>> 24;
    to[i * 4 + 1] = (word >>> 16) & 0xff;
    to[i * 4 + 2] = (word >>> 8) & 0xff;
    to[i * 4 + 3] = word & 0xff;
  }
}

/** Are `count` bytes the same? Takes equally long wherever they differ. */
export function sameTag(packet: Uint8Array, at: number, tag: Uint8Array, count: number): boolean {
  let difference = 0;
  for (let i = 0; i < count; i++) difference |= (packet[at + i] as number) ^ (tag[i] as number);
  return difference === 0;
}
