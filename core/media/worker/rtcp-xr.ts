/**
 * Extended reports (RFC 3611) that a peer which only receives needs for its round trip: its receiver
 * reference time (section 4.4) is answered in a DLRR block (4.5). Who sends the one understands the other,
 * so nothing is negotiated for it. VoIP metrics are read in `rtcp-read.ts`.
 *
 *   |  BT=4  | reserved | length = 2 |      |  BT=5  | reserved | length = 3 |
 *   |   NTP time, 64 bits            |      |  SSRC  |  LRR (middle 32 bits) |  DLRR, 1/65536 s  |
 */
import { rtcpTypes } from './rtcp.ts';
import { readUint32, writeUint32 } from './rtp.ts';

const receiverTimeBlock = 4;
const receiverTimeBytes = 12;
const delayBlock = 5;
/** Header and SSRC, then the block with one report. */
export const delayReportBytes = 8 + 16;

/** The reference time of a peer, and when it came. */
export interface ReceiverTime {
  readonly ssrc: number;
  /** Middle 32 bits of its NTP time. */
  readonly middleNtp: number;
  readonly atMs: number;
}

/** Middle 32 bits of the receiver reference time among the blocks at `start…end`; null: there is none. */
export function readReceiverTime(packet: Uint8Array, start: number, end: number): number | null {
  for (let at = start; at + 4 <= end; ) {
    const next = at + ((((packet[at + 2] as number) << 8) | (packet[at + 3] as number)) + 1) * 4;
    if (next > end) return null;
    if (packet[at] === receiverTimeBlock && next - at >= receiverTimeBytes) return readUint32(packet, at + 6);
    at = next;
  }
  return null;
}

/** Writes an XR packet with one DLRR block at `at`; returns where it ends. */
export function writeDelay(buffer: Uint8Array, at: number, ourSsrc: number, time: ReceiverTime, nowMs: number): number {
  buffer[at] = 0x80;
  buffer[at + 1] = rtcpTypes.xr;
  buffer[at + 2] = 0;
  buffer[at + 3] = delayReportBytes / 4 - 1;
  writeUint32(buffer, at + 4, ourSsrc);
  writeUint32(buffer, at + 8, ((delayBlock << 24) | 3) >>> 0);
  writeUint32(buffer, at + 12, time.ssrc);
  writeUint32(buffer, at + 16, time.middleNtp);
  writeUint32(buffer, at + 20, Math.round(((nowMs - time.atMs) * 0x1_0000) / 1000) >>> 0);
  return at + delayReportBytes;
}
