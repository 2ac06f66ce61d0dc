/** One program, three databases: SQLite, PostgreSQL, MariaDB. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fillDefaults } from '../../core/config/defaults.ts';
import { realThreads, silentLog } from '../../core/runtime/index.ts';
import { openSqliteStorage, type SqlDatabase } from '../../core/storage/index.ts';
import { type DbRegAgentConfig, DbRegAgentConfigSchema } from '../../di-modules/db_reg_agent/config.ts';
import { Tables } from '../../di-modules/db_reg_agent/tables.ts';
import {
  type SqlServer,
  skipWithoutMariaDb,
  skipWithoutPostgres,
  startMariaDb,
  startPostgres,
} from '../support/sql-servers.ts';

const autoKey = {
  sqlite: 'INTEGER PRIMARY KEY',
  postgres: 'SERIAL PRIMARY KEY',
  mysql: 'INTEGER PRIMARY KEY AUTO_INCREMENT',
} as const;

async function walk(database: SqlDatabase): Promise<void> {
  const { dialect } = database;
  await database.run(`CREATE TABLE person (id ${autoKey[dialect]}, name VARCHAR(100), calls BIGINT, score FLOAT)`);
  const returning = dialect === 'postgres' ? ' RETURNING id' : '';
  const first = await database.execute(`INSERT INTO person (name, calls, score) VALUES (?, ?, ?)${returning}`, [
    "O'Neil? ünï \u{1f600}",
    4_503_599_627_370_496,
    0.5,
  ]);
  assert.equal(dialect === 'postgres' ? first.rows[0]?.['id'] : first.insertId, 1);
  await database.run('INSERT INTO person (name, calls) VALUES (?, ?)', [null, 2]);
  assert.deepEqual(await database.run('SELECT id, name, calls, score FROM person WHERE id = ?', [1]), [
    { id: 1, name: "O'Neil? ünï \u{1f600}", calls: 4_503_599_627_370_496, score: 0.5 },
  ]);
  const { affected } = await database.execute('UPDATE person SET calls = calls + 1 WHERE calls < ?', [10]);
  assert.equal(affected, 1);
  const [sum] = await database.run('SELECT COUNT(*) AS n FROM person WHERE name IS NULL');
  assert.equal(sum?.['n'], 1);
  await assert.rejects(database.run('SELEC 1'), /storage|syntax/i);
  await assert.rejects(
    database.run('INSERT INTO person (id) VALUES (1)'),
    (fault: Error) => !/se\?cret/.test(fault.message),
  );
  assert.equal((await database.run('SELECT id FROM person ORDER BY id')).length, 2);
}

/** The tables of db_reg_agent: what is written is read again at the next start. */
async function keepSubscribers(open: () => SqlDatabase): Promise<void> {
  const config = fillDefaults(DbRegAgentConfigSchema, {}) as DbRegAgentConfig;
  const first = new Tables(open(), config, silentLog);
  assert.deepEqual(await first.open(), []);
  for (const id of [1, 2]) {
    first.keepSubscriber({ id, user: `u${id}`, password: 'p?', realm: 'r', contact: '' });
    first.setStatus(id, { status: 1, code: 0, reason: '' });
  }
  const registered = { atMs: 1_700_000_000_000, expiresAtMs: 1_700_003_600_000, contacts: 'sip:u1@h' };
  first.setStatus(1, { status: 2, code: 200, reason: 'OK', registered });
  first.removed(2, 200, 'OK');
  await first.close();
  const second = new Tables(open(), config, silentLog);
  assert.deepEqual(await second.open(), [
    {
      ...{ id: 1, user: 'u1', realm: 'r', password: 'p?', contact: '', status: 2 },
      ...{ expiresAtMs: registered.expiresAtMs, registeredAtMs: registered.atMs },
    },
  ]);
  await second.close();
}

test('SQLite in a file {sql-servers}', { timeout: 800_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-sql-'));
  const storage = openSqliteStorage({ path: folder, threads: realThreads() });
  const database = storage.database(join(folder, 'own.db'));
  try {
    await walk(database);
    await keepSubscribers(() => storage.database(join(folder, 'accounts.db')));
  } finally {
    await database.close();
    await storage.close();
    await rm(folder, { recursive: true });
  }
});

for (const [name, skip, start] of [
  ['PostgreSQL', skipWithoutPostgres(), startPostgres],
  ['MariaDB', skipWithoutMariaDb(), startMariaDb],
] as const) {
  test(`${name}: statements, values, keys; it comes back after the server was away {sql-servers}`, {
    skip,
    timeout: 800_000,
  }, async () => {
    const server: SqlServer = await start();
    const storage = openSqliteStorage({ path: '/nowhere', threads: realThreads() });
    const database = storage.database(server.url);
    try {
      await walk(database);
      await keepSubscribers(() => storage.database(server.url));
      await server.halt();
      await assert.rejects(database.run('SELECT 1'));
      await assert.rejects(database.run('SELECT 1'), (fault: Error) => !/se\?cret/.test(fault.message));
      await server.start();
      assert.equal((await database.run('SELECT id FROM person')).length, 2);
      const wrong = storage.database(server.url.replace(/:se[^@]*@/, ':wrong@'));
      await assert.rejects(wrong.run('SELECT 1'), /callbus@127\.0\.0\.1/);
      await wrong.close();
    } finally {
      await database.close();
      await storage.close();
      await server.stop();
    }
  });
}
