import { seqAdd, seqDiff, tsDiff } from './modular.ts';

/** A jump of the sequence further than this is a new beginning, not loss (RFC 3550, MAX_DROPOUT). */
const longestDropout = 3000;

/** Older than this is not disorder (RFC 3550, MAX_MISORDER). */
const longestDisorder = 100;

/** As plain data. */
export interface ReceptionState {
  readonly packets: number;
  readonly octets: number;
  readonly duplicates: number;
  readonly base: number;
  readonly highest: number;
  readonly cycles: number;
  readonly sinceBase: number;
  readonly lostBefore: number;
  readonly jitter: number;
  readonly expectedAtReport: number;
  readonly lostAtReport: number;
  readonly lossRuns: number;
  readonly lostInRuns: number;
}

/** What RFC 3550, appendix A.3 and A.8 count of a source; loss adds up over sources. */
export class ReceptionStatistics {
  packets = 0;
  octets = 0;
  #base = -1;
  #highest = 0;
  #cycles = 0;
  /** Packets since the base was set. */
  #sinceBase = 0;
  #lostBefore = 0;
  /** Arrival of the last audio packet, whole ms; below zero: none since the source began. */
  #lastAtMs = -1;
  #lastTimestamp = 0;
  #jitter16 = 0;
  duplicates = 0;
  #expectedAtReport = 0;
  #lostAtReport = 0;
  /** What must come next for a jump to be believed; -1: there was none. */
  #afterJump = -1;
  /** Runs of packets that were missing when the next one came, and how many they were. */
  lossRuns = 0;
  lostInRuns = 0;

  /** A packet that is no duplicate; `clockRateHz` 0: no audio, its timestamp says nothing of its time. */
  received(sequence: number, timestamp: number, octets: number, nowMs: number, clockRateHz: number): void {
    this.packets++;
    this.octets += octets;
    if (this.#base < 0) this.#restart(sequence);
    const ahead = seqDiff(sequence, this.#highest);
    if (ahead > longestDropout || ahead < -longestDisorder) {
      // "two sequential packets: assume that the other side restarted without telling us" (appendix A.1)
      if (sequence !== this.#afterJump) {
        this.#afterJump = seqAdd(sequence, 1);
        return;
      }
      this.#restart(sequence);
    } else if (ahead > 0) {
      if (sequence < this.#highest) this.#cycles += 0x1_0000;
      this.#highest = sequence;
      if (ahead > 1) {
        this.lossRuns++;
        this.lostInRuns += ahead - 1;
      }
    }
    this.#afterJump = -1;
    this.#sinceBase++;
    if (clockRateHz > 0) this.#measure(timestamp, nowMs, clockRateHz);
  }

  /** J(i) = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16 */
  #measure(timestamp: number, nowMs: number, clockRateHz: number): void {
    const passed = ((nowMs - this.#lastAtMs) * clockRateHz) / 1000;
    const step = tsDiff(timestamp, this.#lastTimestamp);
    const isFirst = this.#lastAtMs < 0;
    this.#lastAtMs = nowMs;
    this.#lastTimestamp = timestamp | 0;
    if (isFirst) return;
    const difference = Math.abs(passed - step);
    // Kept times 16, as in the appendix: a small integer is stored in place.
    if (difference < clockRateHz) this.#jitter16 += Math.round(difference) - ((this.#jitter16 + 8) >> 4);
  }

  /** Timestamps count in another rate from now on. */
  newClock(): void {
    this.#lastAtMs = -1;
  }

  /** Sequence number of the newest packet. */
  get highest(): number {
    return this.#highest;
  }

  newSource(): void {
    if (this.#base >= 0) this.#lostBefore += Math.max(0, this.#expected() - this.#sinceBase);
    this.#base = -1;
    this.#sinceBase = 0;
    this.#lastAtMs = -1;
    this.#afterJump = -1;
  }

  #restart(sequence: number): void {
    this.newSource();
    this.#base = sequence;
    this.#highest = sequence;
    this.#cycles = 0;
    this.#expectedAtReport = 0;
    this.#lostAtReport = 0;
  }

  #expected(): number {
    return this.#base < 0 ? 0 : this.#cycles + this.#highest - this.#base + 1;
  }

  /** Interarrival jitter in timestamp units. */
  get jitter(): number {
    return this.#jitter16 / 16;
  }

  /** Of all sources of the stream. */
  get lost(): number {
    return this.#lostBefore + Math.max(0, this.#expected() - this.#sinceBase);
  }

  /** "the total number of RTP data packets from source SSRC_n that have been lost" (6.4.1): of this one only. */
  get lostOfSource(): number {
    return this.#expected() - this.#sinceBase;
  }

  /** "extended highest sequence number received". */
  get extendedHighest(): number {
    return this.#cycles + this.#highest;
  }

  /** Loss since the last call, of 256 (appendix A.3). */
  takeFractionLost(): number {
    const expected = this.#expected();
    const lost = expected - this.#sinceBase;
    const expectedSince = expected - this.#expectedAtReport;
    const lostSince = lost - this.#lostAtReport;
    this.#expectedAtReport = expected;
    this.#lostAtReport = lost;
    if (expectedSince <= 0 || lostSince <= 0) return 0;
    return Math.min(255, Math.floor((lostSince * 256) / expectedSince));
  }

  state(): ReceptionState {
    return {
      packets: this.packets,
      octets: this.octets,
      duplicates: this.duplicates,
      base: this.#base,
      highest: this.#highest,
      cycles: this.#cycles,
      sinceBase: this.#sinceBase,
      lostBefore: this.#lostBefore,
      jitter: this.jitter,
      expectedAtReport: this.#expectedAtReport,
      lostAtReport: this.#lostAtReport,
      lossRuns: this.lossRuns,
      lostInRuns: this.lostInRuns,
    };
  }

  /** Threads have clocks of their own origin: the transit time starts anew. */
  restore(state: ReceptionState): void {
    this.packets = state.packets;
    this.octets = state.octets;
    this.duplicates = state.duplicates;
    this.#base = state.base;
    this.#highest = state.highest;
    this.#cycles = state.cycles;
    this.#sinceBase = state.sinceBase;
    this.#lostBefore = state.lostBefore;
    this.#jitter16 = Math.round(state.jitter * 16);
    this.#expectedAtReport = state.expectedAtReport;
    this.#lostAtReport = state.lostAtReport;
    this.lossRuns = state.lossRuns;
    this.lostInRuns = state.lostInRuns;
  }
}
