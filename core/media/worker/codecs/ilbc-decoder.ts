/** The decoder of iLBC (RFC 3951, section 4). */
import { takeDoubles } from './correlations.ts';
import { construct, convertIndices } from './ilbc-codebook.ts';
import { Concealment, type ConcealmentState } from './ilbc-concealment.ts';
import { Enhancer, type EnhancerState } from './ilbc-enhancer.ts';
import { allPole, highPass } from './ilbc-filters.ts';
import { field, fieldCount, type IlbcMode, unpackFrame } from './ilbc-frame.ts';
import { dequantizeLsf, filterLength, interpolateFilters } from './ilbc-lpc.ts';
import { decodeState } from './ilbc-state.ts';
import {
  longestFrameSamples,
  meanLsf,
  memorySamples,
  orderLpc,
  outputHighPass,
  stages,
  stateBlockSamples,
  stateMemorySamples,
  subSamples,
} from './ilbc-tables.ts';

// What lives for one frame only serves all decoders of the thread.
const fields = new Int32Array(fieldCount);
const lsf = new Float64Array(2 * orderLpc);
const filters = new Float64Array(6 * filterLength);
const residual = new Float64Array(longestFrameSamples);
const backward = new Float64Array(longestFrameSamples);
/** Zeros stand before it: a filter reaches into them. */
const past = takeDoubles(memorySamples);
const signal = new Float64Array(orderLpc + longestFrameSamples);

/** As plain data. */
export interface IlbcDecoderState {
  readonly lsf: readonly number[];
  readonly synthesis: readonly number[];
  readonly filters: readonly number[];
  readonly output: readonly number[];
  readonly lag: number;
  readonly afterLoss: boolean;
  readonly enhancer: EnhancerState;
  readonly concealment: ConcealmentState;
}

export class IlbcDecoder {
  readonly mode: IlbcMode;
  readonly #lsf = Float64Array.from(meanLsf);
  readonly #synthesis = new Float64Array(orderLpc);
  /** Of the frame before: the enhancer's delay needs them. */
  readonly #filters: Float64Array;
  readonly #output = new Float64Array(4);
  readonly #enhancer: Enhancer;
  readonly #concealment: Concealment;
  #lag = 20;
  #afterLoss = false;

  constructor(mode: IlbcMode) {
    this.mode = mode;
    this.#filters = Float64Array.from({ length: mode.subframes * filterLength }, (_, index) =>
      index % filterLength === 0 ? 1 : 0,
    );
    this.#enhancer = new Enhancer(mode);
    this.#concealment = new Concealment(mode);
  }

  /** Decodes the frame at `payload[at…]` to `samples[to…]`; a frame that cannot be is concealed. */
  decode(payload: Uint8Array, at: number, samples: Int16Array, to: number): void {
    const { mode } = this;
    unpackFrame(mode, payload, at, fields);
    const start = fields[field.start] as number;
    // Section 3.8: the last bit is zero; set, it says that the frame is empty.
    if (start < 1 || start > mode.subframes - 1 || fields[field.empty] !== 0) {
      this.conceal(samples, to);
      return;
    }
    convertIndices(fields, field.vector, false);
    dequantizeLsf(mode, fields, field.lsf, lsf);
    interpolateFilters(mode, lsf, this.#lsf, filters, false);
    decodeResidual(mode, start);
    this.#concealment.learn(residual, filters, (mode.subframes - 1) * filterLength);
    this.#synthesize(samples, to);
    this.#afterLoss = false;
  }

  /** A frame that did not come. */
  conceal(samples: Int16Array, to: number): void {
    this.#concealment.conceal(this.#lag, residual);
    for (let block = 0; block < this.mode.subframes; block++)
      filters.set(this.#concealment.filter, block * filterLength);
    this.#synthesize(samples, to);
    this.#afterLoss = true;
  }

  #synthesize(samples: Int16Array, to: number): void {
    const { samples: count, subframes, frameMs } = this.mode;
    signal.set(this.#synthesis);
    this.#lag = this.#enhancer.process(residual, this.#afterLoss, signal, orderLpc);
    // The enhancer delays by one sub-block or two: so do the filters.
    const delay = frameMs === 20 ? 1 : 2;
    for (let block = 0; block < subframes; block++) {
      const isOld = block < delay;
      const at = orderLpc + block * subSamples;
      const from = (isOld ? subframes - delay + block : block - delay) * filterLength;
      allPole(signal, at, subSamples, isOld ? this.#filters : filters, from);
    }
    for (let i = 0; i < this.#filters.length; i++) this.#filters[i] = filters[i] as number;
    for (let i = 0; i < orderLpc; i++) this.#synthesis[i] = signal[count + i] as number;
    highPass(signal, orderLpc, count, outputHighPass, this.#output);
    for (let i = 0; i < count; i++) {
      samples[to + i] = Math.max(-32_768, Math.min(32_767, signal[orderLpc + i] as number));
    }
    // Frequencies out of order can make a filter that does not decay: it must not stay so.
    if (!(Math.abs(this.#output[2] as number) + Math.abs(this.#synthesis[orderLpc - 1] as number) < 1e9)) this.#calm();
  }

  #calm(): void {
    this.#synthesis.fill(0);
    this.#output.fill(0);
  }

  snapshot(): IlbcDecoderState {
    return {
      lsf: [...this.#lsf],
      synthesis: [...this.#synthesis],
      filters: [...this.#filters],
      output: [...this.#output],
      lag: this.#lag,
      afterLoss: this.#afterLoss,
      enhancer: this.#enhancer.snapshot(),
      concealment: this.#concealment.snapshot(),
    };
  }

  restore(state: IlbcDecoderState): void {
    this.#lsf.set(state.lsf.slice(0, orderLpc));
    this.#synthesis.set(state.synthesis.slice(0, orderLpc));
    this.#filters.set(state.filters.slice(0, this.#filters.length));
    this.#output.set(state.output.slice(0, 4));
    this.#lag = Math.min(longestFrameSamples, Math.max(20, Math.round(state.lag)));
    this.#afterLoss = state.afterLoss;
    this.#enhancer.restore(state.enhancer);
    this.#concealment.restore(state.concealment);
  }
}

/** The frame's residual from `fields` and `filters`: the state first, then outward in both directions. */
function decodeResidual(mode: IlbcMode, start: number): void {
  const blockAt = (start - 1) * subSamples;
  const rest = stateBlockSamples - mode.stateSamples;
  const isFirst = fields[field.stateFirst] === 1;
  const stateAt = isFirst ? blockAt : blockAt + rest;
  decodeState(mode, fields, filters, (start - 1) * filterLength, residual, stateAt);
  remember(stateAt, mode.stateSamples, !isFirst);
  const { extraVector, extraGain } = field;
  if (isFirst) {
    construct(past, stateMemorySamples, rest, fields, extraVector, extraGain, residual, stateAt + mode.stateSamples);
  } else {
    construct(past, stateMemorySamples, rest, fields, extraVector, extraGain, backward, 0);
    for (let k = 0; k < rest; k++) residual[stateAt - 1 - k] = backward[k] as number;
  }
  let number = 0;
  remember(blockAt, stateBlockSamples, false);
  for (let block = start + 1; block < mode.subframes; block++) decodeBlock(number++, residual, block * subSamples);
  if (blockAt === 0) return;
  remember(blockAt, Math.min(memorySamples, mode.samples - blockAt), true);
  for (let block = 0; block < start - 1; block++) decodeBlock(number++, backward, block * subSamples);
  for (let k = 0; k < blockAt; k++) residual[blockAt - 1 - k] = backward[k] as number;
}

function decodeBlock(number: number, out: Float64Array, at: number): void {
  const vectorAt = field.vector + number * stages;
  construct(past, memorySamples, subSamples, fields, vectorAt, field.gain + number * stages, out, at);
  past.copyWithin(0, subSamples);
  for (let k = 0; k < subSamples; k++) past[memorySamples - subSamples + k] = out[at + k] as number;
}

/** `count` samples of the residual as the codebook's newest memory; zeros before. */
function remember(at: number, count: number, isBackward: boolean): void {
  const first = memorySamples - count;
  past.fill(0, 0, first);
  for (let k = 0; k < count; k++) {
    past[isBackward ? memorySamples - 1 - k : first + k] = residual[at + k] as number;
  }
}
