/**
 * The audio that keys are looked for in: 32 ms of it, a step of 6.4 ms at a time, at 8000 Hz or
 * little more, as it came and without dial tone.
 *
 *   |<------------------ long: 32 ms ------------------>|
 *                                   |<-- window: 12.75 ->|
 *                                            |<- step -->|
 */
import { DialFilter, putEnergy, responseOf, thinningFilter } from './tone-filters.ts';

const windowMs = 12.75;
/** Steps of half a window in the long piece. */
const longSteps = 5;
/** Below this amplitude nothing is worth a look: -48 dBm0. */
const silence = 90;
/** Part of the energy that is left without the dial tone. */
const leftOfDialTone = 0.03;
/** Steps of nothing but dial tone that make it one (102 ms), and steps of something else that end it. */
const dialSteps = 16;
const dialEndSteps = 6;

/** As it came, and without dial tone. */
const energies = new Float64Array(2);

/** As plain data. */
export interface ToneLineState {
  readonly plain: readonly number[];
  readonly cleaned: readonly number[];
  readonly filter: readonly number[];
  readonly thinning: readonly number[];
  readonly filled: number;
  readonly phase: number;
  readonly dial: number;
  readonly others: number;
}

export class ToneLine {
  readonly rateHz: number;
  readonly step: number;
  readonly window: number;
  readonly long: number;
  readonly #plain: Float64Array;
  readonly #cleaned: Float64Array;
  readonly #filter: DialFilter;
  readonly #taps: Float64Array;
  /** Input of the thinning filter, newest last. */
  readonly #thinning: Float64Array;
  readonly #factor: number;
  #phase = 0;
  #filled: number;
  /** Steps with nothing but dial tone; the steps since with something else. */
  #dial = 0;
  #others = 0;

  constructor(sampleRateHz: number) {
    this.#factor = sampleRateHz % 8000 === 0 ? sampleRateHz / 8000 : 1;
    this.rateHz = sampleRateHz / this.#factor;
    this.step = Math.round((this.rateHz * windowMs) / 2000);
    this.window = 2 * this.step;
    this.long = longSteps * this.step;
    this.#plain = new Float64Array(this.long);
    this.#cleaned = new Float64Array(this.long);
    this.#filter = new DialFilter(this.rateHz);
    this.#taps = thinningFilter(this.#factor);
    this.#thinning = new Float64Array(this.#taps.length - 1 + this.#factor);
    this.#filled = this.long - this.step;
  }

  /** A dial tone sounds: it is taken out. */
  get hasDialTone(): boolean {
    return this.#dial >= dialSteps;
  }

  /** What to look at: `long` samples. */
  get samples(): Float64Array {
    return this.hasDialTone ? this.#cleaned : this.#plain;
  }

  /** How much of the power at `hz` reaches `samples`. */
  response(hz: number, withDialTone: boolean): number {
    const thinned = this.#factor === 1 ? 1 : responseOf(this.#taps, hz, this.rateHz * this.#factor);
    return withDialTone ? thinned * this.#filter.response(hz, this.rateHz) : thinned;
  }

  /** True: a step is full. Then comes `next`. */
  push(sample: number): boolean {
    if (this.#factor === 1) return this.#store(sample);
    const line = this.#thinning;
    const taps = this.#taps;
    line[taps.length - 1 + this.#phase] = sample;
    this.#phase++;
    if (this.#phase < this.#factor) return false;
    this.#phase = 0;
    let sum = 0;
    for (let i = 0; i < taps.length; i++) sum += (line[this.#factor - 1 + i] as number) * (taps[i] as number);
    line.copyWithin(0, this.#factor);
    return this.#store(sum);
  }

  #store(sample: number): boolean {
    this.#plain[this.#filled] = sample;
    this.#cleaned[this.#filled] = this.#filter.push(sample);
    this.#filled++;
    return this.#filled === this.long;
  }

  /** Whether the window is loud enough for a look. */
  get isLoud(): boolean {
    putEnergy(this.#plain, this.long - this.window, this.window, energies, 0);
    return (energies[0] as number) >= this.window * silence * silence;
  }

  /** Makes room for the next step; `isKey`: the one that was looked at may be of a key. */
  next(isKey: boolean): void {
    const { step, long } = this;
    putEnergy(this.#plain, long - step, step, energies, 0);
    putEnergy(this.#cleaned, long - step, step, energies, 1);
    const energy = energies[0] as number;
    const left = energies[1] as number;
    const isDialTone = energy >= step * silence * silence && left <= leftOfDialTone * energy;
    if (isDialTone) {
      this.#others = 0;
      this.#dial = Math.min(dialSteps, this.#dial + 1);
    } else if (!this.hasDialTone) this.#dial = 0;
    else if (!isKey && ++this.#others >= dialEndSteps) this.#dial = 0;
    this.#plain.copyWithin(0, step);
    this.#cleaned.copyWithin(0, step);
    this.#filled = long - step;
  }

  /** Silence in all memories. */
  reset(): void {
    for (const each of [this.#plain, this.#cleaned, this.#thinning, this.#filter.memory]) each.fill(0);
    this.#filled = this.long - this.step;
    this.#phase = 0;
    this.#dial = 0;
    this.#others = 0;
  }

  state(): ToneLineState {
    return {
      plain: [...this.#plain],
      cleaned: [...this.#cleaned],
      filter: [...this.#filter.memory],
      thinning: [...this.#thinning],
      filled: this.#filled,
      phase: this.#phase,
      dial: this.#dial,
      others: this.#others,
    };
  }

  restore(state: ToneLineState): void {
    this.#plain.set(state.plain.slice(0, this.long));
    this.#cleaned.set(state.cleaned.slice(0, this.long));
    this.#filter.memory.set(state.filter.slice(0, this.#filter.memory.length));
    this.#thinning.set(state.thinning.slice(0, this.#thinning.length));
    this.#filled = Math.min(this.long - 1, Math.max(0, Math.floor(state.filled)));
    this.#phase = Math.min(this.#factor - 1, Math.max(0, Math.floor(state.phase)));
    this.#dial = state.dial;
    this.#others = state.others;
  }
}
