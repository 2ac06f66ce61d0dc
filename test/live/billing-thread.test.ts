/** The ledger's writes wait in their own thread: the main thread goes on. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realSeams, silentLog } from '../../core/runtime/index.ts';
import { openSqliteStorage } from '../../core/storage/index.ts';
import { openConnection } from '../../core/storage/sqlite-connection.ts';
import { Store } from '../../di-modules/billing/store.ts';

test('a database that another process holds delays the write of the ledger, and nothing else {billing}', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-ledger-'));
  const storage = openSqliteStorage({ path: folder, threads: realSeams({ log: silentLog }).threads });
  const store = new Store(storage.database(join(folder, 'ledger.db')));
  try {
    await store.open();
    const other = openConnection(join(folder, 'ledger.db'));
    other.exec('BEGIN EXCLUSIVE');
    let isWritten = false;
    const entry = { id: 'e', account: 'a', kind: 'credit' as const, amountMicro: 5, atMs: 0, note: '' };
    const written = store.write({ opened: [], records: [], entries: [entry], steadyMs: 0 }).then(() => {
      isWritten = true;
    });
    // The write waits for the lock; the main thread takes turn after turn.
    for (let turn = 0; turn < 10_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isWritten, false);
    other.exec('ROLLBACK');
    other.close();
    await written;
    assert.deepEqual(await store.balances(), [{ account: 'a', balanceMicro: 5 }]);
  } finally {
    await store.close();
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }
});
