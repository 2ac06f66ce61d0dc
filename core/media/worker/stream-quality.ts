import { LevelMeter } from './level-meter.ts';
import type { QualityReport } from './protocol.ts';
import { noTotals, type QualityNow, type QualityTotals, qualityReport } from './quality.ts';
import type { Receiver } from './receiver.ts';
import type { RtcpSession } from './rtcp-session.ts';
import type { Sender } from './sender.ts';
import { tickMs } from './ticker.ts';

/** One frame of so many is measured for level and clipping. */
export const sampledFrames = 8;

/** What a stream's figures are made of. */
export interface QualitySources {
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly rtcp: RtcpSession;
  /** Encoding name; empty before the first configuration. */
  readonly codec: string;
  readonly clockRateHz: number;
}

/** Streams that may report in one tick. */
const reportsATick = 8;
/** Streams that began together spread their reports over so many ticks. */
const spreadTicks = 50;

/** How much later than its interval a stream reports first, ms: hundreds of reports at once hold up the main thread. */
export const reportOffsetMs = (id: number): number => (Math.floor(id / reportsATick) % spreadTicks) * tickMs;

/** Levels, intervals and reports of one stream. */
export class StreamQuality {
  readonly rx = new LevelMeter();
  readonly tx = new LevelMeter();
  readonly #intervalMs: number;
  #before: QualityTotals;
  /** Of the first report only: the others follow it by the interval. */
  #offsetMs: number;

  /** `intervalMs` 0: no reports. */
  constructor(intervalMs: number, nowMs: number, offsetMs = 0) {
    this.#intervalMs = intervalMs;
    this.#before = noTotals(nowMs);
    this.#offsetMs = offsetMs;
  }

  isDue(nowMs: number): boolean {
    return this.#intervalMs > 0 && nowMs - this.#before.atMs >= this.#intervalMs + this.#offsetMs;
  }

  /** The report of the interval that ends now; null when nothing flowed in it. */
  take(sources: QualitySources, nowMs: number): QualityReport | null {
    this.rx.take();
    this.tx.take();
    this.#offsetMs = 0;
    const before = this.#before;
    const totals = this.#totals(sources, nowMs);
    this.#before = totals;
    const flowed = totals.packetsReceived > before.packetsReceived || totals.packetsSent > before.packetsSent;
    return flowed ? qualityReport(before, totals, this.#now(sources)) : null;
  }

  /** Of the whole stream. */
  overall(sources: QualitySources, nowMs: number): QualityReport {
    if (this.#intervalMs === 0) {
      this.rx.take();
      this.tx.take();
    }
    return qualityReport(noTotals(nowMs), this.#totals(sources, nowMs), this.#now(sources));
  }

  #totals({ receiver, sender }: QualitySources, nowMs: number): QualityTotals {
    const { statistics } = receiver;
    return {
      atMs: nowMs,
      packetsSent: sender.packets,
      packetsReceived: statistics.packets,
      packetsLost: statistics.lost,
      packetsLate: receiver.latePackets,
      lossRuns: statistics.lossRuns,
      lostInRuns: statistics.lostInRuns,
      concealedMs: receiver.concealedMs,
      clippedSamples: this.rx.clipped * sampledFrames,
    };
  }

  #now({ receiver, sender, rtcp, codec, clockRateHz }: QualitySources): QualityNow {
    const toMs = (units: number): number => Math.round((units * 10_000) / clockRateHz) / 10;
    return {
      codec,
      packetMs: sender.packetMs,
      jitterMs: toMs(receiver.statistics.jitter),
      roundTripMs: rtcp.roundTripMs === null ? null : Math.round(rtcp.roundTripMs * 10) / 10,
      playoutDelayMs: receiver.jitter.delayMs,
      rxLevelDb: this.rx.db,
      txLevelDb: this.tx.db,
      remoteLossFraction: rtcp.remoteLossFraction,
      remoteJitterMs: rtcp.remoteJitter === null ? null : toMs(rtcp.remoteJitter),
      remoteMos: rtcp.remoteMos,
    };
  }
}
