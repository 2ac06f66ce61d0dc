import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefreshTimes } from '../../../../di-modules/db_reg_agent/refresh-times.ts';

test('{db-reg-agent} without a minimum all are refreshed at the fraction', () => {
  const times = new RefreshTimes(null, 0.5);
  assert.equal(times.take(1000, 100), 51_000);
  assert.equal(times.take(1000, 100), 51_000);
});

test('{db-reg-agent} between two fractions the least loaded second is taken, and given back', () => {
  const times = new RefreshTimes(0.2, 0.23);
  const taken = Array.from({ length: 5 }, () => times.take(0, 100));
  assert.deepEqual(taken, [20_000, 21_000, 22_000, 23_000, 20_000]);
  times.done(22_000);
  assert.equal(times.take(0, 100), 22_000);
});
