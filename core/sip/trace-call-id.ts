/** Finds the Call-ID of a message without parsing it: the trace looks at every message. */
import { Buffer } from 'node:buffer';

const longestBytes = 256;
/** How far the header is searched. */
const searchedBytes = 16_384;
const lineFeed = 10;
const carriageReturn = 13;
const colon = 58;
const name = 'call-id';

/** First and past the last byte of the value that was found last: found for every message, without an object. */
const found = { start: 0, end: 0 };

/** Finds the first Call-ID line, in any spelling (compact, blanks, folded); false when there is none. */
function locate(bytes: Uint8Array): boolean {
  const limit = Math.min(bytes.length, searchedBytes);
  for (let at = 0; at < limit; at++) {
    if (bytes[at] !== lineFeed) continue;
    const first = (bytes[at + 1] ?? 0) | 0x20;
    if (first === 0x63 || first === 0x69) {
      const after = nameEnd(bytes, at + 1, first);
      if (after > 0) return value(bytes, after);
    }
    // An empty line: the body follows.
    const next = bytes[at + 1];
    if (next === lineFeed || (next === carriageReturn && bytes[at + 2] === lineFeed)) return false;
  }
  return false;
}

/** Where the value may begin when the line's name is Call-ID or i; else 0. */
function nameEnd(bytes: Uint8Array, start: number, first: number): number {
  let at = start + 1;
  if (first === 0x63) {
    for (let i = 1; i < name.length; i++, at++) {
      const byte = bytes[at] ?? 0;
      if ((byte === 0x2d ? byte : byte | 0x20) !== name.charCodeAt(i)) return 0;
    }
  }
  while (bytes[at] === 0x20 || bytes[at] === 9) at++;
  return bytes[at] === colon ? at + 1 : 0;
}

function value(bytes: Uint8Array, from: number): boolean {
  let start = from;
  while (start < bytes.length && (bytes[start] as number) <= 0x20) start++;
  let end = start;
  const limit = Math.min(bytes.length, start + longestBytes);
  while (end < limit && (bytes[end] as number) > 0x20) end++;
  found.start = start;
  found.end = end;
  return end > start;
}

/** '' when there is none. Longer ones are cut. */
export function callIdOf(bytes: Uint8Array): string {
  if (!locate(bytes)) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', found.start, found.end);
}

/** A number for the Call-ID, equal for equal ones (FNV-1a); costs no string. */
export function callIdKey(bytes: Uint8Array): number {
  if (!locate(bytes)) return 0;
  let key = 0x811c9dc5;
  for (let at = found.start; at < found.end; at++) key = Math.imul(key ^ (bytes[at] as number), 0x01000193);
  return key;
}

/** The same number for a Call-ID as text. */
export function keyOfCallId(callId: string): number {
  if (callId === '') return 0;
  let key = 0x811c9dc5;
  for (let at = 0; at < Math.min(callId.length, longestBytes); at++) {
    key = Math.imul(key ^ (callId.charCodeAt(at) & 0xff), 0x01000193);
  }
  return key;
}
