/**
 * Concealment of lost iLBC frames (RFC 3951, section 4.5): the residual goes on with its pitch, mixed
 * with noise the less periodic it was, and fades.
 */
import { dot } from './ilbc-filters.ts';
import type { IlbcMode } from './ilbc-frame.ts';
import { filterLength } from './ilbc-lpc.ts';
import { longestFrameSamples } from './ilbc-tables.ts';

const searchSamples = 60;
/** Below this the residual is noise. */
const quiet = 30;
const noise = new Float64Array(longestFrameSamples);

/** As plain data. */
export interface ConcealmentState {
  readonly residual: readonly number[];
  readonly filter: readonly number[];
  readonly lost: number;
  readonly lag: number;
  readonly periodicity: number;
  readonly seed: number;
}

export class Concealment {
  readonly #mode: IlbcMode;
  readonly #residual: Float64Array;
  readonly filter: Float64Array = Float64Array.from({ length: filterLength }, (_, index) => (index === 0 ? 1 : 0));
  /** Frames lost in a row. */
  #lost = 0;
  #lag = 120;
  #periodicity = 0;
  #seed = 777;

  constructor(mode: IlbcMode) {
    this.#mode = mode;
    this.#residual = new Float64Array(mode.samples);
  }

  /** A frame came: its residual, and the filter at `filters[from…]`. */
  learn(residual: Float64Array, filters: Float64Array, from: number): void {
    for (let i = 0; i < this.#residual.length; i++) this.#residual[i] = residual[i] as number;
    for (let i = 0; i < filterLength; i++) this.filter[i] = filters[from + i] as number;
    this.#lost = 0;
  }

  /** Writes the residual of a lost frame; `lag` is the pitch of the last one that came. */
  conceal(lag: number, out: Float64Array): void {
    const { samples: count } = this.#mode;
    const before = this.#residual;
    if (this.#lost === 0) this.#findPitch(lag);
    this.#lost++;
    const gain = this.#lost * count > 320 ? 0.9 : 1;
    const root = Math.sqrt(this.#periodicity);
    const share = root > 0.7 ? 1 : root > 0.4 ? (root - 0.4) / 0.3 : 0;
    // Not the same pitch cycle again and again; never more than there is.
    const period = Math.min(count, this.#lag < 80 ? 2 * this.#lag : this.#lag);
    let energy = 0;
    for (let i = 0; i < count; i++) {
      this.#seed = (Math.imul(this.#seed, 69_069) + 1) & 0x7fffffff;
      const random = i - 50 - (this.#seed % 70);
      noise[i] = random < 0 ? (before[count + random] as number) : (noise[random] as number);
      const repeated = i < period ? (before[count + i - period] as number) : (out[i - period] as number);
      const fade = i < 80 ? 1 : i < 160 ? 0.95 : 0.9;
      const sample = fade * gain * (share * repeated + (1 - share) * (noise[i] as number));
      out[i] = sample;
      energy += sample * sample;
    }
    const isQuiet = Math.sqrt(energy / count) < quiet;
    for (let i = 0; i < count; i++) {
      if (isQuiet) out[i] = noise[i] as number;
      before[i] = out[i] as number;
    }
  }

  /** The best lag within three samples of `about`. */
  #findPitch(about: number): void {
    const { samples: count } = this.#mode;
    let best = Number.NEGATIVE_INFINITY;
    for (let lag = about - 3; lag <= about + 3; lag++) {
      const length = Math.max(0, Math.min(searchSamples, count - lag));
      const from = count - length;
      const cross = dot(this.#residual, from, this.#residual, from - lag, length);
      const energy = dot(this.#residual, from - lag, this.#residual, from - lag, length);
      const own = dot(this.#residual, from, this.#residual, from, length);
      const value = energy > 0 ? (cross * cross) / energy : 0;
      if (value <= best) continue;
      best = value;
      this.#lag = lag;
      this.#periodicity = energy > 0 && own > 0 ? Math.abs(cross) / Math.sqrt(energy * own) : 0;
    }
  }

  snapshot(): ConcealmentState {
    return {
      residual: [...this.#residual],
      filter: [...this.filter],
      lost: this.#lost,
      lag: this.#lag,
      periodicity: this.#periodicity,
      seed: this.#seed,
    };
  }

  restore(state: ConcealmentState): void {
    this.#residual.set(state.residual.slice(0, this.#residual.length));
    this.filter.set(state.filter.slice(0, filterLength));
    this.#lost = state.lost;
    this.#lag = Math.min(this.#mode.samples, Math.max(17, Math.round(state.lag)));
    this.#periodicity = state.periodicity;
    this.#seed = state.seed & 0x7fffffff;
  }
}
