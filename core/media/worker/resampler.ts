/**
 * Sample rate conversion by a polyphase filter (windowed sinc): the ratio L/M is
 * reduced, a phase's taps are made once per pair of rates, and the filter's memory goes on from
 * piece to piece, so that frames join without a click.
 */
import { inputLine, keepTaps, mostInputs, mostOutputs, outputLine, runKernel } from './resampler-kernel.ts';
import { saturate } from './saturate.ts';

/**
 * Inputs that make one output, going up; going down by n they are n times as many. Flat within 0.1 dB
 * to 85 % of the lower Nyquist frequency (3400 of 4000 Hz), 60 dB down from 112 % on.
 */
const baseTaps = 32;
/** Half of the amplitude is left here, as a part of the lower Nyquist frequency. */
const cutOff = 0.985;
/** Shape of Kaiser's window. */
const beta = 6;

interface Filter {
  readonly up: number;
  readonly down: number;
  readonly length: number;
  /** `up` phases of `length` coefficients, newest input last. */
  readonly taps: Float32Array;
  /** The same where vector instructions reach them, null: they do not. */
  readonly kept: Float32Array | null;
}

const filters = new Map<number, Filter>();

function filterFor(fromHz: number, toHz: number): Filter {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const key = up * 1_000_000 + down;
  let filter = filters.get(key);
  if (filter === undefined) {
    const length = baseTaps * Math.max(1, Math.ceil(down / up));
    const taps = makeTaps(up, down, length);
    filter = { up, down, length, taps, kept: length < mostInputs / 2 ? keepTaps(taps) : null };
    filters.set(key, filter);
  }
  return filter;
}

function makeTaps(up: number, down: number, length: number): Float32Array {
  const scale = Math.min(1, up / down) * cutOff;
  const taps = new Float32Array(up * length);
  for (let phase = 0; phase < up; phase++) {
    let sum = 0;
    for (let tap = 0; tap < length; tap++) {
      // Distance, in input samples, of this tap from the output's place.
      const distance = length / 2 - 1 - tap + phase / up;
      const window = bessel(beta * Math.sqrt(Math.max(0, 1 - (distance / (length / 2)) ** 2))) / bessel(beta);
      const x = Math.PI * distance * scale;
      const value = Math.abs(distance) >= length / 2 ? 0 : (x === 0 ? 1 : Math.sin(x) / x) * window;
      taps[phase * length + tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < length; tap++) {
      taps[phase * length + tap] = (taps[phase * length + tap] as number) / sum;
    }
  }
  return taps;
}

/** Modified Bessel function of order zero. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

export class Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  readonly #filter: Filter;
  /** The last inputs, then the piece at hand. */
  #input: Float32Array;
  /** Place of the next output in the input, in 1/up samples. */
  #position = 0;

  constructor(fromHz: number, toHz: number) {
    this.fromHz = fromHz;
    this.toHz = toHz;
    this.#filter = filterFor(fromHz, toHz);
    this.#input = new Float32Array(this.#filter.length + fromHz / 50);
  }

  /**
   * Converts `count` samples from `input[from]` on into `output[at]` on; returns how many were
   * written. A whole frame gives exactly a whole frame where both rates divide by 50.
   */
  process(input: Int16Array, from: number, count: number, output: Int16Array, at: number): number {
    const { up, down, length, kept } = this.#filter;
    if (kept === null) return this.#loop(input, from, count, output, at);
    const history = length - 1;
    const most = Math.min(mostInputs - length, Math.floor(((mostOutputs - 1) * down) / up));
    let written = 0;
    for (let done = 0; done < count; ) {
      const piece = Math.min(most, count - done);
      for (let i = 0; i < history; i++) inputLine[i] = this.#input[i] as number;
      for (let i = 0; i < piece; i++) inputLine[history + i] = input[from + done + i] as number;
      const end = piece * up;
      runKernel(kept, length, this.#position, end, up, down);
      const outputs = this.#position < end ? Math.ceil((end - this.#position) / down) : 0;
      for (let i = 0; i < outputs; i++) {
        output[at + written + i] = saturate(Math.round(outputLine[i] as number));
      }
      this.#position += outputs * down - end;
      for (let i = 0; i < history; i++) this.#input[i] = inputLine[piece + i] as number;
      written += outputs;
      done += piece;
    }
    return written;
  }

  /** What `process` does, without vector instructions. */
  #loop(input: Int16Array, from: number, count: number, output: Int16Array, at: number): number {
    const { up, down, length, taps } = this.#filter;
    const history = length - 1;
    if (this.#input.length < history + count) {
      const larger = new Float32Array(history + count);
      larger.set(this.#input.subarray(0, history));
      this.#input = larger;
    }
    const line = this.#input;
    for (let i = 0; i < count; i++) line[history + i] = input[from + i] as number;
    const end = count * up;
    let position = this.#position;
    let written = 0;
    for (; position < end; position += down) {
      const first = Math.floor(position / up);
      const phase = (position - first * up) * length;
      let sum = 0;
      for (let tap = 0; tap < length; tap++) sum += (line[first + tap] as number) * (taps[phase + tap] as number);
      output[at + written] = saturate(Math.round(sum));
      written++;
    }
    this.#position = position - end;
    line.copyWithin(0, count, count + history);
    return written;
  }

  /** Remembers what stands before `samples[end]`, as if it had just been converted: the next output joins it. */
  prime(samples: Int16Array, end: number): void {
    const history = this.#filter.length - 1;
    for (let i = 0; i < history; i++) this.#input[i] = samples[end - history + i] ?? 0;
  }

  /** Takes over the memory of another resampler of the same rates, so that a change is not heard. */
  follow(other: Resampler): void {
    this.#input.set(other.#input.subarray(0, this.#filter.length - 1));
    this.#position = other.#position;
  }

  reset(): void {
    this.#input.fill(0);
    this.#position = 0;
  }
}

/** A whole recording at another rate. */
export function resample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples;
  const output = new Int16Array(Math.ceil((samples.length * toHz) / fromHz) + 1);
  const resampler = new Resampler(fromHz, toHz);
  const pieceSamples = 4096;
  let written = 0;
  for (let at = 0; at < samples.length; at += pieceSamples) {
    const count = Math.min(pieceSamples, samples.length - at);
    written += resampler.process(samples, at, count, output, written);
  }
  return output.subarray(0, written);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
