import assert from 'node:assert/strict';
import { test } from 'node:test';
import { every, SimClock, sleep } from '../../../core/runtime/index.ts';

function record(): { readonly seen: string[]; note(what: string): () => void } {
  const seen: string[] = [];
  return { seen, note: (what) => () => void seen.push(what) };
}

test('timers run in the order of due time, then of creation {simulated-time}', async () => {
  const clock = new SimClock();
  const { seen, note } = record();
  clock.after(20, note('c'));
  clock.after(10, note('a'));
  clock.after(10, note('b'));
  await clock.advance(15);
  assert.deepEqual(seen, ['a', 'b']);
  await clock.advance(5);
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

test('what arrives from outside is there before the timers of the same instant', async () => {
  const clock = new SimClock();
  const { seen, note } = record();
  clock.at(clock.nowMs() + 10, note('test'), 2);
  clock.after(10, note('timer'));
  clock.at(clock.nowMs() + 10, note('packet'), 0);
  await clock.advance(10);
  assert.deepEqual(seen, ['packet', 'timer', 'test']);
});

test('an asynchronous handler takes no time: its whole chain runs before the next timer', async () => {
  const clock = new SimClock();
  const { seen, note } = record();
  clock.after(1, () => {
    void (async () => {
      for (let i = 0; i < 100; i++) await null;
      note(`done at ${clock.nowMs()}`)();
    })();
  });
  const startMs = clock.nowMs();
  clock.after(2, note('next'));
  await clock.advance(10);
  assert.deepEqual(seen, [`done at ${startMs + 1}`, 'next']);
});

test('time waits for a held outside operation', async () => {
  const clock = new SimClock();
  const { seen, note } = record();
  clock.after(1, () => {
    void clock.track(new Promise<void>((resolve) => setImmediate(resolve))).then(note('outside'));
  });
  clock.after(2, note('timer'));
  await clock.advance(5);
  assert.deepEqual(seen, ['outside', 'timer']);
});

test('a cancelled timer never runs, and many cancelled ones are forgotten', async () => {
  const clock = new SimClock();
  const { seen, note } = record();
  const timers = Array.from({ length: 1000 }, (_, i) => clock.after(i, note(`${i}`)));
  for (const timer of timers.slice(1)) timer.cancel();
  timers[5]?.cancel();
  assert.equal(clock.pending, 1);
  await clock.advance(2000);
  assert.deepEqual(seen, ['0']);
  assert.equal(clock.pending, 0);
});

test('runUntil stops at the first instant where the condition holds, and says when it never did', async () => {
  const clock = new SimClock();
  const startMs = clock.nowMs();
  let ticks = 0;
  const ticking = every(clock, 20, () => {
    ticks++;
  });
  await clock.runUntil(() => ticks === 3, 1000);
  assert.equal(clock.nowMs() - startMs, 60);
  await assert.rejects(
    clock.runUntil(() => ticks === -1, 100),
    /within 100 ms of simulated time/,
  );
  ticking.cancel();
  assert.equal(clock.pending, 0);
});

test('a fault in a timer ends the advance, and the clock can go on', async () => {
  const clock = new SimClock();
  clock.after(1, () => {
    throw new Error('broken');
  });
  await assert.rejects(clock.advance(5), /broken/);
  await clock.advance(5);
});

test('advance is not reentrant', async () => {
  const clock = new SimClock();
  let fault: unknown = null;
  clock.after(1, () => {
    clock.advance(1).catch((reason: unknown) => {
      fault = reason;
    });
  });
  await clock.advance(2);
  assert.match(String(fault), /not reentrant/);
});

test('sleep can be aborted and leaves no timer', async () => {
  const clock = new SimClock();
  const abort = new AbortController();
  const sleeping = sleep(clock, 1000, abort.signal);
  abort.abort(new Error('enough'));
  await assert.rejects(sleeping, /enough/);
  assert.equal(clock.pending, 0);
});

test('wall-clock time begins at a fixed date and moves with the clock', async () => {
  const clock = new SimClock();
  assert.equal(new Date(clock.unixMs()).toISOString(), '2026-01-01T00:00:00.000Z');
  await clock.advance(1500);
  assert.equal(new Date(clock.unixMs()).toISOString(), '2026-01-01T00:00:01.500Z');
});
