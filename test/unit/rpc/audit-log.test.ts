import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../../../core/di/index.ts';
import { Counters, silentLog } from '../../../core/runtime/index.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { type AppendLog, memoryStorage } from '../../../core/storage/index.ts';
import { createAuditLog } from '../../../rpc/index.ts';

const entry = (what: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ atUnixMs: 1, caller: 'ann', credential: 'token', source: '192.0.2.1', face: 'json-rpc', what },
  ...{ arguments: '', outcome: 'ok', trace: 't' },
  ...more,
});

function start(log: AppendLog = memoryStorage().appendLog('audit'), keep = 100_000) {
  const clock = new SimClock();
  const counters = new Counters();
  return { clock, counters, log, audit: createAuditLog({ log, clock, counters, logger: silentLog, keep }) };
}

test('entries are numbered on over restarts, and read the newest first {access-control}', async () => {
  const { clock, log, audit } = start();
  for (const what of ['a.x', 'a.y', 'b.z']) audit.record(entry(what));
  await clock.advance(50);
  audit.record(entry('b.z', { caller: 'bob', outcome: 'rpc.forbidden' }));
  await audit.close();
  const again = start(log);
  again.audit.record(entry('login'));
  const ids = async (filter: object) => (await again.audit.list({ limit: 10, ...filter })).map(({ id }) => id);
  assert.deepEqual(await ids({}), [5, 4, 3, 2, 1]);
  assert.deepEqual(await ids({ limit: 2 }), [5, 4]);
  assert.deepEqual(await ids({ before: 4 }), [3, 2, 1]);
  assert.deepEqual(await ids({ caller: 'bob' }), [4]);
  assert.deepEqual(await ids({ what: 'a.*' }), [2, 1]);
  assert.deepEqual(await ids({ failed: true }), [4]);
  assert.deepEqual(await ids({ failed: false, what: 'b.z' }), [3]);
});

test('the log is bounded: the oldest go {access-control}', async () => {
  const { clock, audit } = start(memoryStorage().appendLog('audit'), 100);
  for (let at = 0; at < 50; at++) {
    for (let i = 0; i < 10; i++) audit.record(entry(`m.f${at}`));
    await clock.advance(50);
  }
  const all = await audit.list({ limit: 1000 });
  assert.equal(all[0]?.id, 500);
  assert.ok(all.length >= 100 && all.length <= 110, String(all.length));
});

test('while the storage is away entries wait, bounded, and nothing fails {access-control}', async () => {
  const log = memoryStorage().appendLog('audit');
  let isAway = true;
  const failing: AppendLog = {
    ...log,
    append: (value) => (isAway ? Promise.reject(new Error('the disk is full')) : log.append(value)),
  };
  const { clock, counters, audit } = start(failing);
  for (let i = 0; i < 10_001; i++) audit.record(entry('m.f'));
  await clock.advance(100);
  isAway = false;
  await clock.advance(2000);
  assert.equal((await audit.list({ limit: 1 }))[0]?.id, 10_000);
  assert.equal(counters.counter('callbus_audit_lost_total', '').value({ reason: 'full' }), 1);
});

test('who did what to a call is found by what the arguments name {access-control}', async () => {
  const { audit } = start(memoryStorage().appendLog('audit'));
  audit.record({ ...entry('call.end'), arguments: "call='6f0c2b3d'" });
  audit.record({ ...entry('call.end'), arguments: "call='other'" });
  const found = await audit.list({ limit: 10, naming: ['6f0c2b3d', 'a84b4c76'] });
  assert.deepEqual(
    found.map(({ id }) => id),
    [1],
  );
});
