/** The table of detail records at real servers: whatever a caller wrote into its headers, each record once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realThreads } from '../../core/runtime/index.ts';
import { openSqliteStorage } from '../../core/storage/index.ts';
import { SqlTable } from '../../di-modules/billing/outputs/sql-table.ts';
import type { StoredRecord } from '../../di-modules/billing/store.ts';
import { skipWithoutMariaDb, skipWithoutPostgres, startMariaDb, startPostgres } from '../support/sql-servers.ts';
import { someRecord } from '../unit/di-modules/billing/some-record.ts';

const place = { seq: 0, file: '', bytes: 0 };
const hostile = `"O'Neil?" \u{1f600} \0 \ud800 \\ <sip:${'x'.repeat(3000)}@h>`;

const stored = (seq: number, id: string, changes: object = {}): StoredRecord => ({
  seq,
  record: { ...someRecord(id), ...changes },
});

for (const [name, skip, start] of [
  ['PostgreSQL', skipWithoutPostgres(), startPostgres],
  ['MariaDB', skipWithoutMariaDb(), startMariaDb],
] as const) {
  test(`detail records in ${name}: any text, a record that comes again is one row {billing} {sql-servers}`, {
    skip,
    timeout: 800_000,
  }, async () => {
    const server = await start();
    const storage = openSqliteStorage({ path: '/nowhere', threads: realThreads() });
    const database = storage.database(server.url);
    try {
      const table = new SqlTable(database, 'call_record');
      const odd = { from: hostile, to: hostile, ruri: hostile, reason: hostile, data: { text: hostile } };
      const wide = { application: 'ü'.repeat(128), trace: 't'.repeat(300), account: '\u{1f600}'.repeat(64) };
      const records = [
        stored(1, 'a-1', { chargeMicro: 9_000_000_000_000_000 }),
        stored(2, 'b-2', { ...odd, answeredAtMs: null, mos: null }),
        stored(3, 'c-3', wide),
      ];
      assert.equal((await table.deliver(records, place)).seq, 3);
      // After a crash, or in a new process: the last ones come again.
      const again = new SqlTable(database, 'call_record');
      await again.deliver([...records, stored(4, 'd-4')], place);
      const rows = await database.run('SELECT id, charge_micro, answered_at_ms FROM call_record ORDER BY id');
      assert.deepEqual(
        rows.map(({ id }) => id),
        ['a-1', 'b-2', 'c-3', 'd-4'],
      );
      assert.equal(Number(rows[0]?.['charge_micro']), 9_000_000_000_000_000);
      assert.equal(rows[1]?.['answered_at_ms'], null);
      const [kept] = await database.run('SELECT from_value, account FROM call_record WHERE id = ?', ['b-2']);
      assert.match(String(kept?.['from_value']), /^"O'Neil\?" \u{1f600} {2}\ufffd \\ <sip:x{3000}@h>$/u);
    } finally {
      await database.close();
      await storage.close();
      await server.stop();
    }
  });
}
