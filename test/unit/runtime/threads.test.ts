import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation, realThreads, type Thread } from '../../../core/runtime/index.ts';

const entry = new URL(import.meta.url.replace('threads.test', 'thread-sample'));
const start = (): Thread => realThreads().start(entry, { greeting: 'hello' });
const message = (thread: Thread): Promise<unknown> =>
  new Promise((resolve) => {
    thread.onMessage = resolve;
  });
const exit = (thread: Thread): Promise<Error | null> =>
  new Promise((resolve) => {
    thread.onExit = resolve;
  });

test('a thread starts from TypeScript source, gets its start value and answers', async () => {
  const thread = start();
  const answer = message(thread);
  thread.post({ say: 'world' });
  assert.equal(await answer, 'hello world');
  const ended = exit(thread);
  await thread.terminate();
  assert.equal(await ended, null);
});

test('a thread that throws ends with that fault, one that leaves ends with none', async () => {
  const failing = start();
  const fault = exit(failing);
  failing.post({ say: 'fail' });
  assert.match(String(await fault), /as you wish/);
  const leaving = start();
  const clean = exit(leaving);
  leaving.post({ say: 'leave' });
  assert.equal(await clean, null);
});

test('simulated time has no threads and says so', () => {
  const { seams } = createSimulation({ seed: 1 }).host('10.0.0.1');
  assert.throws(() => seams.threads.start(entry, null), /no threads in simulated time \(media\.workers must be 0\)/);
});
