/**
 * STUN binding requests on a SIP port (RFC 5626 8, RFC 5389): keep-alive and "what is my address". Pure: the
 * bytes of a request give the bytes of its answer.
 *
 *  0                   1                   2                   3
 * |0 0|      type (14)            |        length (16)            |
 * |                 magic cookie 0x2112A442                       |
 * |                 transaction id (96)                           |
 * |  attribute type (16)          |  length (16)  | value, padded to 32 bits …
 */
import { crc32, type Endpoint, ipFamily } from '../runtime/index.ts';

export const headerBytes = 20;
export const magicCookie = 0x2112a442;
export const bindingRequest = 0x0001;
export const bindingSuccess = 0x0101;
export const bindingError = 0x0111;
const attribute = {
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  fingerprint: 0x8028,
} as const;
/** Comprehension-required attributes of RFC 5389 18.2; we need none of them to answer. */
const known = new Set([0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x0020]);
const fingerprintXor = 0x5354554e;
/** Attributes of one request, and unknown ones that a 420 lists: the answer stays smaller than the request. */
const maxAttributes = 32;

/** Could these bytes be STUN? "The most significant 2 bits … MUST be zeroes", then the magic cookie (RFC 5389 6). */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && (bytes[0] ?? 0xff) < 4 && view(bytes).getUint32(4) === magicCookie;
}

/** The answer to a binding request that came from `source`; null: nothing to answer, or not well-formed. */
export function answerStun(bytes: Uint8Array, source: Endpoint): Uint8Array | null {
  if (!isStun(bytes)) return null;
  const data = view(bytes);
  const length = data.getUint16(2);
  if (data.getUint16(0) !== bindingRequest || length % 4 !== 0 || length !== bytes.length - headerBytes) return null;
  const unknown: number[] = [];
  let hasFingerprint = false;
  let count = 0;
  for (let at = headerBytes; at < bytes.length; ) {
    // "the FINGERPRINT attribute MUST be the last attribute in the message" (15.5).
    if (hasFingerprint || at + 4 > bytes.length || ++count > maxAttributes) return null;
    const type = data.getUint16(at);
    const size = data.getUint16(at + 2);
    if (at + 4 + size > bytes.length) return null;
    if (type === attribute.fingerprint) {
      if (size !== 4 || data.getUint32(at + 4) !== fingerprintOf(bytes.subarray(0, at))) return null;
      hasFingerprint = true;
    } else if (type < 0x8000 && !known.has(type)) unknown.push(type);
    at += 4 + ((size + 3) & ~3);
    if (at > bytes.length) return null;
  }
  // 7.3.1: unknown comprehension-required attributes: "an error response with an error code of 420".
  const [type, body] =
    unknown.length > 0 ? [bindingError, unknownError(unknown)] : [bindingSuccess, mappedAddress(source, bytes)];
  return message(type, bytes.subarray(8, headerBytes), body, hasFingerprint);
}

function message(type: number, transactionId: Uint8Array, body: Uint8Array, hasFingerprint: boolean): Uint8Array {
  const total = headerBytes + body.length + (hasFingerprint ? 8 : 0);
  const bytes = new Uint8Array(total);
  const data = view(bytes);
  data.setUint16(0, type);
  // With FINGERPRINT counted: it covers the header as sent (15.5).
  data.setUint16(2, total - headerBytes);
  data.setUint32(4, magicCookie);
  bytes.set(transactionId, 8);
  bytes.set(body, headerBytes);
  if (hasFingerprint) {
    const at = headerBytes + body.length;
    data.setUint16(at, attribute.fingerprint);
    data.setUint16(at + 2, 4);
    data.setUint32(at + 4, fingerprintOf(bytes.subarray(0, at)));
  }
  return bytes;
}

/** XOR-MAPPED-ADDRESS (15.2): the port with the upper half of the cookie, the address with cookie and transaction id. */
function mappedAddress(source: Endpoint, request: Uint8Array): Uint8Array {
  const address = addressBytes(source.address);
  const bytes = new Uint8Array(8 + address.length);
  const data = view(bytes);
  data.setUint16(0, attribute.xorMappedAddress);
  data.setUint16(2, 4 + address.length);
  data.setUint8(5, address.length === 4 ? 1 : 2);
  data.setUint16(6, source.port ^ (magicCookie >>> 16));
  address.forEach((byte, index) => {
    bytes[8 + index] = byte ^ (request[4 + index] ?? 0);
  });
  return bytes;
}

/** ERROR-CODE 420 and UNKNOWN-ATTRIBUTES (15.6, 15.9). */
function unknownError(unknown: readonly number[]): Uint8Array {
  const reason = Buffer.from('Unknown Attribute');
  const reasonBytes = (reason.length + 3) & ~3;
  const listBytes = (unknown.length * 2 + 3) & ~3;
  const bytes = new Uint8Array(8 + reasonBytes + 4 + listBytes);
  const data = view(bytes);
  data.setUint16(0, attribute.errorCode);
  data.setUint16(2, 4 + reason.length);
  data.setUint8(6, 4);
  data.setUint8(7, 20);
  bytes.set(reason, 8);
  const at = 8 + reasonBytes;
  data.setUint16(at, attribute.unknownAttributes);
  data.setUint16(at + 2, unknown.length * 2);
  unknown.forEach((type, index) => {
    data.setUint16(at + 4 + index * 2, type);
  });
  return bytes;
}

/** "the CRC-32 of the STUN message up to (but excluding) the FINGERPRINT attribute itself, XOR'ed with 0x5354554e". */
function fingerprintOf(bytes: Uint8Array): number {
  return (crc32(bytes) ^ fingerprintXor) >>> 0;
}

function addressBytes(address: string): Uint8Array {
  if (ipFamily(address) === 4) return Uint8Array.from(address.split('.'), Number);
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = groups(tail ?? '');
  const all =
    tail === undefined ? front : [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
