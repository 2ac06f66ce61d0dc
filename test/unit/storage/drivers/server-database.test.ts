import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../../core/runtime/index.ts';
import type { SqlConnection } from '../../../../core/storage/drivers/connection.ts';
import { openServerDatabase } from '../../../../core/storage/drivers/server-database.ts';
import { parseSqlServer } from '../../../../core/storage/drivers/server-url.ts';

const url = 'postgres://anna:pa%3Fss@db.example.org:5433/bill%20ing?tls=verify';

test('a URL names server, user, password, database and encryption {sql-servers}', () => {
  const { shown, ...server } = parseSqlServer(url);
  assert.deepEqual(server, {
    dialect: 'postgres',
    host: 'db.example.org',
    port: 5433,
    user: 'anna',
    password: 'pa?ss',
    name: 'bill ing',
    tls: 'verify',
  });
  assert.ok(!shown.includes('pa?ss') && !shown.includes('pa%3Fss'));
  assert.equal(parseSqlServer('mysql://u@[::1]/x').host, '::1');
  assert.equal(parseSqlServer('mariadb://u@h/x').port, 3306);
});

for (const bad of [
  'postgres://',
  'oracle://u:pw9@h/x',
  'mysql://u:pw9@h',
  'mysql://u:pw9@h/x?tls=perhaps',
  'not a url',
]) {
  test(`${bad} is refused without showing the password {sql-servers}`, () => {
    assert.throws(
      () => parseSqlServer(bad),
      (fault) => fault instanceof CodedError && fault.code === 'storage.failed' && !fault.message.includes('pw9'),
    );
  });
}

/** A connection whose statements the test answers. */
function fakeServer() {
  const log: string[] = [];
  const state = { lost: false, fail: null as Error | null, refuse: null as Error | null };
  const connect = async (): Promise<SqlConnection> => {
    log.push('connect');
    if (state.refuse !== null) throw state.refuse;
    state.lost = false;
    return {
      get isLost() {
        return state.lost;
      },
      async execute(sql) {
        log.push(sql);
        await null;
        if (state.fail !== null) throw state.fail;
        return { rows: [{ sql }], affected: 1, insertId: null };
      },
      bytes: async () => null,
      close: async () => void log.push('close'),
    };
  };
  return { log, state, database: openServerDatabase(url, connect) };
}

test('nothing is connected before the first statement; statements run one after the other {sql-servers}', async () => {
  const { database, log } = fakeServer();
  assert.deepEqual(log, []);
  await Promise.all([database.run('a'), database.run('b'), database.run('c')]);
  await database.close();
  assert.deepEqual(log, ['connect', 'a', 'b', 'c', 'close']);
});

test('a lost connection is opened again by the next statement {sql-servers}', async () => {
  const { database, log, state } = fakeServer();
  await database.run('a');
  state.lost = true;
  assert.deepEqual(await database.run('b'), [{ sql: 'b' }]);
  assert.deepEqual(log, ['connect', 'a', 'connect', 'b']);
});

test('a server that is away fails the statement, not the ones after it came back {sql-servers}', async () => {
  const { database, state } = fakeServer();
  state.refuse = new Error('connect ECONNREFUSED with pa?ss');
  await assert.rejects(database.run('a'), (fault) => {
    assert.ok(fault instanceof CodedError && fault.code === 'storage.failed');
    assert.match(fault.message, /postgres:\/\/anna@db\.example\.org:5433\/.*ECONNREFUSED/);
    assert.ok(!fault.message.includes('pa?ss'));
    return true;
  });
  state.refuse = null;
  assert.deepEqual(await database.run('b'), [{ sql: 'b' }]);
});

test('a statement that the server refuses harms no other {sql-servers}', async () => {
  const { database, state } = fakeServer();
  state.fail = new Error('syntax error at "FORM"');
  const bad = database.run('SELECT 1 FORM x');
  await assert.rejects(bad, /syntax error at "FORM"/);
  state.fail = null;
  assert.equal((await database.execute('b')).affected, 1);
});

test('a driver that is not installed is told with the line that installs it {sql-servers}', async () => {
  const missing = Object.assign(new Error("Cannot find package 'pg'"), { code: 'ERR_MODULE_NOT_FOUND' });
  const { database, state } = fakeServer();
  state.refuse = missing;
  await assert.rejects(database.run('a'), (fault) => {
    assert.ok(fault instanceof CodedError && fault.code === 'storage.driverMissing');
    assert.match(fault.message, /npm install pg@\d/);
    return true;
  });
});

test('after close nothing runs {sql-servers}', async () => {
  const { database } = fakeServer();
  await database.close();
  await assert.rejects(database.run('a'), /closed/);
});
