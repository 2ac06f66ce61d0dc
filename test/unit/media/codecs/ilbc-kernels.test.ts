import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeDoubles } from '../../../../core/media/worker/codecs/correlations.ts';
import {
  filterEight,
  loopFilter,
  loopRepeats,
  writeRepeats,
} from '../../../../core/media/worker/codecs/ilbc-kernels.ts';

let seed = 7;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return seed / 2 ** 31;
}

test('Filters of eight taps give the same with vector instructions as without, whatever the stride and count', () => {
  const taps = takeDoubles(16).map(random);
  const held = takeDoubles(16);
  held.set(taps);
  const b = takeDoubles(660);
  for (let i = 0; i < b.length; i++) b[i] = random() * 1000;
  const out = takeDoubles(82);
  const looped = takeDoubles(82);
  for (const [set, stride, count] of [
    [0, 1, 80],
    [1, 80, 80],
    [1, 1, 7],
  ] as const) {
    filterEight(held, set, b, 3, stride, count, out, 1);
    loopFilter(held, set, b, 3, stride, count, looped, 1);
    assert.deepEqual(out.subarray(0, 1 + count), looped.subarray(0, 1 + count));
  }
});

test('A repeated piece is the newest samples, the last four of them blended into those before, and again', () => {
  const source = takeDoubles(100);
  for (let i = 0; i < source.length; i++) source[i] = i;
  const out = takeDoubles(20 * 40);
  const energies = takeDoubles(20);
  writeRepeats(source, 100, out, 0, energies);
  const first = Array.from(out.subarray(0, 40), (sample) => Math.round(sample));
  const head = Array.from({ length: 16 }, (_, i) => 80 + i);
  const again = Array.from({ length: 20 }, (_, i) => 80 + i);
  assert.deepEqual(first, [...head, 92, 89, 86, 83, ...again]);
});

test('Repeated pieces and their energies are the same with vector instructions as without', () => {
  const source = takeDoubles(147);
  for (let i = 0; i < source.length; i++) source[i] = random() * 1000;
  const [out, looped, energies, loopedEnergies] = [
    takeDoubles(20 * 40),
    takeDoubles(20 * 40),
    takeDoubles(20),
    takeDoubles(20),
  ];
  writeRepeats(source, 147, out, 0, energies);
  loopRepeats(source, 147, looped, 0, loopedEnergies);
  assert.deepEqual(out, looped);
  assert.deepEqual(energies, loopedEnergies);
});
