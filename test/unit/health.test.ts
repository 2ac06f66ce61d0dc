import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHealth } from '../../core/health.ts';
import { CodedError, SimClock } from '../../core/runtime/index.ts';
import { memoryStorage } from '../../core/storage/index.ts';

const worker = { streams: 0, rooms: 0, relayLines: 0, maxLatenessMs: 0, busyFraction: 0, busy: 0 };

test('readiness names what is wrong: the server, the storage, a media worker {operations}', async () => {
  const clock = new SimClock();
  const storage = memoryStorage();
  let phase: 'starting' | 'ready' | 'draining' = 'starting';
  let refuses = false;
  let isAlive = true;
  let writes = 0;
  let fault: CodedError | null = null;
  const health = createHealth({
    clock,
    storage: {
      ...storage,
      keyValue: () => ({
        ...storage.keyValue('x'),
        set: async () => {
          writes++;
          if (fault !== null) throw fault;
        },
      }),
    },
    media: {
      load: () => ({
        streams: 0,
        rooms: 0,
        relayLines: 0,
        relayedPackets: 0,
        workers: [{ ...worker, alive: isAlive }],
      }),
    },
    phase: () => phase,
    refusesCalls: () => refuses,
  });
  assert.deepEqual(await health(), [{ part: 'server', reason: 'starting' }]);
  phase = 'ready';
  assert.deepEqual([await health(), await health(), writes], [[], [], 1]);
  fault = new CodedError('storage.failed', 'the disk is full');
  isAlive = false;
  refuses = true;
  await clock.advance(5000);
  assert.deepEqual(await health(), [
    { part: 'server', reason: 'new calls are refused (set_shutdownmode)' },
    { part: 'storage', reason: 'the disk is full' },
    { part: 'media', reason: 'worker 0 is dead' },
  ]);
  phase = 'draining';
  assert.deepEqual(await health(), [{ part: 'server', reason: 'draining' }]);
});
