import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A conference of so many simulated minutes, as `long-conference.ts` tells. @throws what it throws. */
export async function conferenceTwice(minutes: number): Promise<void> {
  const entry = import.meta.url.endsWith('.ts') ? './long-conference.ts' : './long-conference.js';
  const worker = new Worker(new URL(entry, import.meta.url), { workerData: { minutes } });
  const [outcome] = await once(worker, 'message');
  assert.equal(outcome, 'the same');
  await worker.terminate();
}
