/**
 * Search of the adaptive codebook (RFC 3951, section 3.6.4): three stages, each takes the vector that
 * fits what the stages before left over, in the weighted domain.
 */
import { correlateDoubles, takeDoubles } from './correlations.ts';
import { copyVector, expandMemory, gainOf, sectionSize } from './ilbc-codebook.ts';
import { allPole, dot } from './ilbc-filters.ts';
import { longestRepeat, shortestRepeat, writeRepeats } from './ilbc-kernels.ts';
import { gainLevels, memorySamples, orderLpc, searchRanges, stages, subSamples } from './ilbc-tables.ts';

const highestGain = 1.3;
/** Vectors of the second section that are tried around the first's best. */
const aroundBest = 34;
const none = -10_000_000;

/** Filter state (always zero), weighted memory, weighted target. */
const weighted = takeDoubles(orderLpc + memorySamples + subSamples);
const expanded = takeDoubles(memorySamples);
const target = takeDoubles(subSamples);
const chosen = new Float64Array(subSamples);
const sum = new Float64Array(subSamples);
/** Inverse energies of both sections' vectors. */
const inverse = new Float64Array(2 * 128);
const products = takeDoubles(128);
/** The repeated pieces of both sections, written out: a vector each. */
const repeats = longestRepeat - shortestRepeat + 1;
const repeated = takeDoubles(2 * repeats * subSamples);
const energies = takeDoubles(repeats);
const gains = new Float64Array(stages);

/** The best vector so far in this stage: its measure and gain. */
const best = new Float64Array(2);
let bestIndex = 0;
let stage = 0;
let length = 0;
/** The energies of the second section's repeated pieces are known. */
let isRepeatMeasured = false;

/** Tries `count` vectors from `base` on, whose `products` with the target are known. */
function offer(base: number, count: number): void {
  const least = stage === 0 ? 0 : Number.NEGATIVE_INFINITY;
  let most = best[0] as number;
  let at = -1;
  for (let i = 0; i < count; i++) {
    const product = products[i] as number;
    const gain = product * (inverse[base + i] as number);
    const measure = product * gain;
    if (measure <= most || product <= least || gain >= highestGain || gain <= -highestGain) continue;
    most = measure;
    at = i;
  }
  if (at < 0) return;
  bestIndex = base + at;
  best[0] = most;
  best[1] = (products[at] as number) * (inverse[bestIndex] as number);
}

/** Inverse energies of `count` pieces: the newest, then each one sample older. */
function measureEnergies(source: Float64Array, end: number, count: number, to: number): void {
  let energy = dot(source, end - length, source, end - length, length);
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      const first = source[end - length - i] as number;
      const last = source[end - i] as number;
      energy += first * first - last * last;
    }
    inverse[to + i] = energy > 0 ? 1 / (energy + Number.EPSILON) : 0;
  }
}

/** Writes out the repeated pieces of a section from `repeated[at…]` on; the first one's index is `base`. */
function measureRepeated(source: Float64Array, end: number, at: number, base: number): void {
  writeRepeats(source, end, repeated, at, energies);
  for (let i = 0; i < repeats; i++) {
    const energy = energies[i] as number;
    inverse[base + i] = energy > 0 ? 1 / (energy + Number.EPSILON) : 0;
  }
}

/** Tries the pieces `from` to `to` (not included) of a section whose first index is `base`. */
function searchPlain(source: Float64Array, end: number, from: number, to: number, base: number): void {
  correlateDoubles(target, 0, length, source, end - length - from, -1, to - from, products);
  offer(base + from, to - from);
}

/** Tries the pieces repeated after `from` to `to` samples, of those at `repeated[at…]`, whose first has the index `base`. */
function searchRepeated(at: number, from: number, to: number, base: number): void {
  const skipped = from - shortestRepeat;
  const pieces = to - from + 1;
  correlateDoubles(target, 0, subSamples, repeated, at + skipped * subSamples, subSamples, pieces, products);
  offer(base + skipped, pieces);
}

/** Tries vectors of the second section near the best of the first. */
function searchExpanded(range: number, size: number): void {
  const end = memorySamples;
  const around = bestIndex;
  let from = around - aroundBest / 2;
  let to = from + aroundBest;
  let firstRepeat = 0;
  let lastRepeat = longestRepeat;
  if (length < subSamples) {
    if (from < 0) {
      to -= from;
      from = 0;
    }
    if (to > range) {
      from -= to - range;
      to = range;
    }
  } else if (from < 0) {
    firstRepeat = longestRepeat + 1 + from;
    from = 0;
  } else if (around < size - shortestRepeat) {
    if (to > range) {
      from -= to - range;
      to = range;
    }
  } else if (from < size - shortestRepeat) {
    firstRepeat = shortestRepeat;
    from = 0;
    lastRepeat = shortestRepeat - 1 + aroundBest;
    to = Math.max(0, lastRepeat - longestRepeat);
    lastRepeat = Math.min(lastRepeat, longestRepeat);
  } else {
    firstRepeat = shortestRepeat + from - (size - shortestRepeat);
    from = 0;
    to = aroundBest - (longestRepeat - firstRepeat + 1);
  }
  searchPlain(expanded, end, from, to, size);
  if (firstRepeat === 0) return;
  const at = repeats * subSamples;
  if (!isRepeatMeasured) measureRepeated(expanded, end, at, 2 * size - shortestRepeat);
  isRepeatMeasured = true;
  searchRepeated(at, firstRepeat, lastRepeat, 2 * size - shortestRepeat);
}

/**
 * Chooses three vectors of the newest `memory` samples of `past` and their gains for
 * `residual[at…]`: to `fields`. `block`: 0 for the rest of the state, else the sub-block's number.
 */
export function search(
  block: number,
  residual: Float64Array,
  at: number,
  count: number,
  past: Float64Array,
  memory: number,
  weighting: Float64Array,
  from: number,
  fields: Int32Array,
  vectorAt: number,
  gainAt: number,
): void {
  length = count;
  const size = sectionSize(memory, count);
  const end = orderLpc + memory;
  for (let i = 0; i < memory; i++) weighted[orderLpc + i] = past[memorySamples - memory + i] as number;
  for (let i = 0; i < count; i++) weighted[end + i] = residual[at + i] as number;
  allPole(weighted, orderLpc, memory + count, weighting, from);
  for (let i = 0; i < count; i++) target[i] = weighted[end + i] as number;
  target.fill(0, count);
  const energy = dot(target, 0, target, 0, count);
  expandMemory(weighted, orderLpc, memory, expanded, memorySamples - memory);
  sum.fill(0);
  const ranges = searchRanges[block] as readonly number[];
  measureEnergies(weighted, end, ranges[0] as number, 0);
  measureEnergies(expanded, memorySamples, ranges[0] as number, size);
  isRepeatMeasured = false;
  if (count === subSamples) measureRepeated(weighted, end, 0, size - shortestRepeat);
  for (stage = 0; stage < stages; stage++) {
    const range = ranges[stage] as number;
    bestIndex = 0;
    best[0] = none;
    best[1] = 0;
    searchPlain(weighted, end, 0, range, 0);
    if (count === subSamples) {
      searchRepeated(0, shortestRepeat, longestRepeat, size - shortestRepeat);
    }
    searchExpanded(range, size);
    fields[vectorAt + stage] = bestIndex;
    const gain = quantizeGain(fields, gainAt + stage);
    if (bestIndex < size) copyVector(weighted, end, memory, bestIndex, count, chosen);
    else copyVector(expanded, memorySamples, memory, bestIndex - size, count, chosen);
    for (let j = 0; j < count; j++) {
      const part = gain * (chosen[j] as number);
      sum[j] = (sum[j] as number) + part;
      target[j] = (target[j] as number) - part;
    }
    gains[stage] = gain;
  }
  matchEnergy(energy, dot(sum, 0, sum, 0, count), fields, gainAt);
}

/** The level nearest to the best vector's gain; its index to `fields[to]`. */
function quantizeGain(fields: Int32Array, to: number): number {
  const levels = gainLevels[stage] as Float64Array;
  const wanted = stage === 0 ? Math.min(highestGain, Math.max(0, best[1] as number)) : (best[1] as number);
  const before = stage === 0 ? 1 : (gains[stage - 1] as number);
  let least = Number.POSITIVE_INFINITY;
  let nearest = 0;
  for (let i = 0; i < levels.length; i++) {
    const off = Math.abs(wanted - gainOf(stage, i, before));
    if (off >= least) continue;
    least = off;
    nearest = i;
  }
  fields[to] = nearest;
  return gainOf(stage, nearest, before);
}

/** A higher first gain where the sum has less energy than what it stands for, at most the double. */
function matchEnergy(wanted: number, got: number, fields: Int32Array, gainAt: number): void {
  const levels = gainLevels[0] as Float64Array;
  const gain = gains[0] as number;
  const first = fields[gainAt] as number;
  let index = first;
  for (let i = first; i < levels.length; i++) {
    const level = levels[i] as number;
    if (got * level * level < wanted * gain * gain && (levels[index] as number) < 2 * gain) index = i;
  }
  fields[gainAt] = index;
}
