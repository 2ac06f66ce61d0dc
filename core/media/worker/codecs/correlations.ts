/**
 * Correlations, where GSM and iLBC spend most of their time, by vector instructions where the machine
 * has them, else by loops that give the same numbers. Both work on arrays in one memory of the thread,
 * which modules take theirs from when they load.
 */
import * as wasm from './wasm-module.ts';

const { advance, f64, f64x2, get, i32, i32x4, isBelow, isPositive, repeat, set, tee, v128 } = wasm;

/** For kernels of other modules; arrays in it are taken below. */
export const kernelMemory: wasm.WasmMemory = wasm.newMemory(1);
const memory = kernelMemory;
/** Around each array: kernels read 16 bytes at a time, and up to three pieces too many. */
const guardBytes = 256;
let end = guardBytes;

function take(bytes: number): number {
  const at = end;
  end = (at + bytes + guardBytes + 15) & ~15;
  if (end > memory.buffer.byteLength) throw new RangeError('the memory of the kernels is full');
  return at;
}

/** Arrays in the kernels' memory, for ever: of samples, of their sums, of fractions. */
export const takeSamples = (count: number): Int16Array => new Int16Array(memory.buffer, take(2 * count), count);
export const takeSums = (count: number): Int32Array => new Int32Array(memory.buffer, take(4 * count), count);
export const takeDoubles = (count: number): Float64Array => new Float64Array(memory.buffer, take(8 * count), count);

// Parameters of both kernels: addresses and a length in bytes; then where the loop is in `a`.
const [a, b, length, pieces, out, stride] = [0, 1, 2, 3, 4, 5];

/** `samples(a, b, length, pieces, out)`: three pieces a round, each two bytes earlier in `b`. */
function sampleKernel(): wasm.WasmFunction {
  const [at, last, with0, values] = [5, 6, 7, 8];
  const sums = [9, 10, 11];
  const step = sums.map((sum, k) => [
    ...[...get(sum), ...get(values), ...get(with0), ...v128.load(4 - 2 * k)],
    ...[...i32x4.dot, ...i32x4.add, ...set(sum)],
  ]);
  const store = sums.map((sum, k) => [
    ...[...get(out), ...get(sum), ...get(sum), ...get(sum), ...v128.upperHalf, ...i32x4.add, ...tee(sum)],
    ...[...get(sum), ...get(sum), ...v128.upperOfPairs, ...i32x4.add, ...i32x4.first, ...i32.store(4 * k)],
  ]);
  const body = repeat(
    ...sums.map((sum) => [...v128.zero, ...set(sum)]),
    [...get(a), ...tee(at), ...get(length), ...i32.add, ...set(last)],
    [...get(b), ...i32.const(-4), ...i32.add, ...set(with0)],
    repeat(
      [...get(at), ...v128.load(0), ...set(values)],
      ...step,
      [...advance(with0, 16), ...advance(at, 16)],
      isBelow(at, last),
    ),
    ...store,
    [...advance(b, -6), ...advance(out, 12), ...advance(pieces, -3)],
    isPositive(pieces),
  );
  return { name: 'samples', parameters: 5, integers: 3, vectors: 4, body };
}

/** `doubles(a, b, length, pieces, out, stride)`: four pieces a round, each `stride` bytes further in `b`. */
function doubleKernel(): wasm.WasmFunction {
  const [at, last, values] = [6, 7, 12];
  const places = [8, 9, 10, 11];
  const sums = [13, 14, 15, 16];
  const step = sums.map((sum, k) => [
    ...[...get(sum), ...get(values), ...get(places[k] ?? 0), ...v128.load(0)],
    ...[...f64x2.mul, ...f64x2.add, ...set(sum), ...advance(places[k] ?? 0, 16)],
  ]);
  const store = sums.map((sum, k) => [
    ...[...get(out), ...get(sum), ...f64x2.lane(0), ...get(sum), ...f64x2.lane(1)],
    ...[...f64.add, ...f64.store(8 * k)],
  ]);
  const body = repeat(
    ...sums.map((sum) => [...v128.zero, ...set(sum)]),
    [...get(a), ...tee(at), ...get(length), ...i32.add, ...set(last)],
    ...places.map((place) => [...get(b), ...tee(place), ...get(stride), ...i32.add, ...set(b)]),
    repeat([...get(at), ...v128.load(0), ...set(values)], ...step, advance(at, 16), isBelow(at, last)),
    ...store,
    [...advance(out, 32), ...advance(pieces, -4)],
    isPositive(pieces),
  );
  return { name: 'doubles', parameters: 6, integers: 6, vectors: 5, body };
}

const kernels = wasm.instantiate([sampleKernel(), doubleKernel()], memory);
const samplesByVectors = kernels?.['samples'] ?? null;
const doublesByVectors = kernels?.['doubles'] ?? null;

/** Whether vector instructions are used. */
export const isVectorized = samplesByVectors !== null && doublesByVectors !== null;

/**
 * `out[k]`: inner product of `count` samples, a multiple of eight, of `a` with those of `b[from - k…]`,
 * modulo 2^32; `pieces` of them, a multiple of three. All three arrays were taken here.
 */
export function correlateSamples(
  a: Int16Array,
  count: number,
  b: Int16Array,
  from: number,
  pieces: number,
  out: Int32Array,
): void {
  if (samplesByVectors === null) loopSamples(a, count, b, from, pieces, out);
  else samplesByVectors(a.byteOffset, b.byteOffset + 2 * from, 2 * count, pieces, out.byteOffset);
}

/** What `correlateSamples` does, without vector instructions. */
export function loopSamples(
  a: Int16Array,
  count: number,
  b: Int16Array,
  from: number,
  pieces: number,
  out: Int32Array,
): void {
  for (let k = 0; k < pieces; k += 3) {
    const at = from - k;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    for (let i = 0; i < count; i++) {
      const sample = a[i] as number;
      sum0 = (sum0 + Math.imul(sample, b[at + i] as number)) | 0;
      sum1 = (sum1 + Math.imul(sample, b[at + i - 1] as number)) | 0;
      sum2 = (sum2 + Math.imul(sample, b[at + i - 2] as number)) | 0;
    }
    out[k] = sum0;
    out[k + 1] = sum1;
    out[k + 2] = sum2;
  }
}

/**
 * `out[k]`: inner product of `a[at…]` with `b[from + k * stride…]`, `pieces` of them, of `count` numbers
 * each; where `count` is odd, what follows in `a` is zero. Up to three numbers behind `out[pieces]`
 * are written too. All three arrays were taken here.
 */
export function correlateDoubles(
  a: Float64Array,
  at: number,
  count: number,
  b: Float64Array,
  from: number,
  stride: number,
  pieces: number,
  out: Float64Array,
): void {
  if (pieces <= 0) return;
  if (doublesByVectors === null) loopDoubles(a, at, count, b, from, stride, pieces, out);
  else {
    const bytes = 16 * ((count + 1) >> 1);
    doublesByVectors(a.byteOffset + 8 * at, b.byteOffset + 8 * from, bytes, pieces, out.byteOffset, 8 * stride);
  }
}

/** What `correlateDoubles` does, without vector instructions. */
export function loopDoubles(
  a: Float64Array,
  at: number,
  count: number,
  b: Float64Array,
  from: number,
  stride: number,
  pieces: number,
  out: Float64Array,
): void {
  for (let k = 0; k < pieces; k++) {
    const first = from + k * stride;
    let even = 0;
    let odd = 0;
    for (let i = 0; i < count; i += 2) {
      even += (a[at + i] as number) * (b[first + i] as number);
      if (i + 1 < count) odd += (a[at + i + 1] as number) * (b[first + i + 1] as number);
    }
    out[k] = even + odd;
  }
}
