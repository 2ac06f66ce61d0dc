import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock, sleep } from '../../../core/runtime/index.ts';
import { Driver } from '../../support/driver.ts';

test('waits that run at the same time each end at their own instant', async () => {
  const clock = new SimClock();
  const driver = new Driver(clock);
  const startMs = clock.nowMs();
  const seen: string[] = [];
  const say = async (what: string, afterMs: number): Promise<void> => {
    await driver.advance(afterMs);
    seen.push(`${what} at ${clock.nowMs() - startMs}`);
    await driver.advance(5);
    seen.push(`${what} again at ${clock.nowMs() - startMs}`);
  };
  await Promise.all([say('b', 20), say('a', 10), say('c', 25)]);
  assert.deepEqual(seen, ['a at 10', 'a again at 15', 'b at 20', 'c at 25', 'b again at 25', 'c again at 30']);
  assert.equal(clock.pending, 0);
});

test('a wait that never comes true fails with its own words', async () => {
  const driver = new Driver(new SimClock());
  await assert.rejects(
    driver.until(
      () => false,
      100,
      () => 'nobody answered',
    ),
    /after 100 ms: nobody answered/,
  );
});

test('time passes while an operation is under way, and its outcome is handed on', async () => {
  const clock = new SimClock();
  const driver = new Driver(clock);
  assert.equal(
    await driver.during(
      sleep(clock, 50).then(() => 'done'),
      1000,
      'sleep',
    ),
    'done',
  );
  await assert.rejects(driver.during(sleep(clock, 5000), 1000, 'a long sleep'), /a long sleep is not done/);
  await assert.rejects(driver.during(Promise.reject(new Error('refused')), 1000, 'it'), /refused/);
});
