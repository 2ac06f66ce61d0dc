/** Answers to connectivity checks, written into one buffer that is good until the next answer. */
import { crc32, type SockAddr } from '../../runtime/index.ts';
import type { HmacSha1 } from '../worker/srtp-hmac.ts';
import { appendIntegrity, writeLength } from './integrity.ts';
import { fingerprintXor, magicCookie, stunAttribute, stunHeaderBytes, stunType } from './stun-message.ts';

const ipv4Bytes = 16;
/** RFC 5389 15.6, RFC 8445 7.3.1.1. */
const reasons = {
  400: 'Bad Request',
  401: 'Unauthorized',
  420: 'Unknown Attribute',
  487: 'Role Conflict',
} as const;
export type StunErrorCode = keyof typeof reasons;
const reasonBytes = new Map(
  Object.entries(reasons).map(([code, reason]) => [Number(code), Buffer.from(reason)] as const),
);

export const answer: Uint8Array = new Uint8Array(256);

/** A binding success with XOR-MAPPED-ADDRESS `from` (15.2) into `answer`; returns its length. */
export function writeSuccess(request: Uint8Array, from: SockAddr, key: HmacSha1): number {
  begin(stunType.bindingSuccess, request);
  return finish(appendMappedAddress(from), key);
}

/** A binding error into `answer`; `key` null: what came was not authentic, so neither is this. Returns its length. */
export function writeError(
  request: Uint8Array,
  code: StunErrorCode,
  unknown: readonly number[],
  key: HmacSha1 | null,
): number {
  begin(stunType.bindingError, request);
  const reason = reasonBytes.get(code) ?? Buffer.alloc(0);
  const size = 4 + reason.length;
  let at = stunHeaderBytes;
  at = appendAttribute(at, stunAttribute.errorCode, size);
  answer[at] = 0;
  answer[at + 1] = 0;
  answer[at + 2] = Math.floor(code / 100);
  answer[at + 3] = code % 100;
  answer.set(reason, at + 4);
  at = pad(at + size);
  if (unknown.length > 0) {
    at = appendAttribute(at, stunAttribute.unknownAttributes, unknown.length * 2);
    for (const type of unknown) at = appendUint16(at, type);
    at = pad(at);
  }
  return finish(at, key);
}

function begin(type: number, request: Uint8Array): void {
  appendUint16(0, type);
  for (let i = 4; i < stunHeaderBytes; i++) answer[i] = request[i] as number;
}

/** 15.2: the port with the upper half of the cookie, the address with cookie and transaction id; both are in the header. */
function appendMappedAddress(from: SockAddr): number {
  const isIpv4 = from.length === ipv4Bytes || isMapped(from.bytes);
  const bytes = isIpv4 ? 4 : 16;
  // sockaddr_in has the address at 4, sockaddr_in6 at 8; a mapped one ends with the IPv4 address.
  const start = from.length === ipv4Bytes ? 4 : isIpv4 ? 20 : 8;
  let at = appendAttribute(stunHeaderBytes, stunAttribute.xorMappedAddress, 4 + bytes);
  answer[at++] = 0;
  answer[at++] = isIpv4 ? 1 : 2;
  answer[at++] = (from.bytes[2] as number) ^ (magicCookie >>> 24);
  answer[at++] = (from.bytes[3] as number) ^ ((magicCookie >>> 16) & 0xff);
  for (let i = 0; i < bytes; i++) answer[at++] = (from.bytes[start + i] as number) ^ (answer[4 + i] as number);
  return at;
}

/** An IPv4 address as a socket of both families shows it: ::ffff:a.b.c.d. */
function isMapped(bytes: Uint8Array): boolean {
  for (let i = 8; i < 18; i++) if (bytes[i] !== 0) return false;
  return bytes[18] === 0xff && bytes[19] === 0xff;
}

/** MESSAGE-INTEGRITY if there is a key, then FINGERPRINT, over the header as it is sent. */
function finish(length: number, key: HmacSha1 | null): number {
  const signed = key === null ? length : appendIntegrity(answer, length, key);
  writeLength(answer, signed + 8);
  const sum = (crc32(answer, signed) ^ fingerprintXor) >>> 0;
  const at = appendAttribute(signed, stunAttribute.fingerprint, 4);
  return appendUint16(appendUint16(at, sum >>> 16), sum & 0xffff);
}

function appendAttribute(at: number, type: number, size: number): number {
  return appendUint16(appendUint16(at, type), size);
}

function appendUint16(at: number, value: number): number {
  answer[at] = value >> 8;
  answer[at + 1] = value & 0xff;
  return at + 2;
}

function pad(at: number): number {
  let end = at;
  while (end % 4 !== 0) answer[end++] = 0;
  return end;
}
