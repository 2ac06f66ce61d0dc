/**
 * How late packets come, and how long the playout should therefore wait. Time is counted in ticks
 * of `pull`, in units of the RTP clock, as signed 32-bit integers.
 *
 *   rel  = now - timestamp            of one packet; only differences have a meaning
 *   base = least rel of the last 4 s  the fastest way through the network
 *   late = rel - base                 what this packet needs the playout to wait
 *
 * The worst lateness of each half second goes into a histogram that forgets (17 s); the
 * target is what 85 % of the half seconds need. So a single spike is not waited for again, jitter
 * is, and one packet in some hundred comes too late. The least rel of a window follows the drift of clocks.
 */
import type { PlayoutOptions } from './protocol.ts';

/** What a stream has that was not told otherwise. */
export const usualPlayout: PlayoutOptions = { type: 'adaptive', minMs: 20, maxMs: 1000, fixedMs: 60 };

const intervalMs = 500;
/** Intervals whose least rel is kept. */
const baseIntervals = 8;
const bucketMs = 10;
const buckets = 101;
const quantile = 0.85;
/** What a half second keeps of its weight with each that follows. */
const forgetting = 0.97;
/** The beginning counts as so many half seconds without lateness: a bad one alone does not decide. */
const priorIntervals = 12;
/** A rel that differs so much from the base is another clock, not a delay. */
const otherClockMs = 3000;
/** The buffer may be so much shorter, or longer, than the target before audio is stretched. */
const tooShortMs = 0.5;
const tooLongMs = 12;
/** The fixed delay may grow by this, by the sender's clock, before audio is dropped. */
const fixedSlackMs = 180;
const never = 0x3fff_ffff;

export interface DelayState {
  readonly now: number;
  readonly known: boolean;
  readonly base: number;
  readonly least: number;
  readonly most: number;
  readonly heard: boolean;
  readonly ticksLeft: number;
  readonly intervals: number;
  readonly targetMs: number;
  readonly leasts: readonly number[];
  readonly weights: readonly number[];
}

export class PlayoutDelay {
  // What every packet needs comes first.
  #now = 0;
  #base = 0;
  #known = false;
  /** Least and greatest rel of this interval. */
  #least = 0;
  #most = 0;
  #heard = false;
  #ticksLeft: number;
  #unitsPerTick: number;
  /** Bounds of `lag` beyond which audio is stretched, clock units. */
  shrinkAbove = never;
  growBelow = -never;
  /** Bound beyond which audio is dropped. */
  dropAbove = never;
  targetMs: number;
  #unitsPerMs = 8;
  readonly #options: PlayoutOptions;
  readonly #tickMs: number;
  /** Audio that waits longer is dropped. */
  readonly #limitMs: number;
  readonly #leasts = new Int32Array(baseIntervals);
  #intervals = 0;
  readonly #weights = new Float64Array(buckets);

  constructor(options: PlayoutOptions, tickMs: number) {
    this.#options = options;
    this.#tickMs = tickMs;
    const isFixed = options.type !== 'adaptive';
    this.#limitMs = isFixed ? Math.min(options.maxMs, startMs(options) + fixedSlackMs) : options.maxMs;
    this.#ticksLeft = Math.max(1, Math.round(intervalMs / tickMs));
    this.#unitsPerTick = this.#unitsPerMs * tickMs;
    this.targetMs = startMs(options);
    this.#weights[0] = 1;
    this.#setBounds();
  }

  /** The clock of the timestamps; another one than before begins anew. */
  setClock(clockRateHz: number): void {
    const unitsPerMs = clockRateHz / 1000;
    if (unitsPerMs === this.#unitsPerMs) return;
    this.#unitsPerMs = unitsPerMs;
    this.#unitsPerTick = Math.round(unitsPerMs * this.#tickMs);
    this.#known = false;
    this.#setBounds();
  }

  /** Another source: what was learned of the way stays, its clock does not. */
  forgetClock(): void {
    this.#known = false;
  }

  /** A frame is about to be given out. */
  tick(): void {
    this.#now = (this.#now + this.#unitsPerTick) | 0;
    if (--this.#ticksLeft === 0) this.#close();
  }

  /** A packet came since the last tick. */
  arrived(timestamp: number): void {
    const rel = (this.#now - timestamp) | 0;
    const late = (rel - this.#base) | 0;
    if (!this.#known || late > otherClockMs * this.#unitsPerMs || late < -otherClockMs * this.#unitsPerMs) {
      this.#begin(rel);
      return;
    }
    if (late < 0) this.#base = rel;
    if (!this.#heard) {
      this.#heard = true;
      this.#least = rel;
      this.#most = rel;
    } else if (((rel - this.#least) | 0) < 0) this.#least = rel;
    else if (((rel - this.#most) | 0) > 0) this.#most = rel;
  }

  /** How long the sample of that timestamp waited, beyond the fastest packet, if it is given out in this tick: units. */
  lag(timestamp: number): number {
    return (this.#now - this.#unitsPerTick - timestamp - this.#base) | 0;
  }

  /** The same between two ticks, for a sample that is given out in the next one: ms. */
  lagMs(timestamp: number): number {
    return Math.max(0, this.toMs(this.lag(timestamp) + this.#unitsPerTick));
  }

  /** Should the sample of that timestamp wait for another tick, at the start of playout? */
  isEarly(timestamp: number): boolean {
    return this.#known && this.lag(timestamp) < Math.floor(this.targetMs * this.#unitsPerMs);
  }

  toMs(units: number): number {
    return units / this.#unitsPerMs;
  }

  #begin(rel: number): void {
    this.#known = true;
    this.#base = rel;
    this.#least = rel;
    this.#most = rel;
    this.#heard = true;
    this.#leasts.fill(rel);
  }

  /** An interval is over. */
  #close(): void {
    this.#ticksLeft = Math.max(1, Math.round(intervalMs / this.#tickMs));
    if (!this.#heard || !this.#known) return;
    this.#heard = false;
    const leasts = this.#leasts;
    leasts[this.#intervals % baseIntervals] = this.#least;
    let base = this.#least;
    for (let i = 0; i < baseIntervals; i++) {
      const least = leasts[i] as number;
      if (((least - base) | 0) < 0) base = least;
    }
    this.#base = base;
    this.#intervals++;
    if (this.#options.type !== 'adaptive') return;
    this.#weigh(((this.#most - base) | 0) / this.#unitsPerMs);
  }

  /** One more half second, whose worst packet was so late. */
  #weigh(lateMs: number): void {
    const weights = this.#weights;
    const keep = Math.min(forgetting, 1 - 1 / (this.#intervals + priorIntervals));
    const bucket = Math.max(0, Math.min(buckets - 1, Math.ceil(lateMs / bucketMs)));
    let sum = 0;
    let reached = buckets - 1;
    for (let i = 0; i < buckets; i++) {
      const weight = (weights[i] as number) * keep + (i === bucket ? 1 - keep : 0);
      weights[i] = weight;
      sum += weight;
      if (sum >= quantile && i < reached) reached = i;
    }
    const { minMs, maxMs } = this.#options;
    this.targetMs = Math.max(minMs, Math.min(reached * bucketMs, maxMs * 0.75));
    this.#setBounds();
  }

  #setBounds(): void {
    const units = this.#unitsPerMs;
    this.dropAbove = Math.round(this.#limitMs * units);
    const isAdaptive = this.#options.type === 'adaptive';
    this.shrinkAbove = isAdaptive ? Math.round((this.targetMs + tooLongMs) * units) : this.dropAbove;
    this.growBelow = isAdaptive ? Math.round((this.targetMs - tooShortMs) * units) : -never;
  }

  state(): DelayState {
    return {
      now: this.#now,
      known: this.#known,
      base: this.#base,
      least: this.#least,
      most: this.#most,
      heard: this.#heard,
      ticksLeft: this.#ticksLeft,
      intervals: this.#intervals,
      targetMs: this.targetMs,
      leasts: [...this.#leasts],
      weights: [...this.#weights],
    };
  }

  restore(state: DelayState): void {
    this.#now = state.now | 0;
    this.#known = state.known;
    this.#base = state.base | 0;
    this.#least = state.least | 0;
    this.#most = state.most | 0;
    this.#heard = state.heard;
    this.#ticksLeft = Math.max(1, Math.min(Math.round(state.ticksLeft), Math.round(intervalMs / this.#tickMs)));
    this.#intervals = Math.max(0, Math.round(state.intervals));
    if (state.leasts.length === baseIntervals) this.#leasts.set(state.leasts);
    if (state.weights.length === buckets) this.#weights.set(state.weights);
    const { maxMs } = this.#options;
    if (this.#options.type === 'adaptive') this.targetMs = Math.max(0, Math.min(state.targetMs, maxMs));
    this.#setBounds();
  }
}

/** The delay that playout begins with. */
export function startMs({ type, minMs, fixedMs }: PlayoutOptions): number {
  return type === 'fixed' ? fixedMs : minMs;
}
