import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, equalSecrets, SecretAttempts, SimClock } from '../../../core/runtime/index.ts';

const isLocked = (fault: unknown) => fault instanceof CodedError && fault.code === 'rpc.tooManyRequests';

test('secrets of any length are compared', () => {
  assert.equal(equalSecrets('a', 'a'), true);
  assert.equal(equalSecrets('a', 'ab'), false);
  assert.equal(equalSecrets('', ''), true);
});

test('a source is locked out after its wrong tries in a row, and only for a while', async () => {
  const clock = new SimClock();
  const attempts = new SecretAttempts(clock, { maxFailures: 2, lockMs: 1000 });
  assert.equal(attempts.check('a', 'x', 'pin'), false);
  assert.equal(attempts.check('a', 'pin', 'pin'), true);
  assert.equal(attempts.check('a', 'x', 'pin'), false);
  assert.equal(attempts.check('a', 'x', 'pin'), false);
  assert.throws(() => attempts.check('a', 'pin', 'pin'), isLocked);
  assert.equal(attempts.check('b', 'pin', 'pin'), true);
  await clock.advance(1000);
  assert.equal(attempts.check('a', 'pin', 'pin'), true);
});

test('the memory of failures is bounded', () => {
  const attempts = new SecretAttempts(new SimClock(), { maxFailures: 1, lockMs: 1000, maxSources: 1 });
  attempts.check('a', 'x', 'pin');
  attempts.check('b', 'x', 'pin');
  assert.equal(attempts.check('a', 'pin', 'pin'), true);
  assert.throws(() => attempts.check('b', 'pin', 'pin'), isLocked);
});
