/**
 * The adaptive codebook of iLBC (RFC 3951, sections 3.6.3 and 4.4): vectors are pieces of what was
 * decoded last, pieces that are repeated to fill a sub-block, and the same of a filtered copy.
 *
 *   memory   [................................................]  147 samples, newest last
 *   plain                          [  vector  ]  index samples before the end
 *   repeated                              [vec][tor…  blended over five samples
 */
import { takeDoubles } from './correlations.ts';
import { filterEight, shortestRepeat } from './ilbc-kernels.ts';
import { expansionFilter, gainLevels, memorySamples, stages, subSamples } from './ilbc-tables.ts';

const expansion = takeDoubles(expansionFilter.length);
expansion.set(expansionFilter);
/** Samples that the filter reaches back, and ahead. */
const before = 3;
const overhang = 4;

/** Vectors of one section. */
export function sectionSize(memory: number, length: number): number {
  return memory - length + 1 + (length === subSamples ? shortestRepeat : 0);
}

/** The second section's source: `memory` samples of `source[at…]`, filtered, to `out[to…]`; zeros stand before it. */
export function expandMemory(source: Float64Array, at: number, memory: number, out: Float64Array, to: number): void {
  const inner = memory - overhang;
  filterEight(expansion, 0, source, at - before, 1, inner, out, to);
  for (let k = inner; k < memory; k++) {
    let sum = 0;
    for (let i = 0; k + i - before < memory; i++) {
      sum += (expansion[i] as number) * (source[at + k + i - before] as number);
    }
    out[to + k] = sum;
  }
}

/** Copies vector `index` of a section whose source ends at `source[end]`. */
export function copyVector(
  source: Float64Array,
  end: number,
  memory: number,
  index: number,
  length: number,
  out: Float64Array,
): void {
  const plain = memory - length + 1;
  if (index < plain) {
    for (let j = 0; j < length; j++) out[j] = source[end - index - length + j] as number;
    return;
  }
  const piece = shortestRepeat + index - plain;
  for (let j = 0; j < piece; j++) out[j] = source[end - piece + j] as number;
  for (let j = piece - 4; j < piece; j++) {
    const share = (j - piece + 5) * 0.2;
    out[j] = (1 - share) * (out[j] as number) + share * (source[end - 2 * piece + j] as number);
  }
  for (let j = piece; j < length; j++) out[j] = source[end - 2 * piece + j] as number;
}

/** Gain of a stage; `before` is the gain of the stage before. */
export function gainOf(stage: number, index: number, before: number): number {
  const levels = gainLevels[stage] as Float64Array;
  const scale = stage === 0 ? 1 : Math.max(0.1, Math.abs(before));
  return scale * (levels[index & (levels.length - 1)] as number);
}

const vector = new Float64Array(subSamples);
const expanded = takeDoubles(memorySamples);

/** The sum of three codebook vectors of the newest `memory` samples of `past`, to `out[at…]`. */
export function construct(
  past: Float64Array,
  memory: number,
  length: number,
  fields: Int32Array,
  vectorAt: number,
  gainAt: number,
  out: Float64Array,
  at: number,
): void {
  const size = sectionSize(memory, length);
  let gain = 1;
  let isExpanded = false;
  out.fill(0, at, at + length);
  for (let stage = 0; stage < stages; stage++) {
    // Seven bits say more than a codebook of 126 vectors has: the last one.
    const index = Math.min(fields[vectorAt + stage] as number, 2 * size - 1);
    gain = gainOf(stage, fields[gainAt + stage] as number, gain);
    if (index < size) copyVector(past, memorySamples, memory, index, length, vector);
    else {
      if (!isExpanded) expandMemory(past, memorySamples - memory, memory, expanded, memorySamples - memory);
      isExpanded = true;
      copyVector(expanded, memorySamples, memory, index - size, length, vector);
    }
    for (let j = 0; j < length; j++) out[at + j] = (out[at + j] as number) + gain * (vector[j] as number);
  }
}

/**
 * The later stages of the first sub-block search 128 of the 256 vectors: their numbers close the gaps
 * (RFC 3951, section 3.6.4). `toFrame`: to seven bits, else back.
 */
export function convertIndices(fields: Int32Array, vectorAt: number, toFrame: boolean): void {
  for (let stage = 1; stage < stages; stage++) {
    const index = fields[vectorAt + stage] as number;
    let shift = 0;
    if (toFrame) {
      if (index >= 108 && index < 172) shift = -64;
      else if (index >= 236) shift = -128;
    } else if (index >= 44 && index < 108) shift = 64;
    else if (index >= 108 && index < 128) shift = 128;
    fields[vectorAt + stage] = index + shift;
  }
}
