/**
 * AES in counter mode out of AES on single blocks: one block cipher without chaining lives as long
 * as its key, and one call encrypts the counters of a whole packet. Making a counter-mode cipher
 * for each packet costs five times as much.
 */
import { createCipheriv } from 'node:crypto';

/** Blocks for which room is made at first: 272 bytes, more than 20 ms of anything but L16. */
const firstBlocks = 17;

/** Encrypts 16-byte blocks, each on its own. */
export interface BlockCipher {
  /** The result is valid until the next call. `blocks` is a multiple of 16 bytes long. */
  encrypt(blocks: Uint8Array): Uint8Array;
}

/** `key` of 16 or 32 bytes. */
export function blockCipher(key: Uint8Array): BlockCipher {
  const cipher = createCipheriv(key.length === 32 ? 'aes-256-ecb' : 'aes-128-ecb', key, null).setAutoPadding(false);
  return { encrypt: (blocks) => cipher.update(blocks) };
}

/**
 * Counter blocks of all keys of this thread: filled and used within one call. Words are in the
 * machine's byte order, as they are only copied; the counter itself goes by bytes.
 */
let words = new Int32Array(0);
let bytes = new Uint8Array(0);
/** By number of blocks: the part of `bytes` that they take. */
let views: Uint8Array[] = [];

function makeRoom(blocks: number): void {
  words = new Int32Array(blocks * 4);
  bytes = new Uint8Array(words.buffer);
  views = Array.from({ length: blocks + 1 }, (_, count) => bytes.subarray(0, count * 16));
}
makeRoom(firstBlocks);

/** The first block: write the initialization vector here, then call `keystream`. */
export function firstBlock(): Uint8Array {
  return bytes;
}

/**
 * The key stream of `count` blocks whose first is in `firstBlock()`; the counter is the last two
 * bytes and may not wrap (at most 2^16 blocks: a packet is shorter).
 */
export function keystream(cipher: BlockCipher, count: number): Uint8Array {
  if (count >= views.length) {
    const iv = bytes.slice(0, 16);
    makeRoom(count * 2);
    bytes.set(iv);
  }
  const a = words[0] as number;
  const b = words[1] as number;
  const c = words[2] as number;
  const d = words[3] as number;
  const first = ((bytes[14] as number) << 8) | (bytes[15] as number);
  for (let block = 1, at = 4; block < count; block++, at += 4) {
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    const counter = first + block;
    const end = at * 4 + 14;
    bytes[end] = counter >> 8;
    bytes[end + 1] = counter & 0xff;
  }
  return cipher.encrypt(views[count] as Uint8Array);
}

/** `packet[start..end)` with the key stream from byte `from` on. */
export function applyKeystream(packet: Uint8Array, start: number, end: number, stream: Uint8Array, from: number): void {
  for (let i = start, k = from; i < end; i++, k++) packet[i] = (packet[i] as number) ^ (stream[k] as number);
}
