/**
 * The inner loop of the resampler by vector instructions, in a memory of the thread's own: taps stay
 * there, a piece of input is copied in and its output read.
 */
import * as wasm from './codecs/wasm-module.ts';

const { advance, f32, f32x4, get, i32, isBelow, repeat, set, tee, v128 } = wasm;

/** Of 64 KiB; what is not used is not resident. */
const memoryPages = 16;
/** Inputs of one piece, with those before it; outputs that they make at most. */
export const mostInputs = 2048;
export const mostOutputs = 8192;
const memory = wasm.newMemory(memoryPages);
/** History, then the piece at hand. */
export const inputLine: Float32Array = new Float32Array(memory.buffer, 0, mostInputs);
export const outputLine: Float32Array = new Float32Array(memory.buffer, 4 * mostInputs, mostOutputs);
let end = 4 * (mostInputs + mostOutputs);

const [line, taps, length, position, last, out, up, down] = [0, 1, 2, 3, 4, 5, 6, 7];
const [at, tap, behind, even, odd] = [8, 9, 10, 11, 12];

/** `resample(line, taps, length, position, last, out, up, down)`: one output a round; `length` in bytes, of 32 each. */
const program: wasm.WasmFunction = {
  name: 'resample',
  parameters: 8,
  integers: 3,
  vectors: 2,
  body: repeat(
    [...get(position), ...get(up), ...i32.div, ...i32.const(4), ...i32.mul, ...get(line), ...i32.add, ...tee(at)],
    [...get(length), ...i32.add, ...set(behind)],
    [...get(position), ...get(up), ...i32.rem, ...get(length), ...i32.mul, ...get(taps), ...i32.add, ...set(tap)],
    [...v128.zero, ...set(even), ...v128.zero, ...set(odd)],
    repeat(
      [
        ...get(at),
        ...v128.load(0),
        ...get(tap),
        ...v128.load(0),
        ...f32x4.mul,
        ...get(even),
        ...f32x4.add,
        ...set(even),
      ],
      [
        ...get(at),
        ...v128.load(16),
        ...get(tap),
        ...v128.load(16),
        ...f32x4.mul,
        ...get(odd),
        ...f32x4.add,
        ...set(odd),
      ],
      [...advance(tap, 32), ...advance(at, 32)],
      isBelow(at, behind),
    ),
    [
      ...get(out),
      ...get(even),
      ...get(odd),
      ...f32x4.add,
      ...tee(even),
      ...f32x4.lane(0),
      ...get(even),
      ...f32x4.lane(1),
    ],
    [
      ...f32.add,
      ...get(even),
      ...f32x4.lane(2),
      ...get(even),
      ...f32x4.lane(3),
      ...f32.add,
      ...f32.add,
      ...f32.store(0),
    ],
    [...advance(out, 4), ...get(position), ...get(down), ...i32.add, ...set(position)],
    isBelow(position, last),
  ),
};

const kernel = wasm.instantiate([program], memory)?.['resample'] ?? null;

/** Keeps `values` for ever; null: there is no room for them, or there are no vector instructions. */
export function keepTaps(values: Float32Array): Float32Array | null {
  if (kernel === null || end + values.byteLength > memory.buffer.byteLength) return null;
  const kept = new Float32Array(memory.buffer, end, values.length);
  kept.set(values);
  end += values.byteLength;
  return kept;
}

/** Outputs at `position`, `position + down`, … below `last`, in 1/up samples of `inputLine`, to `outputLine`. */
export function runKernel(
  kept: Float32Array,
  taps: number,
  position: number,
  last: number,
  up: number,
  down: number,
): void {
  if (position >= last) return;
  kernel?.(inputLine.byteOffset, kept.byteOffset, 4 * taps, position, last, outputLine.byteOffset, up, down);
}
