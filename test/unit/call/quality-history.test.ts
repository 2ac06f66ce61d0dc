import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QualityHistory } from '../../../core/call/quality-history.ts';

const sound = (call: string, atUnixMs: number, mos: number) => ({ atUnixMs, payload: { call, mos, jitterMs: 2 } });

test('the figures of a call are kept in their order, what is not told is null', () => {
  const history = new QualityHistory({ calls: 2, samples: 4 });
  history.add(sound('a', 1, 4.4));
  history.add(sound('a', 2, 4.1));
  assert.deepEqual(
    history.of('a').map(({ atMs, mos, jitterMs, roundTripMs }) => [atMs, mos, jitterMs, roundTripMs]),
    [
      [1, 4.4, 2, null],
      [2, 4.1, 2, null],
    ],
  );
  assert.deepEqual(history.of('b'), []);
});

test('a long call is thinned evenly and never has more samples than allowed', () => {
  const history = new QualityHistory({ calls: 2, samples: 4 });
  for (let at = 0; at < 16; at++) history.add(sound('a', at, 4));
  assert.deepEqual(
    history.of('a').map(({ atMs }) => atMs),
    [0, 4, 8, 12],
  );
});

test('the call that was heard first goes when there are too many', () => {
  const history = new QualityHistory({ calls: 2, samples: 4 });
  for (const call of ['a', 'b', 'c']) history.add(sound(call, 1, 4));
  assert.deepEqual([history.of('a').length, history.of('b').length, history.of('c').length], [0, 1, 1]);
});
