/** Search for the lag at which a voice repeats itself: by normalised correlation, coarse and then fine. */

/** Shortest and longest period of a voice, ms: 400 Hz and 66 Hz (G.711 Appendix I searches 200 to 66 Hz). */
export const shortestPeriodMs = 2.5;
export const longestPeriodMs = 15;

/** Rate that the coarse search goes by; higher ones are looked at in steps. */
const coarseHz = 8000;

/**
 * How many searches may still be made. One takes some 20 µs: where many streams are late at the same time
 * (the machine stood still), searching for all of them at once would make them later still.
 */
class Searches {
  #left = Number.POSITIVE_INFINITY;
  /** One was refused in the tick before, and in this one. */
  #crowdedBefore = false;
  #crowded = false;

  /** A tick begins. */
  limit(searches: number): void {
    this.#left = searches;
    this.#crowdedBefore = this.#crowded;
    this.#crowded = false;
  }

  /** It is over: who searches now is alone. */
  free(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }

  /** Who found nothing leaves so many ticks to the others. */
  get waitTicks(): number {
    return this.#crowded || this.#crowdedBefore ? crowdedTicks : 0;
  }

  take(): boolean {
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.#crowded = true;
    return false;
  }
}

/** Of this thread. */
export const searches = new Searches();

export interface PitchMatch {
  /** Samples. */
  lag: number;
  /** -1…1: how alike the two pieces are. */
  likeness: number;
}

/** Turns that a stream leaves out after a search in vain, where others wait for theirs. */
const crowdedTicks = 10;

/** One result at a time is needed: no allocation. */
const match: PitchMatch = { lag: 0, likeness: 0 };

/**
 * Finds the lag of `shortest…longest` (samples) by which `samples[at…at+length)` is most like the
 * piece that begins `lag` before it (`direction` -1) or after it (1). The result is overwritten by
 * the next search. Where no search is left (`searches`) nothing is alike.
 *
 * @param favour how much less alike a longer lag may be and still be taken: 0…1
 */
export function findPitch(
  samples: Int16Array,
  at: number,
  length: number,
  direction: 1 | -1,
  shortest: number,
  longest: number,
  sampleRateHz: number,
  favour: number,
): Readonly<PitchMatch> {
  if (!searches.take()) {
    match.lag = shortest;
    match.likeness = 0;
    return match;
  }
  const step = Math.max(1, Math.round(sampleRateHz / coarseHz));
  let best = shortest;
  let bestLikeness = -2;
  for (let lag = shortest; lag <= longest; lag += step) {
    const likeness = likenessOf(samples, at, at + direction * lag, length, step);
    if (likeness > bestLikeness || (favour > 0 && likeness > bestLikeness - favour && likeness > 0.5)) {
      if (likeness > bestLikeness) bestLikeness = likeness;
      best = lag;
    }
  }
  if (step > 1) {
    const around = best;
    bestLikeness = -2;
    const from = Math.max(shortest, around - step);
    const to = Math.min(longest, around + step);
    for (let lag = from; lag <= to; lag++) {
      const likeness = likenessOf(samples, at, at + direction * lag, length, 2);
      if (likeness <= bestLikeness) continue;
      bestLikeness = likeness;
      best = lag;
    }
  }
  match.lag = best;
  match.likeness = likenessOf(samples, at, at + direction * best, length, step);
  return match;
}

/** Correlation of two pieces by their energies: 1 where they are the same but for their loudness. */
function likenessOf(samples: Int16Array, a: number, b: number, length: number, step: number): number {
  let product = 0;
  let energyA = 1;
  let energyB = 1;
  for (let i = 0; i < length; i += step) {
    const x = samples[a + i] as number;
    const y = samples[b + i] as number;
    product += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  return product / Math.sqrt(energyA * energyB);
}

/** Mean square of a piece. */
export function powerOf(samples: Int16Array, at: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const sample = samples[at + i] as number;
    sum += sample * sample;
  }
  return length === 0 ? 0 : sum / length;
}
