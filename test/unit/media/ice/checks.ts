/** Connectivity checks as a browser writes them, and the reading of answers; node:crypto does the sums. */
import { createHmac } from 'node:crypto';

export interface CheckOptions {
  readonly username: string;
  readonly password: string;
  readonly priority?: number;
  readonly useCandidate?: boolean;
  readonly role?: 'controlling' | 'controlled' | null;
  /** More attributes before MESSAGE-INTEGRITY. */
  readonly extra?: readonly (readonly [type: number, value: Uint8Array])[];
  readonly integrity?: boolean;
  readonly fingerprint?: boolean;
  readonly type?: number;
  readonly transaction?: number;
}

export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A message of these attributes; `password` null: without MESSAGE-INTEGRITY. */
export function stun(
  type: number,
  transaction: number,
  attributes: readonly Buffer[],
  password: string | null,
  fingerprint = true,
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(0x2112a442, 4);
  header.writeUInt32BE(transaction, 16);
  let message = Buffer.concat([header, ...attributes]);
  if (password !== null) {
    message.writeUInt16BE(message.length - 20 + 24, 2);
    message = Buffer.concat([message, attribute(0x0008, createHmac('sha1', password).update(message).digest())]);
  }
  message.writeUInt16BE(message.length - 20 + (fingerprint ? 8 : 0), 2);
  return fingerprint
    ? Buffer.concat([message, attribute(0x8028, uint32((crc32(message) ^ 0x5354554e) >>> 0))])
    : message;
}

/** Bit by bit, as ITU V.42 says it. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0xedb88320);
  }
  return ~crc >>> 0;
}

let transactions = 1;

export function check(options: CheckOptions): Buffer {
  const { priority = 1000, useCandidate = false, role = 'controlling', extra = [] } = options;
  const attributes = [attribute(0x0006, Buffer.from(options.username)), attribute(0x0024, uint32(priority))];
  if (role !== null) attributes.push(attribute(role === 'controlling' ? 0x802a : 0x8029, Buffer.alloc(8, 7)));
  if (useCandidate) attributes.push(attribute(0x0025, Buffer.alloc(0)));
  for (const [type, value] of extra) attributes.push(attribute(type, value));
  const password = options.integrity === false ? null : options.password;
  const transaction = options.transaction ?? transactions++;
  return stun(options.type ?? 1, transaction, attributes, password, options.fingerprint ?? true);
}

export interface StunAnswer {
  readonly type: number;
  readonly transaction: number;
  /** Null: no error. */
  readonly code: number | null;
  readonly unknown: readonly number[];
  readonly mapped: string | null;
  /** Signed with that password; null: there is no MESSAGE-INTEGRITY. */
  readonly authentic: boolean | null;
}

/** Reads an answer; throws where it is not what RFC 5389 says. */
export function readAnswer(bytes: Uint8Array, password: string): StunAnswer {
  const message = Buffer.from(bytes);
  if (message.readUInt16BE(2) !== message.length - 20 || message.length % 4 !== 0) throw new Error('length');
  let code: number | null = null;
  let mapped: string | null = null;
  let authentic: boolean | null = null;
  const unknown: number[] = [];
  for (let at = 20; at < message.length; ) {
    const type = message.readUInt16BE(at);
    const size = message.readUInt16BE(at + 2);
    const value = message.subarray(at + 4, at + 4 + size);
    if (type === 0x0009) code = (value[2] ?? 0) * 100 + (value[3] ?? 0);
    if (type === 0x000a) for (let i = 0; i < size; i += 2) unknown.push(value.readUInt16BE(i));
    if (type === 0x0020) mapped = mappedAddress(value, message);
    if (type === 0x0008) {
      const signed = Buffer.from(message.subarray(0, at));
      signed.writeUInt16BE(at + 24 - 20, 2);
      authentic = createHmac('sha1', password).update(signed).digest().equals(value);
    }
    if (type === 0x8028) {
      if (at + 8 !== message.length) throw new Error('FINGERPRINT is not the last');
      if (value.readUInt32BE(0) !== (crc32(message.subarray(0, at)) ^ 0x5354554e) >>> 0) throw new Error('FINGERPRINT');
    }
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return { type: message.readUInt16BE(0), transaction: message.readUInt32BE(16), code, unknown, mapped, authentic };
}

function mappedAddress(value: Buffer, message: Buffer): string {
  const port = value.readUInt16BE(2) ^ 0x2112;
  const bytes = [...value.subarray(4)].map((byte, i) => byte ^ (message[4 + i] ?? 0));
  const address =
    value[1] === 1
      ? bytes.join('.')
      : Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16)).join(
          ':',
        );
  return `${address} ${port}`;
}
