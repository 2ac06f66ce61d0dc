import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realThreads } from '../../../core/runtime/index.ts';
import { openSqliteStorage } from '../../../core/storage/index.ts';

test('tables of a module’s own: statements with values, rows, faults told apart, there after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-sql-'));
  try {
    const storage = openSqliteStorage({ path: folder, threads: realThreads() });
    const file = join(folder, 'module', 'accounts.db');
    const first = storage.database(file);
    await first.run('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)');
    const outcomes = await Promise.allSettled([
      first.run('INSERT INTO t VALUES (?, ?)', [1, "Robert'); DROP TABLE t;--"]),
      first.run('INSERT INTO nowhere VALUES (1)'),
      first.run('INSERT INTO t VALUES (?, ?)', [2, null]),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    await assert.rejects(first.run('SELECT * FROM nowhere'), { code: 'storage.failed', message: /nowhere/ });
    await first.close();
    await assert.rejects(first.run('SELECT 1'), { code: 'storage.failed' });
    const second = storage.database(file);
    assert.deepEqual(await second.run('SELECT * FROM t ORDER BY id'), [
      { id: 1, name: "Robert'); DROP TABLE t;--" },
      { id: 2, name: null },
    ]);
    await second.close();
    await storage.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
