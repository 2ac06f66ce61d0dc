/**
 * Sample rate conversion by a polyphase filter (windowed sinc): the ratio L/M is
 * reduced, a phase's taps are made once per pair of rates, and the filter's memory goes on from
 * piece to piece, so that frames join without a click.
 */
import { saturate } from './saturate.ts';

/** Inputs that make one output, going up; going down by n they are n times as many. */
const baseTaps = 16;
/** Cut-off as a part of the lower Nyquist frequency. */
const cutOff = 0.92;

interface Filter {
  readonly up: number;
  readonly down: number;
  readonly length: number;
  /** `up` phases of `length` coefficients, newest input last. */
  readonly taps: Float32Array;
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
    filter = { up, down, length, taps: makeTaps(up, down, length) };
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
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / (length / 2));
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
