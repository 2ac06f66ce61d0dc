/** STUN messages of a browser (RFC 8489), written and read without the server's code. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from '../../core/runtime/index.ts';

const cookie = 0x2112a442;
const headerBytes = 20;
const types = { request: 0x0001, success: 0x0101, error: 0x0111 } as const;

export interface Check {
  readonly transactionId: Buffer;
  /** `theirs:ours`. */
  readonly username: string;
  /** Of the side that is asked. */
  readonly password: string;
  readonly priority: number;
  readonly tieBreaker: Buffer;
  readonly nominates: boolean;
}

/** A connectivity check of the controlling side (RFC 8445 7.1). */
export function stunCheck({ transactionId, username, password, priority, tieBreaker, nominates }: Check): Buffer {
  const attributes = [
    attribute(0x0006, Buffer.from(username)),
    attribute(0x0024, uint32(priority)),
    attribute(0x802a, tieBreaker),
    ...(nominates ? [attribute(0x0025, Buffer.alloc(0))] : []),
  ];
  return sealed(message(types.request, transactionId, attributes), password);
}

/** A success for a transaction with the right integrity; the status of an error; null: something else. */
export function stunAnswer(
  packet: Buffer,
  password: string,
): { readonly transactionId: string; readonly status: number } | null {
  if (packet.length < headerBytes || packet.readUInt32BE(4) !== cookie) return null;
  const transactionId = packet.subarray(8, 20).toString('hex');
  const type = packet.readUInt16BE(0);
  if (type === types.error) return { transactionId, status: errorOf(packet) };
  if (type !== types.success || !hasIntegrity(packet, password)) return null;
  return { transactionId, status: 200 };
}

function errorOf(packet: Buffer): number {
  const value = attributesOf(packet).find(({ type }) => type === 0x0009)?.value;
  return value === undefined ? 0 : (value[2] ?? 0) * 100 + (value[3] ?? 0);
}

function attributesOf(
  packet: Buffer,
): readonly { readonly type: number; readonly at: number; readonly value: Buffer }[] {
  const found = [];
  for (let at = headerBytes; at + 4 <= packet.length; ) {
    const length = packet.readUInt16BE(at + 2);
    found.push({ type: packet.readUInt16BE(at), at, value: packet.subarray(at + 4, at + 4 + length) });
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return found;
}

function hasIntegrity(packet: Buffer, password: string): boolean {
  const found = attributesOf(packet).find(({ type }) => type === 0x0008);
  if (found === undefined || found.value.length !== 20) return false;
  const signed = Buffer.from(packet.subarray(0, found.at));
  signed.writeUInt16BE(found.at + 24 - headerBytes, 2);
  return timingSafeEqual(createHmac('sha1', password).update(signed).digest(), found.value);
}

function message(type: number, transactionId: Buffer, attributes: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(cookie, 4);
  return Buffer.concat([header, transactionId, ...attributes]);
}

/** MESSAGE-INTEGRITY and FINGERPRINT, each over the message with the length that it has with itself. */
function sealed(plain: Buffer, password: string): Buffer {
  plain.writeUInt16BE(plain.length + 24 - headerBytes, 2);
  const signed = Buffer.concat([plain, attribute(0x0008, createHmac('sha1', password).update(plain).digest())]);
  signed.writeUInt16BE(signed.length + 8 - headerBytes, 2);
  return Buffer.concat([signed, attribute(0x8028, uint32((crc32(signed) ^ 0x5354554e) >>> 0))]);
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
