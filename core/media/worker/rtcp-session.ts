import type { Clock, Random } from '../../runtime/index.ts';
import type { Receiver } from './receiver.ts';
import { maxRtcpBytes, type ReceptionReport, readRtcp, roundTripMs, rtcpIntervalMs, writeRtcp } from './rtcp.ts';
import type { Sender } from './sender.ts';

/** As plain data. */
export interface RtcpState {
  readonly nextInMs: number;
  readonly lastSr: number;
  readonly sinceLastSrMs: number;
  readonly roundTripMs: number | null;
  readonly packetsAtReport: number;
}

const buffer = new Uint8Array(maxRtcpBytes);

/** When reports are due, what they say, and what the peer's say about us. */
export class RtcpSession {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ssrc: number;
  readonly #cname: string;
  #nextAtMs: number;
  #lastSr = 0;
  #lastSrAtMs = 0;
  #packetsAtReport = 0;
  roundTripMs: number | null = null;
  malformed = 0;

  constructor(clock: Clock, random: Random, ssrc: number, cname: string) {
    this.#clock = clock;
    this.#random = random;
    this.#ssrc = ssrc;
    this.#cname = cname;
    this.#nextAtMs = clock.nowMs() + this.#interval() / 2;
  }

  /**
   * RFC 3550, section 6.3.1: "the interval between RTCP packets is varied randomly over the range
   * [0.5, 1.5] times the calculated interval to avoid unintended synchronization".
   */
  #interval(): number {
    return rtcpIntervalMs * (0.5 + this.#random.fraction());
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextAtMs;
  }

  /** Makes a report and sets the time of the next; returns its bytes, valid until the next call. */
  report(sender: Sender, receiver: Receiver, bye: boolean): Uint8Array {
    const nowMs = this.#clock.nowMs();
    this.#nextAtMs = nowMs + this.#interval();
    const hasSent = sender.packets > this.#packetsAtReport;
    this.#packetsAtReport = sender.packets;
    const length = writeRtcp(
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
    return buffer.subarray(0, length);
  }

  #reception(receiver: Receiver, nowMs: number): ReceptionReport {
    const { statistics } = receiver;
    return {
      ssrc: receiver.ssrc,
      fractionLost: statistics.takeFractionLost(),
      packetsLost: statistics.lost,
      highestSequence: statistics.extendedHighest,
      jitter: statistics.jitter,
      lastSr: this.#lastSr,
      delaySinceLastSr: this.#lastSr === 0 ? 0 : Math.round(((nowMs - this.#lastSrAtMs) * 0x1_0000) / 1000),
    };
  }

  /** A packet of the peer. False when it is malformed. */
  read(packet: Uint8Array, length: number): boolean {
    const reading = readRtcp(packet, length, this.#ssrc);
    if (reading === null) {
      this.malformed++;
      return false;
    }
    if (reading.senderReportNtp !== null) {
      this.#lastSr = reading.senderReportNtp;
      this.#lastSrAtMs = this.#clock.nowMs();
    }
    if (reading.aboutUs !== null) {
      const { lastSr, delaySinceLastSr } = reading.aboutUs;
      this.roundTripMs = roundTripMs(this.#clock.unixMs(), lastSr, delaySinceLastSr) ?? this.roundTripMs;
    }
    return true;
  }

  state(): RtcpState {
    const nowMs = this.#clock.nowMs();
    return {
      nextInMs: this.#nextAtMs - nowMs,
      lastSr: this.#lastSr,
      sinceLastSrMs: this.#lastSr === 0 ? 0 : nowMs - this.#lastSrAtMs,
      roundTripMs: this.roundTripMs,
      packetsAtReport: this.#packetsAtReport,
    };
  }

  restore(state: RtcpState): void {
    const nowMs = this.#clock.nowMs();
    this.#nextAtMs = nowMs + Math.min(2 * rtcpIntervalMs, Math.max(0, state.nextInMs));
    this.#lastSr = state.lastSr;
    this.#lastSrAtMs = nowMs - state.sinceLastSrMs;
    this.roundTripMs = state.roundTripMs;
    this.#packetsAtReport = state.packetsAtReport;
  }
}
