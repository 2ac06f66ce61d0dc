import assert from 'node:assert/strict';
import { test } from 'node:test';
import { every, realClock, sleep } from '../../../core/runtime/index.ts';

test('a timer never runs before its time, even after work that blocked the loop', async () => {
  const clock = realClock();
  await new Promise<void>((resolve) => setImmediate(resolve));
  const busyUntilMs = clock.nowMs() + 8;
  while (clock.nowMs() < busyUntilMs);
  const dueMs = clock.nowMs() + 10;
  await sleep(clock, 10);
  assert.ok(clock.nowMs() >= dueMs);
});

test('a repeated timer keeps absolute deadlines: no tick is early, none is left out', async () => {
  const clock = realClock();
  const startMs = clock.nowMs();
  const early: number[] = [];
  await new Promise<void>((resolve) => {
    let ticks = 0;
    const ticking = every(clock, 5, () => {
      ticks++;
      if (clock.nowMs() < startMs + ticks * 5) early.push(ticks);
      if (ticks === 8) {
        ticking.cancel();
        resolve();
      }
    });
  });
  assert.deepEqual(early, []);
});

test('a cancelled timer does not run, and cancelling twice is harmless', async () => {
  const clock = realClock();
  let ran = false;
  const timer = clock.after(1, () => {
    ran = true;
  });
  timer.cancel();
  timer.cancel();
  await sleep(clock, 5);
  assert.equal(ran, false);
});

test('timers of one delay run in the order in which they were started, without the cancelled ones', async () => {
  const clock = realClock();
  const ran: number[] = [];
  const timers = [0, 1, 2, 3, 4].map((number) => clock.after(3, () => ran.push(number)));
  for (const cancelled of [0, 2, 4]) timers[cancelled]?.cancel();
  await sleep(clock, 3);
  assert.deepEqual(ran, [1, 3]);
});

test('a timer can start and cancel others of its delay while it runs', async () => {
  const clock = realClock();
  const ran: string[] = [];
  await new Promise<void>((third) => {
    clock.after(2, () => {
      ran.push('first');
      second.cancel();
      clock.after(2, third);
    });
    const second = clock.after(2, () => ran.push('second'));
  });
  assert.deepEqual(ran, ['first']);
});
