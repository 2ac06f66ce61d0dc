/**
 * The tables of the ledger. One INSERT into the view `batch` writes everything that came together: its trigger is one
 * statement, so all of it is on disk or none. The balance of an account is kept by a trigger of its entries, in the
 * same transaction; entries cannot be changed or deleted.
 *
 *   batch ─┬─ open_call   calls without a record yet
 *          ├─ record ───── entry (what it costs) ─── account (sum of its entries)
 *          ├─ entry        charges and credits of the functions
 *          └─ heartbeat    until when the open calls are known to have lived
 */
export const ledgerTables: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS open_call (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), steady_ms INTEGER NOT NULL)',
  'CREATE TABLE IF NOT EXISTS record (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT, ended_at_ms INTEGER NOT NULL, charge_micro INTEGER NOT NULL, json TEXT NOT NULL)',
  'CREATE INDEX IF NOT EXISTS record_account ON record (account, seq)',
  'CREATE INDEX IF NOT EXISTS record_ended ON record (ended_at_ms)',
  'CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, kind TEXT NOT NULL, amount_micro INTEGER NOT NULL, at_ms INTEGER NOT NULL, note TEXT NOT NULL)',
  'CREATE INDEX IF NOT EXISTS entry_account ON entry (account, seq)',
  'CREATE TABLE IF NOT EXISTS account (account TEXT PRIMARY KEY, balance_micro INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS account_limit (account TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS output (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE VIEW IF NOT EXISTS batch AS SELECT NULL AS opened, NULL AS records, NULL AS entries, NULL AS steady_ms',
  `CREATE TRIGGER IF NOT EXISTS batch_written INSTEAD OF INSERT ON batch BEGIN
     INSERT INTO open_call SELECT value ->> 'id', value FROM json_each(NEW.opened)
       WHERE NOT EXISTS (SELECT 1 FROM record WHERE record.id = value ->> 'id')
       ON CONFLICT (id) DO UPDATE SET json = excluded.json;
     INSERT OR IGNORE INTO record (id, account, ended_at_ms, charge_micro, json)
       SELECT value ->> 'id', value ->> 'account', value ->> 'endedAtMs', value ->> 'chargeMicro', value FROM json_each(NEW.records);
     DELETE FROM open_call WHERE id IN (SELECT id FROM record WHERE id IN (SELECT value ->> 'id' FROM json_each(NEW.records)));
     INSERT OR IGNORE INTO entry (id, account, kind, amount_micro, at_ms, note)
       SELECT value ->> 'id', value ->> 'account', value ->> 'kind', value ->> 'amountMicro', value ->> 'atMs', value ->> 'note' FROM json_each(NEW.entries);
     INSERT INTO heartbeat VALUES (1, NEW.steady_ms) ON CONFLICT (one) DO UPDATE SET steady_ms = excluded.steady_ms;
   END`,
  `CREATE TRIGGER IF NOT EXISTS record_charged AFTER INSERT ON record WHEN NEW.account IS NOT NULL AND NEW.charge_micro <> 0 BEGIN
     INSERT INTO entry (id, account, kind, amount_micro, at_ms, note) VALUES (NEW.id, NEW.account, 'call', -NEW.charge_micro, NEW.ended_at_ms, '');
   END`,
  `CREATE TRIGGER IF NOT EXISTS entry_counted AFTER INSERT ON entry BEGIN
     INSERT INTO account VALUES (NEW.account, NEW.amount_micro) ON CONFLICT (account) DO UPDATE SET balance_micro = balance_micro + excluded.balance_micro;
   END`,
  "CREATE TRIGGER IF NOT EXISTS entry_kept BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
  "CREATE TRIGGER IF NOT EXISTS entry_not_deleted BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
];
