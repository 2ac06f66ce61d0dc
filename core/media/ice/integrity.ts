/** MESSAGE-INTEGRITY with short-term credentials (RFC 5389 10.1 and 15.4): HMAC-SHA1 under the password. */
import { createHash } from 'node:crypto';
import { HmacSha1, sameTag } from '../worker/srtp-hmac.ts';
import { stunAttribute, stunHeaderBytes } from './stun-message.ts';

const integrityBytes = 24;
const blockBytes = 64;

/** RFC 2104: a key longer than a block is hashed first. */
export function integrityKey(password: string): HmacSha1 {
  const bytes = Buffer.from(password);
  return new HmacSha1(bytes.length > blockBytes ? createHash('sha1').update(bytes).digest() : bytes);
}

/**
 * Is the attribute at `at` the right one? 15.4: "the length field … adjusted to point to the end of the
 * MESSAGE-INTEGRITY attribute": it is changed for the sum and put back.
 */
export function isAuthentic(packet: Uint8Array, at: number, key: HmacSha1): boolean {
  const [high, low] = [packet[2] as number, packet[3] as number];
  writeLength(packet, at + integrityBytes);
  key.update(packet, at, null);
  packet[2] = high;
  packet[3] = low;
  return sameTag(packet, at + 4, key.digest, 20);
}

/** Puts the attribute behind `length` bytes of a message; returns the new length. */
export function appendIntegrity(message: Uint8Array, length: number, key: HmacSha1): number {
  writeLength(message, length + integrityBytes);
  key.update(message, length, null);
  message[length] = stunAttribute.messageIntegrity >> 8;
  message[length + 1] = stunAttribute.messageIntegrity & 0xff;
  message[length + 2] = 0;
  message[length + 3] = 20;
  message.set(key.digest, length + 4);
  return length + integrityBytes;
}

/** Writes the header's length field for a message of `total` bytes. */
export function writeLength(message: Uint8Array, total: number): void {
  message[2] = (total - stunHeaderBytes) >> 8;
  message[3] = (total - stunHeaderBytes) & 0xff;
}
