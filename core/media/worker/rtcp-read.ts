/** Reading a peer's RTCP (RFC 3550 section 6, RFC 3611 section 4.7): checked whole before anything is believed. */
import { maxRtcpBytes, rtcpTypes } from './rtcp.ts';
import { readReceiverTime } from './rtcp-xr.ts';
import { readUint32 } from './rtp.ts';

/** RTPFB and PSFB (RFC 4585 6.1). */
const transportFeedback = 205;
const payloadFeedback = 206;
const voipMetricsBlock = 7;
const voipMetricsBytes = 36;
/** R factor and MOS of RFC 3611 that are not there. */
const unavailable = 127;

/** What of a peer's compound packet matters to us. */
export interface RtcpReading {
  /** Of its sender report: middle 32 bits of the NTP time. */
  readonly senderReportNtp: number | null;
  readonly ssrc: number;
  /** Its report about our source. */
  readonly aboutUs: {
    /** Of 256, since its last report. */
    readonly fractionLost: number;
    readonly packetsLost: number;
    /** Timestamp units. */
    readonly jitter: number;
    readonly lastSr: number;
    readonly delaySinceLastSr: number;
  } | null;
  /** Sources that say that they end. */
  readonly byes: readonly number[];
  /** A BYE was there, whoever it was of. */
  readonly bye: boolean;
  /** How many feedback messages (RFC 4585: NACK, PLI, FIR, REMB, transport-cc) there were. */
  readonly feedback: number;
  /** Middle 32 bits of its receiver reference time (RFC 3611 4.4), and who said it; null: none was there. */
  readonly receiverTime: { readonly ssrc: number; readonly middleNtp: number } | null;
  /** Its VoIP metrics of our source; null where it has none. */
  readonly voip: { readonly mosConversational: number | null; readonly endSystemDelayMs: number } | null;
}

/**
 * Null when the packet is malformed. Appendix A.2: version 2, the first type is SR or RR, and "the
 * length fields of the individual RTCP packets must total to the overall length of the compound RTCP
 * packet as received". With `reducedSize` (RFC 5506) the first may be of any type.
 */
export function readRtcp(packet: Uint8Array, length: number, ourSsrc: number, reducedSize = false): RtcpReading | null {
  if (!checkCompound(packet, length, reducedSize)) return null;
  let senderReportNtp: number | null = null;
  let aboutUs: RtcpReading['aboutUs'] = null;
  let voip: RtcpReading['voip'] = null;
  let receiverTime: RtcpReading['receiverTime'] = null;
  let byes: number[] = [];
  let bye = false;
  let feedback = 0;
  for (let at = 0; at < length; at = endOf(packet, at)) {
    const type = packet[at + 1] as number;
    const count = (packet[at] as number) & 0x1f;
    if (type === rtcpTypes.sr) senderReportNtp = readUint32(packet, at + 10);
    if (type === rtcpTypes.sr || type === rtcpTypes.rr) {
      aboutUs = reportAbout(packet, at + (type === rtcpTypes.sr ? 28 : 8), count, ourSsrc) ?? aboutUs;
    } else if (type === rtcpTypes.bye) {
      bye = true;
      byes = Array.from({ length: count }, (_, i) => readUint32(packet, at + 4 + 4 * i));
    } else if (type === transportFeedback || type === payloadFeedback) feedback++;
    else if (type === rtcpTypes.xr) {
      voip = voipMetrics(packet, at + 8, endOf(packet, at), ourSsrc) ?? voip;
      const middleNtp = readReceiverTime(packet, at + 8, endOf(packet, at));
      if (middleNtp !== null) receiverTime = { ssrc: readUint32(packet, at + 4), middleNtp };
    }
  }
  return { senderReportNtp, ssrc: readUint32(packet, 4), aboutUs, byes, bye, feedback, receiverTime, voip };
}

function endOf(packet: Uint8Array, at: number): number {
  return at + ((((packet[at + 2] as number) << 8) | (packet[at + 3] as number)) + 1) * 4;
}

function reportAbout(packet: Uint8Array, start: number, count: number, ssrc: number): RtcpReading['aboutUs'] {
  for (let i = 0; i < count; i++) {
    const at = start + 24 * i;
    if (readUint32(packet, at) !== ssrc) continue;
    return {
      fractionLost: packet[at + 4] as number,
      // 24 bits with a sign: duplicates make it negative.
      packetsLost: (readUint32(packet, at + 4) << 8) >> 8,
      jitter: readUint32(packet, at + 12),
      lastSr: readUint32(packet, at + 16),
      delaySinceLastSr: readUint32(packet, at + 20),
    };
  }
  return null;
}

/** Blocks of type, something, length in words less one, contents. Unknown ones are passed over. */
function voipMetrics(packet: Uint8Array, start: number, end: number, ssrc: number): RtcpReading['voip'] {
  for (let at = start; at + 4 <= end; at = endOf(packet, at)) {
    if (endOf(packet, at) > end) return null;
    if (packet[at] !== voipMetricsBlock || endOf(packet, at) - at < voipMetricsBytes) continue;
    if (readUint32(packet, at + 4) !== ssrc) continue;
    const mos = packet[at + 27] as number;
    return {
      // "MOS-CQ … expressed as an integer in the range 10 to 50, corresponding to MOS x 10"
      mosConversational: mos === unavailable || mos < 10 || mos > 50 ? null : mos / 10,
      endSystemDelayMs: ((packet[at + 18] as number) << 8) | (packet[at + 19] as number),
    };
  }
  return null;
}

function checkCompound(packet: Uint8Array, length: number, reducedSize: boolean): boolean {
  if (length < 8 || length > maxRtcpBytes || length > packet.length || length % 4 !== 0) return false;
  const first = packet[1] as number;
  if (!reducedSize && first !== rtcpTypes.sr && first !== rtcpTypes.rr) return false;
  for (let at = 0; at < length; ) {
    if (at + 4 > length) return false;
    const flags = packet[at] as number;
    const type = packet[at + 1] as number;
    const end = endOf(packet, at);
    if (flags >> 6 !== 2 || end > length) return false;
    const count = flags & 0x1f;
    const isLast = end === length;
    // Padding is allowed on the last packet only; ours never uses it and voice peers neither.
    const isPadded = (flags & 0x20) !== 0;
    if (isPadded && (!isLast || !checkPadding(packet, at, end))) return false;
    const contentEnd = isPadded ? end - (packet[end - 1] as number) : end;
    if (contentEnd - at < leastBytes(type, count)) return false;
    if (type === rtcpTypes.sdes && !checkSdes(packet, at + 4, contentEnd, count)) return false;
    at = end;
  }
  return true;
}

function leastBytes(type: number, count: number): number {
  if (type === rtcpTypes.sr) return 28 + 24 * count;
  if (type === rtcpTypes.rr) return 8 + 24 * count;
  if (type === rtcpTypes.bye) return 4 + 4 * count;
  // RFC 4585 6.1: both SSRCs are in every feedback message.
  if (type === transportFeedback || type === payloadFeedback) return 12;
  return type === rtcpTypes.xr ? 8 : 4;
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
