/**
 * RTP as the phone needs it (RFC 3550 5.1). It is not the engine's own: a peer that shares code
 * with what it tests would share its mistakes.
 */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
}

/** Null when the bytes are no RTP packet. */
export function readRtp(bytes: Uint8Array): RtpPacket | null {
  if (bytes.length < 12) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(0);
  if (flags >> 6 !== 2) return null;
  let start = 12 + (flags & 0x0f) * 4;
  if ((flags & 0x10) !== 0) start += start + 4 > bytes.length ? bytes.length : 4 + view.getUint16(start + 2) * 4;
  const padding = (flags & 0x20) === 0 ? 0 : view.getUint8(bytes.length - 1);
  if (start + padding > bytes.length) return null;
  return {
    marker: (view.getUint8(1) & 0x80) !== 0,
    payloadType: view.getUint8(1) & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: bytes.subarray(start, bytes.length - padding),
  };
}

export function writeRtp({ marker, payloadType, sequence, timestamp, ssrc, payload }: RtpPacket): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, (marker ? 0x80 : 0) | payloadType);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timestamp >>> 0);
  view.setUint32(8, ssrc >>> 0);
  bytes.set(payload, 12);
  return bytes;
}
