/**
 * Fills in for lost audio, in the manner of ITU-T G.711 Appendix I: the last period of the voice is
 * repeated, from 10 ms on the last two and from 20 ms on the last three, so that it does not buzz.
 * Unlike there nothing is delayed for it: what was given out stays, and the first repetition starts
 * from its last sample. Works at any rate.
 */

import { type PlayoutLine, pastMs } from './playout-line.ts';
import { findPitch, longestPeriodMs, shortestPeriodMs } from './playout-pitch.ts';
import { saturate } from './saturate.ts';

/** What the last pieces are compared over. */
const compareMs = 20;
/** More periods come into the repeated cycle after each of these. */
const widenEveryMs = 10;
const mostPeriods = 3;
/** The step at the beginning, if there is one, is spread over this. */
const joinMs = 2;
/** Full loudness so long, then it fades until `silentMs`. */
const fullMs = 25;
export const silentMs = 110;
/** What comes after a gap fades in over this, and as much more as the gap was long. */
const mergeMs = 4;
const mergeShare = 0.4;
const mergeLongestMs = 10;
/** A piece with less likeness than this is no voice: much of it is repeated, so that no tone is heard. */
const voiced = 0.5;

export interface ConcealState {
  readonly made: number;
  readonly period: number;
  readonly periods: number;
  readonly position: number;
  readonly step: number;
  readonly past: readonly number[];
}

/** Room for what fades out under the audio that follows. */
let tail = new Int16Array(480);

export class Concealer {
  readonly #rate: number;
  /** The audio before the gap; made when the first gap comes. */
  #past: Int16Array | null = null;
  #cycle: Float32Array | null = null;
  #cycleLength = 0;
  #period = 0;
  #periods = 0;
  #position = 0;
  /** Samples made since the gap began. */
  #made = 0;
  /** Difference between the last sample given out and the first repeated one. */
  #step = 0;

  constructor(sampleRateHz: number) {
    this.#rate = sampleRateHz;
  }

  /** A gap begins after what `line` gave out last. */
  begin(line: PlayoutLine): void {
    const past = this.#memory();
    const from = line.end - past.length;
    for (let i = 0; i < past.length; i++) past[i] = line.samples[from + i] as number;
    const compare = this.#samples(compareMs);
    const found = findPitch(
      past,
      past.length - compare,
      compare,
      -1,
      this.#samples(shortestPeriodMs),
      this.#samples(longestPeriodMs),
      this.#rate,
      0,
    );
    const isVoice = found.likeness >= voiced;
    this.#period = isVoice ? found.lag : this.#samples(longestPeriodMs);
    this.#made = 0;
    this.#position = 0;
    this.#widen(isVoice ? 1 : mostPeriods);
    this.#step = (past[past.length - 1] as number) - (past[past.length - 1 - this.#cycleLength] as number);
  }

  /** Appends `count` samples to `line`, which has room for them. */
  generate(line: PlayoutLine, count: number): void {
    this.#make(line.samples, line.end, count);
    line.end += count;
  }

  /** The first `count` samples that wait in `line` come after a gap: cross-fades from what is repeated to them. */
  merge(line: PlayoutLine, from: number): void {
    const gapMs = (this.#made * 1000) / this.#rate;
    const wanted = this.#samples(Math.min(mergeLongestMs, mergeMs + gapMs * mergeShare));
    const count = Math.min(wanted, line.end - from);
    if (tail.length < count) tail = new Int16Array(count);
    this.#make(tail, 0, count);
    for (let i = 0; i < count; i++) {
      const weight = (i + 1) / (count + 1);
      const at = from + i;
      line.samples[at] = (tail[i] as number) * (1 - weight) + (line.samples[at] as number) * weight;
    }
  }

  #make(out: Int16Array, at: number, count: number): void {
    const cycle = this.#cycle;
    if (cycle === null) {
      out.fill(0, at, at + count);
      return;
    }
    const join = this.#samples(joinMs);
    const widenEvery = this.#samples(widenEveryMs);
    const full = this.#samples(fullMs);
    const slope = 1 / (this.#samples(silentMs) - full);
    for (let i = 0; i < count; i++) {
      if (this.#periods < mostPeriods && this.#made > 0 && this.#made === this.#periods * widenEvery) {
        this.#widen(this.#periods + 1);
      }
      const made = this.#made++;
      const gain = made <= full ? 1 : Math.max(0, 1 - (made - full) * slope);
      let sample = cycle[this.#position] as number;
      if (made < join) sample += this.#step * (1 - made / join);
      out[at + i] = saturate(Math.round(sample * gain));
      if (++this.#position >= this.#cycleLength) this.#position = 0;
    }
  }

  /** Makes the cycle of the last `periods` periods; its end is faded into what came before it, so that it closes. */
  #widen(periods: number): void {
    const past = this.#memory();
    const quarter = this.#period >> 2;
    const fitting = Math.max(1, Math.min(periods, Math.floor((past.length - quarter) / this.#period)));
    this.#periods = periods;
    this.#cycleLength = fitting * this.#period;
    this.#cycle ??= new Float32Array(past.length);
    const cycle = this.#cycle;
    const from = past.length - this.#cycleLength;
    for (let i = 0; i < this.#cycleLength; i++) cycle[i] = past[from + i] as number;
    for (let i = 0; i < quarter; i++) {
      const weight = (i + 1) / (quarter + 1);
      const at = this.#cycleLength - quarter + i;
      cycle[at] = (cycle[at] as number) * (1 - weight) + (past[from - quarter + i] as number) * weight;
    }
    if (this.#position >= this.#cycleLength) this.#position %= this.#cycleLength;
  }

  #memory(): Int16Array {
    this.#past ??= new Int16Array((this.#rate * pastMs) / 1000);
    return this.#past;
  }

  #samples(ms: number): number {
    return Math.round((this.#rate * ms) / 1000);
  }

  /** Null where no gap ever was. */
  state(): ConcealState | null {
    if (this.#past === null) return null;
    return {
      made: this.#made,
      period: this.#period,
      periods: this.#periods,
      position: this.#position,
      step: this.#step,
      past: [...this.#past],
    };
  }

  restore(state: ConcealState | null): void {
    if (state === null) return;
    const past = this.#memory();
    if (state.past.length !== past.length || state.period < this.#samples(shortestPeriodMs)) return;
    past.set(state.past);
    this.#period = Math.min(Math.round(state.period), this.#samples(longestPeriodMs));
    this.#made = state.made;
    this.#step = state.step;
    this.#position = Math.max(0, Math.min(Math.round(state.position), past.length));
    this.#widen(Math.max(1, Math.min(state.periods, mostPeriods)));
  }
}
