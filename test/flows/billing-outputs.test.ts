/** Records beside the storage: files, tables, webhooks; what fails, and what a crash leaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStorage } from '../../core/storage/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import type { World } from '../support/world.ts';
import { billingWorld, failingStorage } from './billing-world.ts';

const jsonl = { outputs: [{ type: 'jsonl', name: 'cdr', folder: '/cdr' }] };
const text = async (w: World, path: string): Promise<string> => Buffer.from(await w.files.read(path)).toString();
const idsOf = (lines: string): string[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
const day = (w: World): string => new Date(w.clock.unixMs()).toISOString().slice(0, 10);

test('CSV and JSON lines have each record once, whole, and begin a new file by size and by day {billing}', async () => {
  const it = await billingWorld({
    outputs: [
      { type: 'csv', name: 'table', folder: '/cdr', maxBytes: 1000 },
      { type: 'jsonl', name: 'cdr', folder: '/cdr' },
    ],
  });
  const today = day(it.w);
  for (let each = 0; each < 4; each++) await it.talks({ account: `say "${each}", please` }, 1);
  const [header = '', line = ''] = (await text(it.w, `/cdr/table-${today}.csv`)).split('\r\n');
  assert.match(header, /^id,call_tag,trace_id,.*,charge_micro,/);
  assert.match(line, /,"say ""0"", please",/);
  const more = await text(it.w, `/cdr/table-${today}.1.csv`);
  assert.ok(more.startsWith(header) && more.length > header.length);
  await it.w.advance(86_400_000);
  await it.talks({}, 1);
  const ids = (await it.records()).map(({ id }) => id);
  assert.deepEqual(idsOf(await text(it.w, `/cdr/cdr-${today}.jsonl`)), ids.slice(0, 4));
  assert.deepEqual(idsOf(await text(it.w, `/cdr/cdr-${day(it.w)}.jsonl`)), ids.slice(4));
  await assertNothingLeft(it.w);
});

test('what a crash left behind the last counted line is cut off: no half line, none twice {billing}', async () => {
  const memory = memoryStorage();
  const it = await billingWorld(jsonl, { storage: failingStorage(memory) });
  await it.talks({}, 1);
  const path = `/cdr/cdr-${day(it.w)}.jsonl`;
  const whole = await text(it.w, path);
  await it.w.stop();
  const next = await billingWorld(jsonl, {
    storage: failingStorage(memory),
    seed: 2,
    files: { [path]: Buffer.from(`${whole}{"id":"half a li`) },
  });
  await next.talks({}, 1);
  const ids = (await next.records()).map(({ id }) => id);
  assert.equal(ids.length, 2);
  assert.deepEqual(idsOf(await text(next.w, `/cdr/cdr-${day(next.w)}.jsonl`)).slice(-ids.length), ids);
  await assertNothingLeft(next.w);
});

test('a disk that is full keeps nothing from the others, and gets everything when it has room again {billing}', async () => {
  const it = await billingWorld({ outputs: [...jsonl.outputs, { type: 'sql', name: 'table', url: 'copy.db' }] });
  const { files } = it.w;
  const append = files.append.bind(files);
  files.append = async (path, bytes) => {
    if (!path.startsWith('/cdr')) return append(path, bytes);
    await append(path, bytes.subarray(0, 20));
    throw new Error('no space left on device');
  };
  for (let each = 0; each < 3; each++) await it.talks({}, 1);
  assert.equal((await it.storage.database('copy.db').run('SELECT id FROM call_record')).length, 3);
  assert.match(JSON.stringify(await it.w.invoke('billing.outputs')), /"output":"cdr","cursor":0,"reason":"[^"]/);
  files.append = append;
  await it.w.advance(60_000);
  const ids = (await it.records()).map(({ id }) => id);
  assert.deepEqual(idsOf(await text(it.w, `/cdr/cdr-${day(it.w)}.jsonl`)), ids);
  assert.deepEqual(
    it.w.eventsOf('billing.output').map(({ payload }) => [payload['output'], payload['state']]),
    [
      ['cdr', 'failing'],
      ['cdr', 'working'],
    ],
  );
  await assertNothingLeft(it.w);
});

test('lines whose place could not be stored are written once {billing}', async () => {
  const storage = failingStorage();
  const it = await billingWorld(jsonl, { storage });
  await it.talks({}, 1);
  const { files } = it.w;
  const append = files.append.bind(files);
  files.append = async (path, bytes) => {
    await append(path, bytes);
    // The disk goes after the lines are there, before they are counted.
    if (path.startsWith('/cdr')) storage.failing = 'ledger.db';
  };
  await it.talks({}, 1);
  files.append = append;
  storage.failing = null;
  await it.w.advance(61_000);
  const ids = (await it.records()).map(({ id }) => id);
  assert.deepEqual(idsOf(await text(it.w, `/cdr/cdr-${day(it.w)}.jsonl`)), ids);
  assert.equal(ids.length, 2);
  await assertNothingLeft(it.w);
});

test('a database that is away for an hour gets what it missed, once {billing}', async () => {
  const storage = failingStorage();
  const it = await billingWorld({ outputs: [{ type: 'sql', name: 'table', url: 'copy.db' }] }, { storage });
  await storage.database('copy.db').run('SELECT 1'); // it is made outside simulated time
  storage.failing = 'copy.db';
  await it.talks({ account: 'a' }, 1);
  await it.w.advance(3_600_000);
  await it.talks({ account: 'b' }, 2);
  storage.failing = null;
  await it.w.advance(61_000);
  const rows = await storage.database('copy.db').run('SELECT id, account FROM call_record ORDER BY ended_at_ms');
  assert.deepEqual(
    rows.map(({ account }) => account),
    ['a', 'b'],
  );
  await assertNothingLeft(it.w);
});
