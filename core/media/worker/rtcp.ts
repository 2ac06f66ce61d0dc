/**
 * RTCP (RFC 3550, section 6): compound packets of SR or RR, SDES with CNAME, and BYE at the end, as
 * we send them. Reading is in `rtcp-read.ts`.
 */
import { writeUint32 } from './rtp.ts';

export const rtcpTypes = { sr: 200, rr: 201, sdes: 202, bye: 203, xr: 207 } as const;
/** Seconds from 1900 to 1970. */
const ntpEpochOffset = 2_208_988_800;
export const maxRtcpBytes = 1480;
const maxCnameBytes = 64;

/** What a report says about the source that we hear; null before the first packet. */
export interface ReceptionReport {
  readonly ssrc: number;
  /** Of 256, since the last report. */
  readonly fractionLost: number;
  readonly packetsLost: number;
  readonly highestSequence: number;
  /** Timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the last SR's NTP time, 0 before the first. */
  readonly lastSr: number;
  /** Since that SR, in 1/65536 s. */
  readonly delaySinceLastSr: number;
}

/** What we say about what we sent; null where nothing was sent since the last report. */
export interface SenderReport {
  readonly unixMs: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/** Writes a compound packet; returns its length. */
export function writeRtcp(
  buffer: Uint8Array,
  ssrc: number,
  cname: string,
  sender: SenderReport | null,
  reception: ReceptionReport | null,
  bye: boolean,
): number {
  let at = writeReport(buffer, ssrc, sender, reception);
  at = writeSdes(buffer, at, ssrc, cname);
  if (bye) {
    writeHeader(buffer, at, 1, rtcpTypes.bye, 1);
    writeUint32(buffer, at + 4, ssrc);
    at += 8;
  }
  return at;
}

function writeReport(
  buffer: Uint8Array,
  ssrc: number,
  sender: SenderReport | null,
  reception: ReceptionReport | null,
): number {
  writeUint32(buffer, 4, ssrc);
  let at = 8;
  if (sender !== null) {
    const seconds = Math.floor(sender.unixMs / 1000) + ntpEpochOffset;
    writeUint32(buffer, at, seconds >>> 0);
    writeUint32(buffer, at + 4, Math.floor(((sender.unixMs % 1000) / 1000) * 0x1_0000_0000) >>> 0);
    writeUint32(buffer, at + 8, sender.rtpTimestamp);
    writeUint32(buffer, at + 12, sender.packets >>> 0);
    writeUint32(buffer, at + 16, sender.octets >>> 0);
    at += 20;
  }
  if (reception !== null) {
    writeUint32(buffer, at, reception.ssrc);
    const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, reception.packetsLost));
    writeUint32(buffer, at + 4, ((reception.fractionLost & 0xff) << 24) | (lost & 0xff_ffff));
    writeUint32(buffer, at + 8, reception.highestSequence >>> 0);
    writeUint32(buffer, at + 12, Math.round(reception.jitter) >>> 0);
    writeUint32(buffer, at + 16, reception.lastSr >>> 0);
    writeUint32(buffer, at + 20, reception.delaySinceLastSr >>> 0);
    at += 24;
  }
  writeHeader(buffer, 0, reception === null ? 0 : 1, sender === null ? rtcpTypes.rr : rtcpTypes.sr, at / 4 - 1);
  return at;
}

function writeSdes(buffer: Uint8Array, start: number, ssrc: number, cname: string): number {
  const text = new TextEncoder().encode(cname).subarray(0, maxCnameBytes);
  writeUint32(buffer, start + 4, ssrc);
  buffer[start + 8] = 1; // CNAME
  buffer[start + 9] = text.length;
  buffer.set(text, start + 10);
  let at = start + 10 + text.length;
  // The list of items ends with a null octet, the chunk on a 32-bit boundary.
  do buffer[at++] = 0;
  while ((at - start) % 4 !== 0);
  writeHeader(buffer, start, 1, rtcpTypes.sdes, (at - start) / 4 - 1);
  return at;
}

function writeHeader(buffer: Uint8Array, at: number, count: number, type: number, words: number): void {
  buffer[at] = 0x80 | count;
  buffer[at + 1] = type;
  buffer[at + 2] = words >> 8;
  buffer[at + 3] = words & 0xff;
}

/** Middle 32 bits of the NTP time of `unixMs`. */
export function middleNtp(unixMs: number): number {
  const seconds = Math.floor(unixMs / 1000) + ntpEpochOffset;
  return (((seconds & 0xffff) << 16) | Math.floor(((unixMs % 1000) / 1000) * 0x1_0000)) >>> 0;
}

/** RFC 3550, section 6.4.1: round trip = arrival − LSR − DLSR; null when the figures cannot be. */
export function roundTripMs(arrivalUnixMs: number, lastSr: number, delaySinceLastSr: number): number | null {
  if (lastSr === 0) return null;
  const units = (middleNtp(arrivalUnixMs) - lastSr - delaySinceLastSr) | 0;
  if (units < -0x2000 || units > 60 * 0x1_0000) return null;
  return Math.max(0, (units * 1000) / 0x1_0000);
}
