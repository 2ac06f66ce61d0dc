/** What a STUN server says to a binding request of ours (RFC 5389 7.3.3). Pure; `stun.ts` is the other side. */
import { bindingError, bindingRequest, bindingSuccess, headerBytes, isStun, magicCookie } from './stun.ts';

const mappedAddress = 0x0001;
const xorMappedAddress = 0x0020;

export interface StunAnswer {
  /** Hexadecimal. */
  readonly transactionId: string;
  readonly refused: boolean;
  /** Our address as the server sees it, port and address in hexadecimal; '' when it does not say. */
  readonly mapped: string;
}

/** A binding request without attributes: "the FINGERPRINT attribute … is not required" on SIP ports (RFC 5626 8). */
export function stunRequest(transactionId: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const data = new DataView(bytes.buffer);
  data.setUint16(0, bindingRequest);
  data.setUint32(4, magicCookie);
  bytes.set(transactionId.subarray(0, 12), 8);
  return bytes;
}

/** Null: no answer to a binding request, or not well-formed. */
export function readStunAnswer(bytes: Uint8Array): StunAnswer | null {
  if (!isStun(bytes)) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = data.getUint16(0);
  if (type !== bindingSuccess && type !== bindingError) return null;
  if (data.getUint16(2) !== bytes.length - headerBytes) return null;
  let mapped = '';
  for (let at = headerBytes; at + 4 <= bytes.length; ) {
    const size = data.getUint16(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + size);
    if (value.length < size) return null;
    const attribute = data.getUint16(at);
    if (attribute === xorMappedAddress) mapped = hex(unmasked(value, bytes));
    else if (attribute === mappedAddress && mapped === '') mapped = hex(value.subarray(2));
    at += 4 + ((size + 3) & ~3);
  }
  return { transactionId: hex(bytes.subarray(8, headerBytes)), refused: type === bindingError, mapped };
}

/** Port and address: cookie and transaction id are taken off again (RFC 5389 15.2). */
function unmasked(value: Uint8Array, message: Uint8Array): Uint8Array {
  return value.subarray(2).map((byte, index) => byte ^ (message[index < 2 ? 4 + index : 2 + index] ?? 0));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
