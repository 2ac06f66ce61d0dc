import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Statistics } from '../../../core/call/statistics.ts';
import { SimClock } from '../../../core/runtime/index.ts';

test('the average is weighted by time, rounded up, and begins anew with each query', async () => {
  const clock = new SimClock();
  const statistics = new Statistics(clock, 0);
  await clock.advance(1000); // 0 calls
  statistics.started();
  statistics.started();
  await clock.advance(1000); // 2 calls: 1 on average
  assert.equal(statistics.averageSinceQuery(), 1);
  statistics.ended();
  await clock.advance(500); // 1 call
  statistics.started();
  await clock.advance(500); // 2 calls: 1.5 on average
  assert.equal(statistics.averageSinceQuery(), 2);
});

test('the maximum falls back to the calls of now', () => {
  const statistics = new Statistics(new SimClock(), 0);
  for (let call = 0; call < 3; call++) statistics.started();
  statistics.ended();
  assert.equal(statistics.maximumSinceQuery(), 3);
  assert.equal(statistics.maximumSinceQuery(), 2);
  assert.equal(statistics.total(), 3);
});

test('calls a second are those of the last 5 s, fraction cut off; their maximum resets to 0', async () => {
  const clock = new SimClock();
  const statistics = new Statistics(clock, 0);
  for (let call = 0; call < 14; call++) statistics.started();
  assert.equal(statistics.callsPerSecondAverage(), 2);
  await clock.advance(5000);
  assert.equal(statistics.callsPerSecondAverage(), 0);
  assert.equal(statistics.callsPerSecondMaximum(), 2);
  assert.equal(statistics.callsPerSecondMaximum(), 0);
});

test('the rate must exceed the limit to refuse', () => {
  const statistics = new Statistics(new SimClock(), 1);
  for (let call = 0; call < 9; call++) statistics.started();
  assert.equal(statistics.isOverRate(), false);
  statistics.started();
  assert.equal(statistics.isOverRate(), true);
  statistics.limit.current = 0;
  assert.equal(statistics.isOverRate(), false);
});
