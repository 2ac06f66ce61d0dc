import type { Clock, Random } from '../../runtime/index.ts';
import type { Receiver } from './receiver.ts';
import { maxRtcpBytes, type ReceptionReport, roundTripMs, writeRtcp } from './rtcp.ts';
import { rtcpIntervalMs } from './rtcp-interval.ts';
import { type RtcpReading, readRtcp } from './rtcp-read.ts';
import { delayReportBytes, type ReceiverTime, writeDelay } from './rtcp-xr.ts';
import type { Sender } from './sender.ts';

/** As plain data. */
export interface RtcpState {
  readonly nextInMs: number;
  readonly lastSr: number;
  readonly sinceLastSrMs: number;
  readonly roundTripMs: number | null;
  readonly packetsAtReport: number;
  readonly srSsrc: number;
  readonly isFirst: boolean;
  readonly remoteLossFraction: number | null;
  readonly remoteJitter: number | null;
}

const buffer = new Uint8Array(maxRtcpBytes);
/** UDP and IPv4 headers: they count as bandwidth (RFC 3550, section 6.2). */
const headerBytes = 28;
const usualReportBytes = 100;
const longestIntervalMs = 10_000;

/** When reports are due, what they say, and what the peer's say about us. */
export class RtcpSession {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ssrc: number;
  readonly #cname: string;
  #nextAtMs: number;
  #lastSr = 0;
  #lastSrAtMs = 0;
  /** Who sent that report. */
  #srSsrc = -1;
  /** What the peer asked for its round trip with, until it is answered. */
  #receiverTime: ReceiverTime | null = null;
  #packetsAtReport = 0;
  #isFirst = true;
  #averageBytes = usualReportBytes;
  /** Of RTP in one direction, for the share of RTCP. */
  sessionKbps = 80;
  roundTripMs: number | null = null;
  /** What the peer says of what we send: lost of its last interval, 0 to 1, and jitter in timestamp units. */
  remoteLossFraction: number | null = null;
  remoteJitter: number | null = null;
  /** What the peer says a conversation is worth (RFC 3611), 1 to 5. */
  remoteMos: number | null = null;
  /** The peer's packets need not begin with a report (RFC 5506). */
  reducedSize = false;
  malformed = 0;
  byes = 0;
  /** Feedback messages of the peer (RFC 4585), read over. */
  feedback = 0;

  constructor(clock: Clock, random: Random, ssrc: number, cname: string) {
    this.#clock = clock;
    this.#random = random;
    this.#ssrc = ssrc;
    this.#cname = cname;
    this.#nextAtMs = clock.nowMs() + this.#intervalMs();
  }

  #intervalMs(): number {
    return rtcpIntervalMs({
      sessionKbps: this.sessionKbps,
      averageBytes: this.#averageBytes,
      isFirst: this.#isFirst,
      random: this.#random.fraction(),
    });
  }

  /** "avg_rtcp_size = (1/16) * packet_size + (15/16) * avg_rtcp_size" (section 6.3.3). */
  #weigh(length: number): void {
    this.#averageBytes += (length + headerBytes - this.#averageBytes) / 16;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextAtMs;
  }

  /** Makes a report and sets the time of the next; returns its bytes, valid until the next call. */
  report(sender: Sender, receiver: Receiver, bye: boolean): Uint8Array {
    const nowMs = this.#clock.nowMs();
    this.#isFirst = false;
    this.#nextAtMs = nowMs + this.#intervalMs();
    const hasSent = sender.packets > this.#packetsAtReport;
    this.#packetsAtReport = sender.packets;
    const plainLength = writeRtcp(
      buffer,
      this.#ssrc,
      this.#cname,
      hasSent
        ? {
            unixMs: this.#clock.unixMs(),
            rtpTimestamp: sender.timestamp,
            packets: sender.packets,
            octets: sender.octets,
          }
        : null,
      receiver.hasSource ? this.#reception(receiver, nowMs) : null,
      bye,
    );
    const length = bye ? plainLength : this.#answerTime(plainLength, nowMs);
    this.#weigh(length);
    return buffer.subarray(0, length);
  }

  /** RFC 3611, section 4.5: a receiver that does not send learns its round trip by this. */
  #answerTime(at: number, nowMs: number): number {
    const time = this.#receiverTime;
    this.#receiverTime = null;
    if (time === null || at + delayReportBytes > buffer.length) return at;
    return writeDelay(buffer, at, this.#ssrc, time, nowMs);
  }

  #reception(receiver: Receiver, nowMs: number): ReceptionReport {
    const { statistics } = receiver;
    // Of another source's report there is nothing to say.
    const lastSr = receiver.ssrc === this.#srSsrc ? this.#lastSr : 0;
    return {
      ssrc: receiver.ssrc,
      fractionLost: statistics.takeFractionLost(),
      packetsLost: statistics.lostOfSource,
      highestSequence: statistics.extendedHighest,
      jitter: statistics.jitter,
      lastSr,
      delaySinceLastSr: lastSr === 0 ? 0 : Math.round(((nowMs - this.#lastSrAtMs) * 0x1_0000) / 1000),
    };
  }

  /** A packet of the peer; null when it is malformed. */
  read(packet: Uint8Array, length: number): RtcpReading | null {
    const reading = readRtcp(packet, length, this.#ssrc, this.reducedSize);
    if (reading === null) {
      this.malformed++;
      return null;
    }
    this.#weigh(length);
    if (reading.senderReportNtp !== null) {
      this.#lastSr = reading.senderReportNtp;
      this.#lastSrAtMs = this.#clock.nowMs();
      this.#srSsrc = reading.ssrc;
    }
    if (reading.aboutUs !== null) {
      const { lastSr, delaySinceLastSr, fractionLost, jitter } = reading.aboutUs;
      this.remoteLossFraction = fractionLost / 256;
      this.remoteJitter = jitter;
      this.roundTripMs = roundTripMs(this.#clock.unixMs(), lastSr, delaySinceLastSr) ?? this.roundTripMs;
    }
    if (reading.receiverTime !== null) {
      this.#receiverTime = { ...reading.receiverTime, atMs: this.#clock.nowMs() };
    }
    if (reading.bye) this.byes++;
    this.feedback += reading.feedback;
    this.remoteMos = reading.voip?.mosConversational ?? this.remoteMos;
    return reading;
  }

  state(): RtcpState {
    const nowMs = this.#clock.nowMs();
    return {
      nextInMs: this.#nextAtMs - nowMs,
      lastSr: this.#lastSr,
      sinceLastSrMs: this.#lastSr === 0 ? 0 : nowMs - this.#lastSrAtMs,
      roundTripMs: this.roundTripMs,
      packetsAtReport: this.#packetsAtReport,
      srSsrc: this.#srSsrc,
      isFirst: this.#isFirst,
      remoteLossFraction: this.remoteLossFraction,
      remoteJitter: this.remoteJitter,
    };
  }

  restore(state: RtcpState): void {
    const nowMs = this.#clock.nowMs();
    this.#nextAtMs = nowMs + Math.min(longestIntervalMs, Math.max(0, state.nextInMs));
    this.#lastSr = state.lastSr;
    this.#lastSrAtMs = nowMs - state.sinceLastSrMs;
    this.roundTripMs = state.roundTripMs;
    this.#packetsAtReport = state.packetsAtReport;
    this.#srSsrc = state.srSsrc;
    this.#isFirst = state.isFirst;
    this.remoteLossFraction = state.remoteLossFraction;
    this.remoteJitter = state.remoteJitter;
  }
}
