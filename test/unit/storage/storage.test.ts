import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Thread, Threads } from '../../../core/runtime/index.ts';
import { realThreads } from '../../../core/runtime/real-threads.ts';
import { memoryStorage, openSqliteStorage, type Storage } from '../../../core/storage/index.ts';
import { openConnection } from '../../../core/storage/sqlite-connection.ts';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'callbus-storage-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function withSqlite(run: (storage: Storage, path: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'var');
  const storage = openSqliteStorage({ path, threads: realThreads() });
  try {
    await run(storage, path);
  } finally {
    await storage.close();
    folder.remove();
  }
}

async function behaves(storage: Storage): Promise<void> {
  const store = storage.keyValue('t');
  assert.equal(await store.get('a'), undefined);
  await store.set('a', { n: 1 });
  await store.set('b/2', 'two');
  await store.set('b/1', ['one']);
  await store.set('a', { n: 2 });
  assert.deepEqual(await store.get('a'), { n: 2 });
  assert.deepEqual(await store.list('b/'), [
    { key: 'b/1', value: ['one'] },
    { key: 'b/2', value: 'two' },
  ]);
  assert.deepEqual(await storage.keyValue('other').list(), []);
  await store.delete('a');
  assert.equal((await store.list()).length, 2);
  await assert.rejects(store.set('x', undefined), /storage failed/);

  const log = storage.appendLog('l');
  const ids = await Promise.all([1, 2, 3, 4].map((n) => log.append({ n })));
  assert.deepEqual(ids, [1, 2, 3, 4]);
  assert.deepEqual(await log.read(1, 2), [
    { id: 2, value: { n: 2 } },
    { id: 3, value: { n: 3 } },
  ]);
  await log.trim(4);
  assert.equal(await log.append('next'), 5);
  assert.deepEqual(await log.read(0, 10), [{ id: 5, value: 'next' }]);

  const given = storage.appendLog('given');
  assert.equal(await given.lastId(), 0);
  const entries = [10, 20, 30, 1_800_000_000_000_000].map((id) => ({ id, value: String(id) }));
  await given.appendAll(entries);
  await given.appendAll(entries.slice(2));
  assert.deepEqual(await given.read(20, 10), entries.slice(2));
  assert.deepEqual([await given.surplus(4), await given.surplus(1), await given.surplus(9)], [0, 30, 0]);
  await given.trim(await given.surplus(1));
  assert.deepEqual(await given.read(0, 10), entries.slice(3));
  await given.trim(await given.surplus(0));
  assert.equal(await given.lastId(), 1_800_000_000_000_000);
}

test('memory storage keeps keys and logs', () => behaves(memoryStorage()));

test('SQLite storage keeps keys and logs', () => withSqlite(behaves));

test('a storage that is only read creates no file', () =>
  withSqlite(async (storage, path) => {
    assert.equal(await storage.keyValue('t').get('a'), undefined);
    assert.deepEqual(await storage.appendLog('l').read(0, 10), []);
    assert.equal(await storage.appendLog('l').lastId(), 0);
    assert.equal(existsSync(path), false);
  }));

test('what was acknowledged is there after a restart', async () => {
  const folder = temporaryFolder();
  const first = openSqliteStorage({ path: folder.path, threads: realThreads() });
  await Promise.all(Array.from({ length: 500 }, (_, n) => first.appendLog('cdr').append(n)));
  await first.close();
  const second = openSqliteStorage({ path: folder.path, threads: realThreads() });
  assert.equal((await second.appendLog('cdr').read(0, 1000)).length, 500);
  await second.close();
  await assert.rejects(second.keyValue('t').set('a', 1), /closed/);
  folder.remove();
});

test('a thread that dies is an error, not a hang, and the next write starts another', async () => {
  const folder = temporaryFolder();
  const started: Thread[] = [];
  const threads: Threads = {
    start(entry, data) {
      const thread = realThreads().start(entry, data);
      started.push(thread);
      return thread;
    },
  };
  const storage = openSqliteStorage({ path: folder.path, threads });
  const store = storage.keyValue('t');
  await store.set('a', 1);
  const lost = assert.rejects(store.set('a', 2), { code: 'storage.failed' });
  await started[0]?.terminate();
  await lost;
  await store.set('a', 3);
  assert.equal(await store.get('a'), 3);
  assert.equal(started.length, 2);
  await storage.close();
  folder.remove();
});

test('a folder that cannot be made is an error', async () => {
  const storage = openSqliteStorage({ path: '/dev/null/var', threads: realThreads() });
  await assert.rejects(storage.keyValue('t').set('a', 1), { code: 'storage.failed' });
  await storage.close();
});

test('what a killed process left half written is rolled back by the next start', async () => {
  const folder = temporaryFolder();
  const first = openSqliteStorage({ path: folder.path, threads: realThreads() });
  for (let n = 0; n < 50; n++) await first.keyValue('t').set(`k${n}`, 'whole'.repeat(500));
  await first.close();
  // A writer with a cache so small that pages reach the file before the commit; the copy is what a kill would leave.
  const file = join(folder.path, 'callbus.db');
  const writer = openConnection(file);
  writer.exec("PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE key_value SET text = replace(text, 'whole', 'cut')");
  const left = join(folder.path, 'left');
  mkdirSync(left);
  for (const end of ['', '-journal']) copyFileSync(`${file}${end}`, join(left, `callbus.db${end}`));
  writer.close();
  assert.ok(readFileSync(join(left, 'callbus.db')).includes('cutcutcut'), 'the file is half written');
  const second = openSqliteStorage({ path: left, threads: realThreads() });
  const values = await second.keyValue('t').list();
  assert.equal(values.length, 50);
  assert.ok(values.every(({ value }) => value === 'whole'.repeat(500)));
  await second.close();
  folder.remove();
});

test('who exits while the storage writes ends with its own code, and the file is whole', () => {
  const folder = temporaryFolder();
  const child = fileURLToPath(new URL(`./exit-while-writing.child.${extension}`, import.meta.url));
  const node = [...(extension === 'ts' ? ['--import', 'tsx'] : []), child, folder.path];
  const { status, signal, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8' });
  assert.deepEqual({ status, signal, stderr }, { status: 3, signal: null, stderr: '' });
  const connection = openConnection(join(folder.path, 'callbus.db'));
  assert.equal(connection.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
  connection.close();
  folder.remove();
});
