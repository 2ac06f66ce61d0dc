/**
 * The master key identifier of each packet (RFC 3711 3.1): before the tag with HMAC, behind all with GCM (RFC 7714
 * 8.2, 9.2). It is not authenticated. One key has one, so it need only be taken out and put in.
 */

/** None. */
export const noMki = new Uint8Array(0);

export function mkiBytes(hex: string | undefined): Uint8Array {
  return hex === undefined || hex === '' ? noMki : Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Puts `mki` before the last `tailBytes`; there must be room for it. Returns the new length. */
export function putMki(packet: Uint8Array, length: number, mki: Uint8Array, tailBytes: number): number {
  const at = length - tailBytes;
  packet.copyWithin(at + mki.length, at, length);
  for (let i = 0; i < mki.length; i++) packet[at + i] = mki[i] as number;
  return length + mki.length;
}

/** Takes `mki` from before the last `tailBytes`. Returns the new length; -1: it is not there, and nothing has changed. */
export function takeMki(packet: Uint8Array, length: number, mki: Uint8Array, tailBytes: number): number {
  const at = length - tailBytes - mki.length;
  if (at < 0) return -1;
  for (let i = 0; i < mki.length; i++) if (packet[at + i] !== mki[i]) return -1;
  packet.copyWithin(at, at + mki.length, length);
  return length - mki.length;
}
