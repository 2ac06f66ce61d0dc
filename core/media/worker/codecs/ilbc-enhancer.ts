/**
 * The enhancer of iLBC (RFC 3951, section 4.6): each block of 80 samples of the residual is drawn
 * towards the pitch periods before and after it, as far as 5 % of its energy. Where frames before were
 * lost, the old look-ahead is blended with what the new frame says of it. Delays by 40 or 80 samples.
 */
import { correlateDoubles, takeDoubles } from './correlations.ts';
import { dot, halve } from './ilbc-filters.ts';
import type { IlbcMode } from './ilbc-frame.ts';
import { filterEight } from './ilbc-kernels.ts';
import { interpolation } from './ilbc-tables.ts';

const blockSamples = 80;
const blocks = 8;
const bufferSamples = blocks * blockSamples;
/** Blocks before the newest three. */
const oldBlocks = 5;
/** Periods on either side. */
const reach = 3;
const slop = 2;
const phases = 4;
const taps = 7;
const halfTaps = 3;
const overhang = 2;
const mostChange = Math.fround(0.05);

/** At half the rate. */
const shortestLag = 10;
const lags = takeDoubles(50);
const halved = takeDoubles(180);
/** The enhancer's own residual, where correlations are fast. */
const buffer = takeDoubles(bufferSamples);
const correlations = takeDoubles(2 * slop + 1);
const segment = takeDoubles(blockSamples + 2 * halfTaps);
/** `interpolation`, eight taps a phase: the last is zero. */
const phaseTaps = takeDoubles(phases * (taps + 1));
for (let i = 0; i < phases * taps; i++) phaseTaps[i + Math.trunc(i / taps)] = interpolation[i] as number;
/** Pitch-synchronous copies of a block, oldest first; the block itself in the middle; an empty one last. */
const copies = takeDoubles((2 * reach + 2) * blockSamples);
const surround = takeDoubles(blockSamples);
const predicted = new Float64Array(blockSamples);
const weights = takeDoubles(2 * reach + 2);
for (let copy = 0; copy <= 2 * reach; copy++) {
  if (copy !== reach) weights[copy] = 0.5 * (1 - Math.cos((2 * Math.PI * (copy + 1)) / (2 * reach + 2)));
}

/** As plain data. */
export interface EnhancerState {
  readonly residual: readonly number[];
  readonly periods: readonly number[];
}

export class Enhancer {
  readonly #mode: IlbcMode;
  readonly #residual = new Float64Array(bufferSamples);
  /** Of each block, in samples; blocks' middles are 80 samples apart. */
  readonly #periods = new Float64Array(blocks).fill(40);

  constructor(mode: IlbcMode) {
    this.#mode = mode;
  }

  /**
   * Takes a frame of residual, writes as much to `out[at…]`, delayed. Returns the pitch lag of the
   * newest block in samples.
   */
  process(residual: Float64Array, afterLoss: boolean, out: Float64Array, at: number): number {
    const { samples: count, frameMs } = this.#mode;
    const kept = this.#residual;
    kept.copyWithin(0, count);
    for (let i = 0; i < count; i++) kept[bufferSamples - count + i] = residual[i] as number;
    // A 20 ms frame moves on by two blocks.
    const skipped = frameMs === 20 ? 1 : 0;
    this.#periods.copyWithin(0, 3 - skipped);
    let lag = this.#findPeriods(skipped);
    if (afterLoss) lag = this.#blendAfterLoss(residual, skipped);
    buffer.set(kept);
    const first = frameMs === 20 ? oldBlocks * blockSamples + 40 : (oldBlocks - 1) * blockSamples;
    for (let block = 0; block * blockSamples < count; block++) {
      this.#enhance(first + block * blockSamples, out, at + block * blockSamples);
    }
    return lag * 2;
  }

  /** Open-loop pitch of the newest blocks at half the rate; returns the last lag there. */
  #findPeriods(skipped: number): number {
    const from = (oldBlocks + skipped) * blockSamples - 120;
    halve(this.#residual, from, bufferSamples - from, halved);
    let lag = shortestLag;
    for (let block = 0; block < 3 - skipped; block++) {
      const at = 60 + (block * blockSamples) / 2;
      lag = shortestLag;
      let best = -1;
      correlateDoubles(halved, at, 40, halved, at - shortestLag, -1, lags.length, lags);
      let energy = dot(halved, at - shortestLag, halved, at - shortestLag, 40);
      for (let k = 0; k < lags.length; k++) {
        const start = at - shortestLag - k;
        if (k > 0) energy += (halved[start] as number) ** 2 - (halved[start + 40] as number) ** 2;
        const cross = lags[k] as number;
        const value = cross > 0 && energy > 0 ? (cross * cross) / energy : 0;
        if (value <= best) continue;
        best = value;
        lag = shortestLag + k;
      }
      this.#periods[oldBlocks + skipped + block] = lag * 2;
    }
    return lag;
  }

  /** Blends the concealed look-ahead of the frame before with one that is predicted from this frame. */
  #blendAfterLoss(residual: Float64Array, skipped: number): number {
    const { samples: count, frameMs } = this.#mode;
    const length = frameMs === 30 ? blockSamples : 40;
    const about = this.#periods[oldBlocks + skipped] as number;
    let lag = about - 1;
    let best = likeness(residual, 0, residual, lag, length);
    for (let other = about; other <= about + 1; other++) {
      const value = likeness(residual, 0, residual, other, length);
      if (value <= best) continue;
      best = value;
      lag = other;
    }
    this.#periods[oldBlocks + skipped - 1] = lag;
    const kept = this.#residual;
    const end = bufferSamples - count;
    const known = Math.min(lag, length);
    for (let i = 0; i < known; i++) predicted[length - 1 - i] = residual[lag - 1 - i] as number;
    for (let i = known; i < length; i++) predicted[length - 1 - i] = kept[end - 1 - (i - known)] as number;
    limitEnergy(Math.sqrt(dot(kept, end - length, kept, end - length, length) / length), length);
    for (let i = 0; i < length; i++) {
      const share = (i + 1) / (length + 1);
      const place = end - 1 - i;
      kept[place] = share * (kept[place] as number) + (1 - share) * (predicted[length - 1 - i] as number);
    }
    return lag;
  }

  #enhance(center: number, out: Float64Array, at: number): void {
    this.#collect(center);
    smooth(out, at);
  }

  /** Fills `copies` around the block at `center`. */
  #collect(center: number): void {
    const periods = this.#periods;
    const own = reach * blockSamples;
    for (let i = 0; i < blockSamples; i++) copies[own + i] = buffer[center + i] as number;
    let position = center;
    let nearest = this.#nearestBlock(center + (blockSamples - 1) / 2, false);
    for (let copy = reach - 1; copy >= 0; copy--) {
      const period = periods[nearest] as number;
      position -= period;
      nearest = this.#nearestBlock(position + blockSamples / 2 - period, false);
      if (position - overhang >= 0) position = this.#refine(center, position, copy * blockSamples);
      else copies.fill(0, copy * blockSamples, (copy + 1) * blockSamples);
    }
    position = center;
    for (let copy = reach + 1; copy <= 2 * reach; copy++) {
      position += periods[this.#nearestBlock(position + blockSamples / 2, true)] as number;
      if (position + blockSamples + overhang < bufferSamples) {
        position = this.#refine(center, position, copy * blockSamples);
      } else copies.fill(0, copy * blockSamples, (copy + 1) * blockSamples);
    }
  }

  /** The block whose middle (a period earlier, for what lies ahead) is nearest to `place`. */
  #nearestBlock(place: number, isAhead: boolean): number {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let block = 0; block < blocks; block++) {
      const middle = 40 + block * blockSamples - (isAhead ? (this.#periods[block] as number) : 0);
      const distance = Math.abs(middle - place);
      if (distance >= least) continue;
      least = distance;
      best = block;
    }
    return best;
  }

  /**
   * The piece near `about` that is most like the block at `center`, at a quarter of a sample: to
   * `copies[to…]`. Returns where it was found.
   */
  #refine(center: number, about: number, to: number): number {
    const rounded = Math.trunc(about - 0.5);
    const from = Math.max(0, rounded - slop);
    const last = Math.min(rounded + slop, bufferSamples - blockSamples - 1);
    const count = last - from + 1;
    correlateDoubles(buffer, center, blockSamples, buffer, last, -1, count, correlations);
    const place = highestPhase(count);
    let whole = Math.trunc(place / phases);
    if (place > whole * phases) whole++;
    const start = from + whole - halfTaps;
    for (let i = 0; i < segment.length; i++) {
      const at = start + i;
      segment[i] = at < 0 || at >= bufferSamples ? 0 : (buffer[at] as number);
    }
    filterEight(phaseTaps, whole * phases - place, segment, 0, 1, blockSamples, copies, to);
    return from + place / phases + 1;
  }

  snapshot(): EnhancerState {
    return { residual: [...this.#residual], periods: [...this.#periods] };
  }

  restore(state: EnhancerState): void {
    this.#residual.set(state.residual.slice(0, bufferSamples));
    this.#periods.set(state.periods.slice(0, blocks).map((period) => Math.min(120, Math.max(20, Math.round(period)))));
  }
}

/** Where `correlations` (the last place first), interpolated by four, are highest, in quarters. */
function highestPhase(count: number): number {
  // The filter is as long as the sequence at most.
  const side = Math.min(halfTaps, Math.trunc(count / 2));
  const length = 2 * side + 1;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < count * phases; place++) {
    const newest = Math.trunc(place / phases) + side;
    const tapAt = (place % phases) * taps + halfTaps - side;
    let value = 0;
    for (let k = Math.max(0, newest - count + 1); k < length && k <= newest; k++) {
      value += (correlations[count - 1 - newest + k] as number) * (interpolation[tapAt + k] as number);
    }
    if (value <= most) continue;
    most = value;
    best = place;
  }
  return best;
}

/** Normalized cross correlation, 0 where it is negative. */
function likeness(a: Float64Array, at: number, b: Float64Array, from: number, count: number): number {
  let cross = 0;
  let energy = 0;
  for (let i = 0; i < count; i++) {
    const other = b[from + i] as number;
    cross += (a[at + i] as number) * other;
    energy += other * other;
  }
  return cross > 0 ? (cross * cross) / energy : 0;
}

/** `predicted` at most twice as loud as `level`; its last ten samples lead back. */
function limitEnergy(level: number, length: number): void {
  const own = Math.sqrt(dot(predicted, 0, predicted, 0, length) / length);
  if (own <= 2 * level || own <= 0) return;
  const gain = (2 * level) / own;
  for (let i = 0; i < length; i++) {
    const back = Math.max(0, i - length + 10) / 10;
    predicted[i] = (predicted[i] as number) * (gain + back * (1 - gain));
  }
}

/** The middle of `copies`, smoothed by the others, to `out[at…]`. */
function smooth(out: Float64Array, at: number): void {
  filterEight(weights, 0, copies, 0, blockSamples, blockSamples, surround, 0);
  const own = reach * blockSamples;
  const energy = dot(copies, own, copies, own, blockSamples);
  const cross = dot(surround, 0, copies, own, blockSamples);
  const around = Math.max(1, dot(surround, 0, surround, 0, blockSamples));
  const gain = Math.sqrt(energy / around);
  let change = 0;
  for (let i = 0; i < blockSamples; i++) {
    const sample = gain * (surround[i] as number);
    const off = (copies[own + i] as number) - sample;
    out[at + i] = sample;
    change += off * off;
  }
  if (change <= mostChange * energy) return;
  const floor = Math.max(1, energy);
  const difference = (around * floor - cross * cross) / (floor * floor);
  const isSmooth = difference <= 0.0001;
  const surroundGain = isSmooth ? 0 : Math.sqrt((mostChange - (mostChange * mostChange) / 4) / difference);
  const ownGain = isSmooth ? 1 : 1 - mostChange / 2 - (surroundGain * cross) / floor;
  for (let i = 0; i < blockSamples; i++) {
    out[at + i] = surroundGain * (surround[i] as number) + ownGain * (copies[own + i] as number);
  }
}
