import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ticker } from '../../../core/media/worker/ticker.ts';
import { SimClock } from '../../../core/runtime/index.ts';

test('an idle engine is ticked once a second, and every 20 ms on the same grid once it is woken', async () => {
  const clock = new SimClock();
  const startMs = clock.nowMs();
  const ticksAt: number[] = [];
  let working = false;
  const ticker = new Ticker(clock, () => {
    ticksAt.push(clock.nowMs() - startMs);
    return working;
  });
  await clock.advance(1020);
  assert.equal(ticksAt.length, 51, 'the first second is ticked through');
  ticksAt.length = 0;
  await clock.advance(3000);
  assert.equal(ticksAt.length, 3);
  ticksAt.length = 0;
  await clock.advance(505);
  working = true;
  const wokenMs = clock.nowMs() - startMs;
  ticker.wake();
  await clock.advance(60);
  assert.equal(ticksAt.length, 3);
  assert.ok((ticksAt[0] ?? 0) > wokenMs && (ticksAt[0] ?? 0) <= wokenMs + 20);
  assert.deepEqual(
    ticksAt.map((atMs) => atMs % 20),
    [0, 0, 0],
  );
  ticker.cancel();
});
