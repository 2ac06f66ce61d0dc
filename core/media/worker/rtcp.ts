/**
 * RTCP (RFC 3550, section 6): compound packets of SR or RR, SDES with CNAME, and BYE at the end.
 * Read after our own bounds check (the reader of werift-rtp has none), then by its converter.
 */
import { RtcpPacketConverter, RtcpRrPacket, RtcpSrPacket } from 'werift-rtp';
import { readUint32, writeUint32 } from './rtp.ts';

const typeSr = 200;
const typeRr = 201;
const typeSdes = 202;
const typeBye = 203;
/** Seconds from 1900 to 1970. */
const ntpEpochOffset = 2_208_988_800;
export const maxRtcpBytes = 1480;
/** Mean interval between reports (RFC 3550, section 6.2: "5 seconds"). */
export const rtcpIntervalMs = 5000;
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
    writeHeader(buffer, at, 1, typeBye, 1);
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
  writeHeader(buffer, 0, reception === null ? 0 : 1, sender === null ? typeRr : typeSr, at / 4 - 1);
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
  writeHeader(buffer, start, 1, typeSdes, (at - start) / 4 - 1);
  return at;
}

function writeHeader(buffer: Uint8Array, at: number, count: number, type: number, words: number): void {
  buffer[at] = 0x80 | count;
  buffer[at + 1] = type;
  buffer[at + 2] = words >> 8;
  buffer[at + 3] = words & 0xff;
}

/** What of a peer's compound packet matters to us. */
export interface RtcpReading {
  /** Of its sender report: middle 32 bits of the NTP time. */
  readonly senderReportNtp: number | null;
  readonly ssrc: number;
  /** Its report about our source. */
  readonly aboutUs: { readonly lastSr: number; readonly delaySinceLastSr: number; readonly jitter: number } | null;
  readonly bye: boolean;
}

/**
 * Reads a peer's packet; null when it is malformed. RFC 3550 appendix A.2: version 2, the first
 * type is SR or RR, and "the length fields of the individual RTCP packets must total to the overall
 * length of the compound RTCP packet as received".
 */
export function readRtcp(packet: Uint8Array, length: number, ourSsrc: number): RtcpReading | null {
  if (!checkCompound(packet, length)) return null;
  let senderReportNtp: number | null = null;
  let aboutUs: RtcpReading['aboutUs'] = null;
  const ssrc = readUint32(packet, 4);
  const bytes = Buffer.from(packet.subarray(0, length));
  try {
    for (const part of RtcpPacketConverter.deSerialize(bytes)) {
      if (part instanceof RtcpSrPacket) {
        senderReportNtp = Number((part.senderInfo.ntpTimestamp >> 16n) & 0xffff_ffffn);
      }
      if (!(part instanceof RtcpSrPacket || part instanceof RtcpRrPacket)) continue;
      for (const report of part.reports) {
        if (report.ssrc === ourSsrc) {
          aboutUs = { lastSr: report.lsr, delaySinceLastSr: report.dlsr, jitter: report.jitter };
        }
      }
    }
  } catch {
    return null;
  }
  return { senderReportNtp, ssrc, aboutUs, bye: hasBye(packet, length) };
}

function checkCompound(packet: Uint8Array, length: number): boolean {
  if (length < 8 || length > maxRtcpBytes || length % 4 !== 0) return false;
  const first = packet[1] as number;
  if (first !== typeSr && first !== typeRr) return false;
  for (let at = 0; at < length; ) {
    if (at + 4 > length) return false;
    const flags = packet[at] as number;
    const type = packet[at + 1] as number;
    const words = ((packet[at + 2] as number) << 8) | (packet[at + 3] as number);
    const end = at + (words + 1) * 4;
    if (flags >> 6 !== 2 || end > length) return false;
    const count = flags & 0x1f;
    const isLast = end === length;
    // Padding is allowed on the last packet only; ours never uses it and voice peers neither.
    if ((flags & 0x20) !== 0 && (!isLast || !checkPadding(packet, at, end))) return false;
    const fixed = type === typeSr ? 28 : type === typeRr ? 8 : 4;
    const each = type === typeSr || type === typeRr ? 24 : type === typeBye ? 4 : 0;
    if (end - at < fixed + count * each) return false;
    if (type === typeSdes && !checkSdes(packet, at + 4, end, count)) return false;
    at = end;
  }
  return true;
}

function checkPadding(packet: Uint8Array, start: number, end: number): boolean {
  const padding = packet[end - 1] as number;
  return padding > 0 && padding % 4 === 0 && padding <= end - start - 4;
}

/** Each chunk: SSRC, items of type, length, text, a null, then the next word. */
function checkSdes(packet: Uint8Array, start: number, end: number, count: number): boolean {
  let at = start;
  for (let chunk = 0; chunk < count; chunk++) {
    at += 4;
    while (at < end && packet[at] !== 0) {
      if (at + 2 > end) return false;
      at += 2 + (packet[at + 1] as number);
    }
    if (at >= end) return false;
    at += 4 - ((at - start) % 4);
  }
  return at <= end;
}

function hasBye(packet: Uint8Array, length: number): boolean {
  for (let at = 0; at + 4 <= length; ) {
    if (packet[at + 1] === typeBye) return true;
    at += ((((packet[at + 2] as number) << 8) | (packet[at + 3] as number)) + 1) * 4;
  }
  return false;
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
