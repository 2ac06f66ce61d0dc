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

// Parameters of the kernels: addresses and a length in bytes; then where the loop is in `a`.
const [a, b, length, pieces, out] = [0, 1, 2, 3, 4];

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

/** How far apart pieces of fractions mostly are: there is a kernel for each. Both take four pieces a round. */
const older = -1;
const vectors = 40;
const round = 4;
const unrolled = 4;

const [at, last, place, values] = [5, 6, 7, 8];
const sums = [9, 10, 11, 12];
const addProduct = (sum: number, ...factor: wasm.Code[]): wasm.Code => [
  ...[...get(sum), ...get(values), ...factor.flat(), ...f64x2.mul, ...f64x2.add, ...set(sum)],
];

/** `name(a, b, length, pieces, out)`: each piece is `stride` numbers further in `b`; `step` is two numbers of all. */
function doubleKernel(
  name: string,
  stride: number,
  start: wasm.Code,
  step: (offset: number) => wasm.Code,
): wasm.WasmFunction {
  const steps = Array.from({ length: unrolled / 2 }, (_, k) => [
    ...[...get(at), ...v128.load(16 * k), ...set(values), ...step(16 * k)],
  ]);
  const store = sums.map((sum, k) => [
    ...[...get(out), ...get(sum), ...f64x2.lane(0), ...get(sum), ...f64x2.lane(1)],
    ...[...f64.add, ...f64.store(8 * k)],
  ]);
  const body = repeat(
    ...sums.map((sum) => [...v128.zero, ...set(sum)]),
    [...get(a), ...tee(at), ...get(length), ...i32.add, ...set(last)],
    start,
    repeat(...steps, [...advance(place, 8 * unrolled), ...advance(at, 8 * unrolled)], isBelow(at, last)),
    ...store,
    [...advance(b, 8 * round * stride), ...advance(out, 8 * round), ...advance(pieces, -round)],
    isPositive(pieces),
  );
  return { name, parameters: 5, integers: 3, vectors: 7, body };
}

/** Two numbers on, the newer two pieces of the four have what the older two will need: it is read once. */
function olderKernel(): wasm.WasmFunction {
  const [sum0, sum1, sum2, sum3, even, odd] = [9, 10, 11, 12, 13, 14];
  const start = [
    ...[...get(b), ...i32.const(-24), ...i32.add, ...tee(place), ...v128.load(8), ...set(even)],
    ...[...get(place), ...v128.load(0), ...set(odd)],
  ];
  return doubleKernel('older', older, start, (offset) => [
    ...[...addProduct(sum2, get(even)), ...addProduct(sum3, get(odd))],
    ...addProduct(sum0, get(place), v128.load(offset + 24), tee(even)),
    ...addProduct(sum1, get(place), v128.load(offset + 16), tee(odd)),
  ]);
}

function vectorKernel(): wasm.WasmFunction {
  return doubleKernel('vectors', vectors, [...get(b), ...set(place)], (offset) =>
    sums.flatMap((sum, k) => addProduct(sum, get(place), v128.load(offset + 8 * k * vectors))),
  );
}

const kernels = wasm.instantiate([sampleKernel(), olderKernel(), vectorKernel()], memory);
const samplesByVectors = kernels?.['samples'] ?? null;
const olderByVectors = kernels?.['older'] ?? null;
const vectorsByVectors = kernels?.['vectors'] ?? null;

/** Whether vector instructions are used. */
export const isVectorized = samplesByVectors !== null && olderByVectors !== null;

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
 * each; where `count` is no multiple of four, what follows in `a` up to one is zero. Up to three numbers
 * behind `out[pieces]` are written too. All three arrays were taken here. Fast for pieces that are each
 * one number older, or 40 further.
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
  const kernel = stride === older ? olderByVectors : stride === vectors ? vectorsByVectors : null;
  if (kernel === null) loopDoubles(a, at, count, b, from, stride, pieces, out);
  else kernel(a.byteOffset + 8 * at, b.byteOffset + 8 * from, 8 * count, pieces, out.byteOffset);
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
