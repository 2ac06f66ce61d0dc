/**
 * Two hours of a conference of three in seconds of real time, the same to the byte whenever it is
 * run, and repeated from its journal without the callers.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

test('a two-hour conference of three: twice the same, and once more from its journal {simulated-time}', async () => {
  const worker = new Worker(new URL(import.meta.url.replace(/\.test\.(ts|js)$/, '.$1')));
  const [outcome] = await once(worker, 'message');
  assert.equal(outcome, 'the same');
  await worker.terminate();
});
