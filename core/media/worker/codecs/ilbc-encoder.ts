/** The encoder of iLBC (RFC 3951, section 3). A frame needs of the one before only what is kept here. */
import { takeDoubles } from './correlations.ts';
import { construct, convertIndices } from './ilbc-codebook.ts';
import { allZero, highPass } from './ilbc-filters.ts';
import { field, fieldCount, type IlbcMode, packFrame } from './ilbc-frame.ts';
import { analyse, dequantizeLsf, filterLength, interpolateFilters, lookBack, quantizeLsf } from './ilbc-lpc.ts';
import { search } from './ilbc-search.ts';
import { decodeState, encodeState } from './ilbc-state.ts';
import {
  inputHighPass,
  longestFrameSamples,
  meanLsf,
  memorySamples,
  orderLpc,
  stages,
  stateBlockSamples,
  stateMemorySamples,
  subSamples,
} from './ilbc-tables.ts';

// What lives for one frame only serves all encoders of the thread.
const fields = new Int32Array(fieldCount);
const lsf = new Float64Array(2 * orderLpc);
const quantized = new Float64Array(2 * orderLpc);
const synthesis = new Float64Array(6 * filterLength);
const weighting = new Float64Array(6 * filterLength);
const signal = new Float64Array(orderLpc + longestFrameSamples);
const residual = new Float64Array(longestFrameSamples);
const decoded = new Float64Array(longestFrameSamples);
const backward = new Float64Array(longestFrameSamples);
const backwardDecoded = new Float64Array(longestFrameSamples);
/** Zeros stand before it: a filter reaches into them. */
const past = takeDoubles(memorySamples);

/** As plain data. */
export interface IlbcEncoderState {
  readonly input: readonly number[];
  readonly past: readonly number[];
  readonly lsf: readonly number[];
  readonly quantized: readonly number[];
}

export class IlbcEncoder {
  readonly #mode: IlbcMode;
  readonly #highPass = new Float64Array(4);
  /** The last 300 samples, high-pass filtered: the windows of the analysis, and the filters' past. */
  readonly #past = new Float64Array(lookBack + longestFrameSamples);
  readonly #lsf = Float64Array.from(meanLsf);
  readonly #quantized = Float64Array.from(meanLsf);

  constructor(mode: IlbcMode) {
    this.#mode = mode;
  }

  /** One frame of `samples[at…]` to `payload`; returns its length. */
  encode(samples: Int16Array, at: number, payload: Uint8Array): number {
    const mode = this.#mode;
    const { samples: count } = mode;
    const all = this.#past;
    const start = all.length - count;
    for (let i = 0; i < orderLpc; i++) signal[i] = all[all.length - orderLpc + i] as number;
    all.copyWithin(0, count);
    for (let i = 0; i < count; i++) all[start + i] = samples[at + i] as number;
    highPass(all, start, count, inputHighPass, this.#highPass);
    for (let i = 0; i < count; i++) signal[orderLpc + i] = all[start + i] as number;
    analyse(mode, all, lsf);
    quantizeLsf(mode, lsf, fields, field.lsf);
    dequantizeLsf(mode, fields, field.lsf, quantized);
    interpolateFilters(mode, quantized, this.#quantized, synthesis, false);
    interpolateFilters(mode, lsf, this.#lsf, weighting, true);
    for (let block = 0; block < mode.subframes; block++) {
      const from = block * subSamples;
      allZero(signal, orderLpc + from, subSamples, synthesis, block * filterLength, residual, from);
    }
    encodeResidual(mode);
    fields[field.empty] = 0;
    packFrame(mode, fields, payload);
    return mode.bytes;
  }

  snapshot(): IlbcEncoderState {
    return {
      input: [...this.#highPass],
      past: [...this.#past],
      lsf: [...this.#lsf],
      quantized: [...this.#quantized],
    };
  }

  restore(state: IlbcEncoderState): void {
    this.#highPass.set(state.input.slice(0, this.#highPass.length));
    this.#past.set(state.past.slice(0, this.#past.length));
    this.#lsf.set(state.lsf.slice(0, orderLpc));
    this.#quantized.set(state.quantized.slice(0, orderLpc));
  }
}

/** Of `residual`, with the filters of all sub-blocks, everything but the frequencies. */
function encodeResidual(mode: IlbcMode): void {
  const start = classify(mode);
  const blockAt = (start - 1) * subSamples;
  const rest = stateBlockSamples - mode.stateSamples;
  const isFirst = energy(blockAt, mode.stateSamples) > energy(blockAt + rest, mode.stateSamples);
  const stateAt = isFirst ? blockAt : blockAt + rest;
  const filterAt = (start - 1) * filterLength;
  fields[field.start] = start;
  fields[field.stateFirst] = isFirst ? 1 : 0;
  encodeState(mode, residual, stateAt, synthesis, weighting, filterAt, isFirst, fields);
  decodeState(mode, fields, synthesis, filterAt, decoded, stateAt);
  if (isFirst) {
    remember(decoded, stateAt, mode.stateSamples, false);
    encodeRest(residual, stateAt + mode.stateSamples, rest, filterAt + filterLength);
    construct(
      past,
      stateMemorySamples,
      rest,
      fields,
      field.extraVector,
      field.extraGain,
      decoded,
      stateAt + mode.stateSamples,
    );
  } else {
    for (let k = 0; k < rest; k++) backward[k] = residual[stateAt - 1 - k] as number;
    remember(decoded, stateAt, mode.stateSamples, true);
    encodeRest(backward, 0, rest, filterAt);
    construct(past, stateMemorySamples, rest, fields, field.extraVector, field.extraGain, backwardDecoded, 0);
    for (let k = 0; k < rest; k++) decoded[stateAt - 1 - k] = backwardDecoded[k] as number;
  }
  encodeBlocks(mode, start);
  convertIndices(fields, field.vector, true);
}

function encodeRest(from: Float64Array, at: number, count: number, filterAt: number): void {
  search(0, from, at, count, past, stateMemorySamples, weighting, filterAt, fields, field.extraVector, field.extraGain);
}

/** The sub-blocks after the state, then those before it, backward in time. */
function encodeBlocks(mode: IlbcMode, start: number): void {
  let number = 0;
  remember(decoded, (start - 1) * subSamples, stateBlockSamples, false);
  for (let block = start + 1; block < mode.subframes; block++) {
    encodeBlock(++number, residual, block * subSamples, decoded, block * filterLength);
  }
  const before = (start - 1) * subSamples;
  if (before === 0) return;
  remember(decoded, before, Math.min(memorySamples, mode.samples - before), true);
  for (let k = 0; k < before; k++) backward[k] = residual[before - 1 - k] as number;
  for (let block = 0; block < start - 1; block++) {
    encodeBlock(++number, backward, block * subSamples, backwardDecoded, (start - 2 - block) * filterLength);
  }
}

/** The sub-block at `from[at…]`; what it becomes is the codebook's newest memory. */
function encodeBlock(number: number, from: Float64Array, at: number, out: Float64Array, filterAt: number): void {
  const vectorAt = field.vector + (number - 1) * stages;
  const gainAt = field.gain + (number - 1) * stages;
  search(number, from, at, subSamples, past, memorySamples, weighting, filterAt, fields, vectorAt, gainAt);
  construct(past, memorySamples, subSamples, fields, vectorAt, gainAt, out, at);
  past.copyWithin(0, subSamples);
  for (let k = 0; k < subSamples; k++) past[memorySamples - subSamples + k] = out[at + k] as number;
}

/** `count` samples as the newest of the codebook's memory, the oldest of them last when `isBackward`; zeros before. */
function remember(from: Float64Array, at: number, count: number, isBackward: boolean): void {
  const first = memorySamples - count;
  past.fill(0, 0, first);
  for (let k = 0; k < count; k++) {
    past[isBackward ? memorySamples - 1 - k : first + k] = from[at + k] as number;
  }
}

function energy(at: number, count: number): number {
  let sum = 0;
  for (let i = at; i < at + count; i++) sum += (residual[i] as number) * (residual[i] as number);
  return sum;
}

const pairWeights = [0.8, 0.9, 1, 0.9, 0.8].map(Math.fround);

/** The pair of sub-blocks with most energy, the middle ones preferred: the number of its second (section 3.4). */
function classify(mode: IlbcMode): number {
  let best = 1;
  let most = Number.NEGATIVE_INFINITY;
  for (let second = 1; second < mode.subframes; second++) {
    let sum = 0;
    const at = (second - 1) * subSamples;
    for (let i = 0; i < 2 * subSamples; i++) {
      const sample = residual[at + i] as number;
      // Soft edges: the outer five samples of either side count less.
      const edge = Math.min(i, 2 * subSamples - 1 - i);
      sum += edge < 5 ? ((edge + 1) / 6) * sample * sample : sample * sample;
    }
    sum *= pairWeights[second - 1 + (mode.frameMs === 20 ? 1 : 0)] as number;
    if (sum <= most) continue;
    most = sum;
    best = second;
  }
  return best;
}
