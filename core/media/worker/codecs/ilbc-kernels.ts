/**
 * What iLBC does over and over besides correlations, by vector instructions where the machine has them,
 * else by loops: filters of eight taps, and the repeated pieces of the codebook written out. All arrays
 * are from `takeDoubles`.
 */
import { kernelMemory, takeDoubles } from './correlations.ts';
import * as wasm from './wasm-module.ts';

const { advance, f64, f64x2, get, i32, isBelow, repeat, set, tee, v128 } = wasm;

const tapCount = 8;
/** Samples of a repeated vector; the shortest and the longest piece that is repeated. */
const vectorSamples = 40;
export const shortestRepeat = 20;
export const longestRepeat = 39;
const repeats = longestRepeat - shortestRepeat + 1;

/** Where a piece meets its repetition the one goes over into the other: the shares of both, four samples. */
const blendSamples = 4;
const shares = takeDoubles(2 * blendSamples);
for (let i = 0; i < blendSamples; i++) {
  shares[i] = 1 - (i + 1) * 0.2;
  shares[blendSamples + i] = (i + 1) * 0.2;
}

/** `filter(taps, b, stride, bytes, out)`: two sums of eight products a round. */
function filterKernel(): wasm.WasmFunction {
  const [taps, b, stride, bytes, out, last] = [0, 1, 2, 3, 4, 5];
  const places = Array.from({ length: tapCount }, (_, k) => 6 + k);
  const factors = Array.from({ length: tapCount }, (_, k) => 6 + tapCount + k);
  const product = (k: number): wasm.Code => [
    ...[...get(places[k] ?? 0), ...v128.load(0), ...get(factors[k] ?? 0), ...f64x2.mul],
  ];
  const sumOf = (from: number): wasm.Code => [
    ...product(from),
    ...[1, 2, 3].flatMap((k) => [...product(from + k), ...f64x2.add]),
  ];
  const body = [
    ...factors.flatMap((factor, k) => [...get(taps), ...v128.loadTwice(8 * k), ...set(factor)]),
    ...places.flatMap((place) => [...get(b), ...tee(place), ...get(stride), ...i32.add, ...set(b)]),
    ...[...get(out), ...get(bytes), ...i32.add, ...set(last)],
    ...repeat(
      [...get(out), ...sumOf(0), ...sumOf(4), ...f64x2.add, ...v128.store(0)],
      ...places.map((place) => advance(place, 16)),
      [...advance(out, 16), ...isBelow(out, last)],
    ),
  ];
  return { name: 'filter', parameters: 5, integers: 1 + tapCount, vectors: tapCount, body };
}

/** `repeats(end, to, shares, energies)`: a vector a round, copied, repeated, blended and measured. */
function repeatKernel(): wasm.WasmFunction {
  const [end, to, weights, energies] = [0, 1, 2, 3];
  const [start, piece, at, from, last, all] = [4, 5, 6, 7, 8, 9];
  const [newest0, newest1, share0, share1, energy, pair] = [10, 11, 12, 13, 14, 15];
  const vectorBytes = 8 * vectorSamples;
  const pairs = Array.from({ length: vectorSamples / 2 }, (_, k) => 16 * k);
  const blend = (newest: number, share: number, offset: number): wasm.Code => [
    ...[...get(at), ...get(newest), ...get(from), ...v128.load(offset), ...get(share), ...f64x2.mul],
    ...[...f64x2.add, ...v128.store(offset)],
  ];
  const body = [
    ...[...get(end), ...i32.const(-32), ...i32.add, ...set(at)],
    ...[...get(at), ...v128.load(0), ...get(weights), ...v128.load(0), ...f64x2.mul, ...set(newest0)],
    ...[...get(at), ...v128.load(16), ...get(weights), ...v128.load(16), ...f64x2.mul, ...set(newest1)],
    ...[...get(weights), ...v128.load(32), ...set(share0), ...get(weights), ...v128.load(48), ...set(share1)],
    ...[...get(end), ...i32.const(-8 * shortestRepeat), ...i32.add, ...set(start)],
    ...[...i32.const(8 * shortestRepeat), ...set(piece)],
    ...[...get(to), ...i32.const(repeats * vectorBytes), ...i32.add, ...set(all)],
    ...repeat(
      pairs.flatMap((offset) => [...get(to), ...get(start), ...v128.load(offset), ...v128.store(offset)]),
      [...get(to), ...get(piece), ...i32.add, ...set(at), ...get(start), ...set(from)],
      [...get(to), ...i32.const(vectorBytes), ...i32.add, ...set(last)],
      repeat(
        [...get(at), ...get(from), ...v128.load(0), ...v128.store(0)],
        [...advance(at, 16), ...advance(from, 16), ...isBelow(at, last)],
      ),
      [...get(to), ...get(piece), ...i32.add, ...i32.const(-32), ...i32.add, ...set(at)],
      [...get(start), ...i32.const(-32), ...i32.add, ...set(from)],
      [...blend(newest0, share0, 0), ...blend(newest1, share1, 16)],
      [...v128.zero, ...set(energy)],
      pairs.flatMap((offset) => [
        ...[...get(to), ...v128.load(offset), ...set(pair), ...get(energy), ...get(pair), ...get(pair)],
        ...[...f64x2.mul, ...f64x2.add, ...set(energy)],
      ]),
      [...get(energies), ...get(energy), ...f64x2.lane(0), ...get(energy), ...f64x2.lane(1), ...f64.add],
      [...f64.store(0), ...advance(energies, 8), ...advance(start, -8), ...advance(piece, 8)],
      [...advance(to, vectorBytes), ...isBelow(to, all)],
    ),
  ];
  return { name: 'repeats', parameters: 4, integers: 6, vectors: 6, body };
}

const kernels = wasm.instantiate([filterKernel(), repeatKernel()], kernelMemory);
const filterByVectors = kernels?.['filter'] ?? null;
const repeatsByVectors = kernels?.['repeats'] ?? null;

/**
 * `out[to + k]`, `count` of them: the sum of `taps[8 * set + i] * b[from + k + i * stride]` over eight
 * taps. One number more is written where `count` is odd.
 */
export function filterEight(
  taps: Float64Array,
  set: number,
  b: Float64Array,
  from: number,
  stride: number,
  count: number,
  out: Float64Array,
  to: number,
): void {
  if (filterByVectors === null) loopFilter(taps, set, b, from, stride, count, out, to);
  else {
    const tapsAt = taps.byteOffset + 8 * tapCount * set;
    filterByVectors(tapsAt, b.byteOffset + 8 * from, 8 * stride, 8 * count, out.byteOffset + 8 * to);
  }
}

/** What `filterEight` does, without vector instructions. */
export function loopFilter(
  taps: Float64Array,
  set: number,
  b: Float64Array,
  from: number,
  stride: number,
  count: number,
  out: Float64Array,
  to: number,
): void {
  for (let k = 0; k < count; k++) {
    let low = 0;
    let high = 0;
    for (let i = 0; i < tapCount / 2; i++) {
      const at = from + k + i * stride;
      low += (taps[tapCount * set + i] as number) * (b[at] as number);
      high += (taps[tapCount * set + i + 4] as number) * (b[at + 4 * stride] as number);
    }
    out[to + k] = low + high;
  }
}

/**
 * Writes out the pieces of 20 to 39 samples before `source[end]`, each repeated to fill 40 samples, one
 * behind the other from `out[to]` on, and one number more; their energies to `energies`.
 */
export function writeRepeats(
  source: Float64Array,
  end: number,
  out: Float64Array,
  to: number,
  energies: Float64Array,
): void {
  if (repeatsByVectors === null) loopRepeats(source, end, out, to, energies);
  else {
    const sourceEnd = source.byteOffset + 8 * end;
    repeatsByVectors(sourceEnd, out.byteOffset + 8 * to, shares.byteOffset, energies.byteOffset);
  }
}

/** What `writeRepeats` does, without vector instructions. */
export function loopRepeats(
  source: Float64Array,
  end: number,
  out: Float64Array,
  to: number,
  energies: Float64Array,
): void {
  for (let piece = shortestRepeat; piece <= longestRepeat; piece++) {
    const start = end - piece;
    const vector = to + (piece - shortestRepeat) * vectorSamples;
    const blend = piece - blendSamples;
    const sums = [0, 0];
    for (let j = 0; j < vectorSamples; j++) {
      let sample = source[j < piece ? start + j : start + j - piece] as number;
      if (j >= blend && j < piece) {
        const newest = (shares[j - blend] as number) * sample;
        sample = newest + (shares[blendSamples + j - blend] as number) * (source[start + j - piece] as number);
      }
      out[vector + j] = sample;
      sums[j & 1] = (sums[j & 1] as number) + sample * sample;
    }
    energies[piece - shortestRepeat] = (sums[0] as number) + (sums[1] as number);
  }
}
