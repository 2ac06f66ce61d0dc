import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, realRandom, SimRandom, secureToken } from '../../../core/runtime/index.ts';

const draw = (random: Random): number[] => Array.from({ length: 5 }, () => random.integer(1_000_000));

test('the same seed gives the same numbers, another seed others', () => {
  assert.deepEqual(draw(new SimRandom(7)), draw(new SimRandom(7)));
  assert.deepEqual(draw(new SimRandom('seven')), draw(new SimRandom('seven')));
  assert.notDeepEqual(draw(new SimRandom(7)), draw(new SimRandom(8)));
});

test('secrets come from a stream of their own: drawing one changes no behaviour', () => {
  const quiet = new SimRandom(7);
  const talkative = new SimRandom(7);
  talkative.secure(100);
  assert.deepEqual(draw(quiet), draw(talkative));
});

for (const [name, random] of [
  ['real', realRandom()],
  ['simulated', new SimRandom(1)],
] as const) {
  test(`${name} randomness stays within its limits and reaches all values`, () => {
    const seen = new Set(Array.from({ length: 2000 }, () => random.integer(10)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.equal(random.integer(1), 0);
    const fractions = Array.from({ length: 1000 }, () => random.fraction());
    assert.ok(fractions.every((fraction) => fraction >= 0 && fraction < 1));
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
    assert.ok(Math.abs(mean - 0.5) < 0.06);
    assert.match(secureToken(random, 12), /^[0-9a-f]{24}$/);
    assert.notEqual(secureToken(random, 12), secureToken(random, 12));
  });
}
