/** What the quality reports of all streams add up to, for `/metrics`. No label names a call. */
import { type Counters, Histogram } from '../runtime/index.ts';
import type { QualityReport } from './worker/protocol.ts';

const mosBounds = [1.5, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.5];
const lossBounds = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const msBounds = [1, 5, 10, 20, 40, 60, 100, 200, 400, 1000];

export class QualityMetrics {
  readonly #mos: Histogram;
  readonly #loss: Histogram;
  readonly #jitterMs: Histogram;
  readonly #roundTripMs: Histogram;
  readonly #playoutDelayMs: Histogram;
  #concealedMs = 0;
  #lost = 0;
  #late = 0;
  #clipped = 0;

  constructor(counters: Counters) {
    const histogram = (name: string, help: string, bounds: readonly number[]): Histogram =>
      new Histogram(counters, `callbus_media_${name}`, help, bounds);
    this.#mos = histogram('mos', 'MOS of streams by the E-model, one value a quality report.', mosBounds);
    this.#loss = histogram('loss_ratio', 'Packets lost or late, of those expected, 0 to 1, by report.', lossBounds);
    this.#jitterMs = histogram('jitter_milliseconds', 'Interarrival jitter (RFC 3550), by report.', msBounds);
    this.#roundTripMs = histogram('round_trip_milliseconds', 'Round trip by RTCP, by report.', msBounds);
    this.#playoutDelayMs = histogram(
      'playout_delay_milliseconds',
      'Audio that waits to be played, by report.',
      msBounds,
    );
    const counter = (name: string, help: string, read: () => number): void =>
      counters.family(`callbus_media_${name}_total`, help, 'counter', () => [{ labels: {}, value: read() }]);
    counter('concealed_seconds', 'Audio that was made up for what was lost.', () => this.#concealedMs / 1000);
    counter('packets_lost', 'RTP packets that never came.', () => this.#lost);
    counter('packets_late', 'RTP packets that came too late to be played.', () => this.#late);
    counter('clipped_samples', 'Received samples at full scale, estimated.', () => this.#clipped);
  }

  add(report: QualityReport): void {
    const { mos, roundTripMs } = report;
    this.#concealedMs += report.concealedMs;
    this.#lost += report.packetsLost;
    this.#late += report.packetsLate;
    this.#clipped += report.clippedSamples;
    if (roundTripMs !== null) this.#roundTripMs.add(roundTripMs);
    if (mos === null) return;
    this.#mos.add(mos);
    this.#loss.add(report.lossFraction);
    this.#jitterMs.add(report.jitterMs);
    this.#playoutDelayMs.add(report.playoutDelayMs);
  }
}
