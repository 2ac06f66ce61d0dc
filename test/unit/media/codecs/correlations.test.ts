import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  correlateDoubles,
  correlateSamples,
  isVectorized,
  loopDoubles,
  loopSamples,
  takeDoubles,
  takeSamples,
  takeSums,
} from '../../../../core/media/worker/codecs/correlations.ts';

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return seed / 2 ** 31;
}

test('Correlations of samples are the same with vector instructions as without, extremes included', () => {
  const a = takeSamples(40);
  const b = takeSamples(160);
  const sums = takeSums(81);
  const looped = takeSums(81);
  for (const level of [1, 300, 32768]) {
    for (let i = 0; i < a.length; i++) a[i] = random() * level;
    for (let i = 0; i < b.length; i++) b[i] = random() * level;
    if (level === 32768) for (let i = 0; i < 60; i++) a[i % 40] = b[i] = -32768;
    for (const count of [8, 40]) {
      correlateSamples(a, count, b, 100, 81, sums);
      loopSamples(a, count, b, 100, 81, looped);
      assert.deepEqual(sums, looped);
    }
  }
  assert.ok(isVectorized, 'this machine has no vector instructions: the loops were compared with themselves');
});

test('Correlations of fractions are the same with vector instructions as without, whatever the stride and count', () => {
  const a = takeDoubles(41);
  const b = takeDoubles(600);
  const sums = takeDoubles(54);
  const looped = takeDoubles(54);
  for (let i = 0; i < b.length; i++) b[i] = random() * 1000;
  for (const count of [1, 2, 22, 23, 40]) {
    a.fill(0);
    for (let i = 0; i < count; i++) a[i] = random();
    for (const [from, stride, pieces] of [
      [300, -1, 50],
      [0, 40, 11],
      [7, 1, 1],
    ] as const) {
      correlateDoubles(a, 0, count, b, from, stride, pieces, sums);
      loopDoubles(a, 0, count, b, from, stride, pieces, looped);
      assert.deepEqual(sums.subarray(0, pieces), looped.subarray(0, pieces));
    }
  }
});

test('No pieces is no work', () => {
  const sums = takeDoubles(4);
  correlateDoubles(takeDoubles(4), 0, 4, takeDoubles(4), 0, -1, 0, sums);
  assert.deepEqual(Array.from(sums), [0, 0, 0, 0]);
});
