/**
 * STUN messages of connectivity checks (RFC 5389 6 and 15, RFC 8445 16.1), read in place from a
 * buffer that the caller owns. Everything is checked against the length before it is believed.
 *
 *    0                   1                   2                   3
 *   |0 0|      type (14)            |        length (16)            |
 *   |                 magic cookie 0x2112A442                       |
 *   |                 transaction id (96)                           |
 *   |  attribute type (16)          |  length (16)  | value, padded to 32 bits …
 */
import { crc32 } from '../../runtime/index.ts';

export const stunHeaderBytes = 20;
export const magicCookie = 0x2112a442;
export const fingerprintXor = 0x5354554e;
/** Checks of browsers have about 100 bytes; a user name may have 513. */
const maxStunBytes = 1024;
const maxAttributes = 32;
/** Unknown attributes that a 420 lists: the answer stays smaller than the request. */
const maxUnknown = 8;

export const stunType = {
  bindingRequest: 0x0001,
  bindingIndication: 0x0011,
  bindingSuccess: 0x0101,
  bindingError: 0x0111,
} as const;

export const stunAttribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/** "Comprehension-required" attributes that are known to RFC 5389 and harmless in a check. */
const harmless = new Set([0x0001, 0x0014, 0x0015, 0x0020]);

/** One parsed message; reused from message to message. */
export class StunMessage {
  type = 0;
  /** Where the user name's bytes are; -1: there is none. */
  usernameAt = -1;
  usernameLength = 0;
  /** Where the attribute MESSAGE-INTEGRITY begins; -1: there is none. */
  integrityAt = -1;
  /** 0 when it was not told. */
  priority = 0;
  useCandidate = false;
  /** The sender takes the controlled role. */
  controlled = false;
  /** An attribute has not the length that it must have. */
  malformed = false;
  /** Attributes that must be understood and are not. */
  readonly unknown: number[] = [];

  reset(): void {
    this.type = 0;
    this.usernameAt = -1;
    this.usernameLength = 0;
    this.integrityAt = -1;
    this.priority = 0;
    this.useCandidate = false;
    this.controlled = false;
    this.malformed = false;
    this.unknown.length = 0;
  }
}

/**
 * Reads `length` bytes into `message`. False: no STUN, broken, or its FINGERPRINT is wrong; such a
 * packet "MUST be silently discarded" (RFC 5389 7.3).
 */
export function parseStun(packet: Uint8Array, length: number, message: StunMessage): boolean {
  message.reset();
  if (length < stunHeaderBytes || length > maxStunBytes || length > packet.length) return false;
  // "The most significant 2 bits of every STUN message MUST be zeroes."
  if ((packet[0] as number) > 3 || uint32(packet, 4) !== magicCookie) return false;
  if (length % 4 !== 0 || uint16(packet, 2) !== length - stunHeaderBytes) return false;
  message.type = uint16(packet, 0);
  let count = 0;
  for (let at = stunHeaderBytes; at < length; ) {
    if (at + 4 > length || ++count > maxAttributes) return false;
    const type = uint16(packet, at);
    const size = uint16(packet, at + 2);
    const end = at + 4 + ((size + 3) & ~3);
    if (end > length) return false;
    if (type === stunAttribute.fingerprint) {
      // 15.5: "the FINGERPRINT attribute MUST be the last attribute in the message".
      if (size !== 4 || end !== length) return false;
      if (uint32(packet, at + 4) !== (crc32(packet, at) ^ fingerprintXor) >>> 0) return false;
    } else if (message.integrityAt < 0) {
      // 15.4: "attributes that follow MESSAGE-INTEGRITY, with the exception of FINGERPRINT", are ignored.
      readAttribute(packet, at, type, size, message);
    }
    at = end;
  }
  return true;
}

function readAttribute(packet: Uint8Array, at: number, type: number, size: number, message: StunMessage): void {
  switch (type) {
    case stunAttribute.username:
      // 15.3: "it MUST contain a UTF-8 encoded sequence of less than 513 bytes". The first one counts (15).
      if (message.usernameAt >= 0) break;
      if (size > 512) message.malformed = true;
      message.usernameAt = at + 4;
      message.usernameLength = size;
      break;
    case stunAttribute.messageIntegrity:
      if (size !== 20) message.malformed = true;
      else message.integrityAt = at;
      break;
    case stunAttribute.priority:
      if (size !== 4) message.malformed = true;
      else message.priority = uint32(packet, at + 4);
      break;
    case stunAttribute.useCandidate:
      if (size !== 0) message.malformed = true;
      message.useCandidate = true;
      break;
    case stunAttribute.iceControlled:
      if (size !== 8) message.malformed = true;
      message.controlled = true;
      break;
    case stunAttribute.iceControlling:
      if (size !== 8) message.malformed = true;
      break;
    default:
      if (type < 0x8000 && !harmless.has(type) && message.unknown.length < maxUnknown) message.unknown.push(type);
  }
}

/**
 * The part of a check's user name before the colon: whom it is for (RFC 8445 7.2.2). Empty: no STUN
 * request with one. One port for many streams is sorted by it.
 */
export function stunLocalUfrag(packet: Uint8Array, message: StunMessage): string {
  if (message.usernameAt < 0) return '';
  let text = '';
  for (let i = 0; i < message.usernameLength; i++) {
    const byte = packet[message.usernameAt + i] as number;
    if (byte === 0x3a) return text;
    text += String.fromCharCode(byte);
  }
  return '';
}

/** The length of a message that was read: header and attributes. */
export function stunBytes(packet: Uint8Array): number {
  return stunHeaderBytes + uint16(packet, 2);
}

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2)) >>> 0;
}
