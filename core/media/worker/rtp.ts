/**
 * RTP packets (RFC 3550, section 5.1), parsed and written in place on buffers that the caller owns.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   |                           timestamp                           |
 *   |                             SSRC                              |
 *   |                     CSRC list (CC × 4 bytes)                  |
 *   |  X: profile (2 bytes), length in words (2 bytes), extension   |
 *   |  payload …                       | P: padding, last byte = n  |
 */

export const rtpHeaderBytes = 12;

/** One parsed header; reused from packet to packet. */
export class RtpHeader {
  marker = false;
  payloadType = 0;
  sequence = 0;
  timestamp = 0;
  ssrc = 0;
  /** Where the payload starts, bytes. */
  payloadStart = 0;
  /** Payload without padding, bytes. */
  payloadLength = 0;
}

/**
 * Parses `length` bytes into `header`. False when they are not an RTP packet: RFC 3550 appendix A.1,
 * "RTP version field must equal 2", and CSRC list, extension and padding must lie inside the packet.
 */
export function parseRtp(packet: Uint8Array, length: number, header: RtpHeader): boolean {
  if (length < rtpHeaderBytes || length > packet.length) return false;
  const first = packet[0] as number;
  const second = packet[1] as number;
  if (first >> 6 !== 2) return false;
  let start = rtpHeaderBytes;
  let end = length;
  if (first !== 0x80) {
    start += (first & 0x0f) * 4;
    if ((first & 0x10) !== 0) {
      if (start + 4 > length) return false;
      start += 4 + (((packet[start + 2] as number) << 8) | (packet[start + 3] as number)) * 4;
    }
    if (start > length) return false;
    if ((first & 0x20) !== 0) {
      // "The last octet of the padding contains a count of how many padding octets should be ignored, including itself."
      const padding = packet[length - 1] as number;
      if (padding === 0 || padding > length - start) return false;
      end -= padding;
    }
  }
  header.marker = (second & 0x80) !== 0;
  header.payloadType = second & 0x7f;
  header.sequence = ((packet[2] as number) << 8) | (packet[3] as number);
  header.timestamp = readUint32(packet, 4);
  header.ssrc = readUint32(packet, 8);
  header.payloadStart = start;
  header.payloadLength = end - start;
  return true;
}

/** Writes the 12 bytes of a header without CSRC, extension and padding. */
export function writeRtpHeader(
  packet: Uint8Array,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  packet[0] = 0x80;
  packet[1] = (marker ? 0x80 : 0) | payloadType;
  packet[2] = sequence >> 8;
  packet[3] = sequence & 0xff;
  writeUint32(packet, 4, timestamp);
  writeUint32(packet, 8, ssrc);
}

/**
 * RFC 5761, section 4: on one port, RTCP packet types 192–223 show as RTP payload types 64–95 with
 * the marker bit set.
 */
export function isRtcp(packet: Uint8Array, length: number): boolean {
  const type = packet[1] as number;
  return length >= 8 && (packet[0] as number) >> 6 === 2 && type >= 192 && type <= 223;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}
