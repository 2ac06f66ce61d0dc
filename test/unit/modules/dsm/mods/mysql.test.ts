/** mod_mysql on SQLite in memory (reference/dsm 5.8, acceptance item 119). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, type SqlDatabase, type SqlDialect } from '../../../../../core/index.ts';
import { binaryLiteral, escapedText } from '../../../../../di-modules/dsm/mods/mysql/escape.ts';
import { mysql } from '../../../../../di-modules/dsm/mods/mysql/index.ts';
import { databasePlace } from '../../../../../di-modules/dsm/mods/mysql/place.ts';
import { modServer, modSession } from './mod-session.ts';

const connect = 'mysql.connect(sqlite:test);';
const table = 'mysql.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)");';
const rows = `mysql.execute("INSERT INTO t (a, b) VALUES ('x', 'y'), ('p', NULL)");`;

test('there are the 16 actions of SEMS, mysql.bind, and two conditions {dsm-modules}', () => {
  assert.equal(mysql.actions.length, 17);
  assert.equal(mysql.conditions.length, 2);
});

for (const [what, list, variables, expected] of [
  ['119 an unquoted comma cuts the query', 'mysql.queryGetResult(SELECT a,b FROM t);', {}, { errno: 'query' }],
  [
    '119 a quoted query works',
    'mysql.queryGetResult("SELECT a,b FROM t");',
    {},
    { errno: '', a: 'x', b: 'y', 'db.rows': '2' },
  ],
  [
    'a row by its number; NULL is empty',
    'mysql.queryGetResult("SELECT a, b FROM t", 1);',
    { b: 'old' },
    { a: 'p', b: '' },
  ],
  ['a row that is not there', 'mysql.queryGetResult("SELECT a FROM t", 2);', {}, { errno: 'result', a: '' }],
  ['a row that is no number', 'mysql.queryGetResult("SELECT a FROM t", x);', {}, { errno: 'arg' }],
  [
    'execute tells rows and the new key',
    'mysql.execute("INSERT INTO t (a) VALUES (\'z\')");',
    {},
    { 'db.rows': '1', 'db.insert_id': '3' },
  ],
  ['changed rows are counted', "mysql.execute(UPDATE t SET a = 'n');", {}, { 'db.rows': '2' }],
  [
    'query keeps, getResult reads',
    'mysql.query(SELECT * FROM t); mysql.getResult(1);',
    {},
    { 'db.rows': '2', id: '2', a: 'p' },
  ],
  ['getResult without a row is the first', 'mysql.query(SELECT * FROM t); mysql.getResult();', {}, { id: '1' }],
  ['one column only', 'mysql.query(SELECT * FROM t); mysql.getResult(0, a);', {}, { a: 'x', id: '' }],
  ['a column that is not there', 'mysql.query(SELECT * FROM t); mysql.getResult(0, c);', {}, { errno: 'result' }],
  [
    'values of variables and parameters',
    "mysql.queryGetResult(SELECT id FROM t WHERE a='$v' AND b='#p');",
    { v: 'x' },
    { id: '1' },
  ],
  [
    'a value is not looked through again',
    'mysql.resolveQueryParams(a=$v;\\$v $no.);',
    { v: '$w', w: 'W' },
    { 'db.qstr': 'a=$w;\\$v ' },
  ],
  ['@ is no select here', 'mysql.resolveQueryParams(a=@user);', {}, { 'db.qstr': 'a=@user' }],
  [
    'escape',
    "mysql.escape($e=$v); mysql.queryGetResult(SELECT '$e' AS r);",
    { v: "O'Neill" },
    { e: "O''Neill", r: "O'Neill" },
  ],
  [
    'bound values are no SQL',
    'mysql.bind($v); mysql.queryGetResult("SELECT ? AS r, 1 AS s");',
    { v: "'; DROP TABLE t; --" },
    { r: "'; DROP TABLE t; --", s: '1' },
  ],
  [
    'bound values are for one statement',
    'mysql.bind(1); mysql.query(SELECT 1); mysql.queryGetResult("SELECT ? AS r");',
    { r: 'old' },
    { r: '' },
  ],
  [
    'results under names',
    'mysql.query(SELECT 1 AS r); mysql.saveResult(one); mysql.query(SELECT 2 AS r); mysql.useResult(one); mysql.getResult();',
    {},
    { r: '1' },
  ],
  ['a result that is not there', 'mysql.useResult(nope);', {}, { errno: 'result' }],
  [
    'hasResult',
    'mysql.query(SELECT 1 WHERE 0); if mysql.hasResult() { set($r=yes); } else { set($r=no); }',
    {},
    { r: 'no' },
  ],
  [
    'connected',
    'if mysql.connected() { set($r=yes); } mysql.disconnect(); if not mysql.connected() { set($s=yes); }',
    {},
    { r: 'yes', s: 'yes' },
  ],
  ['a mistake in SQL is told', 'mysql.execute(SELEKT);', {}, { errno: 'query' }],
  ['the version', 'mysql.getClientVersion($v); if test(len($v) > 3) { set($r=yes); }', {}, { errno: '' }],
] as const) {
  test(`mod_mysql: ${what} {dsm-modules}`, async () => {
    const { run, get, script } = modSession([mysql], modServer(), { variables });
    assert.equal(await run(`${connect} ${table} ${rows}`), '');
    assert.equal(get('errno'), '', get('strerror'));
    assert.equal(await run(list, { p: 'y' }), '');
    for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value, `${name}: ${get('strerror')}`);
    await script.end();
  });
}

for (const [list, errno] of [
  ['mysql.connect();', 'config'],
  ['mysql.connect(sqlite:../x);', 'arg'],
  ['mysql.connect(oracle);', 'arg'],
  ['mysql.disconnect();', 'connection'],
  ['mysql.execute(SELECT 1);', 'connection'],
  ['mysql.getResult();', 'result'],
  ['mysql.escape($x=a);', 'connection'],
  ['mysql.bind(a);', 'connection'],
] as const)
  test(`mod_mysql without a connection: ${list} is errno ${errno} {dsm-modules}`, async () => {
    const { run, get } = modSession([mysql]);
    await run(list);
    assert.equal(get('errno'), errno);
    assert.notEqual(get('db.ereason'), '');
  });

test('files go into a database, to the disk and to the playlist; the marker may be quoted {dsm-modules}', async () => {
  const server = modServer();
  const bytes = Uint8Array.of(0, 39, 92, 255, 36, 35);
  await server.files.write('/in.wav', bytes);
  const { run, get, script } = modSession([mysql], server);
  await run(`${connect} mysql.execute("CREATE TABLE f (n INTEGER PRIMARY KEY, c BLOB)");`);
  await run(`mysql.putFileToDB("INSERT INTO f (c) VALUES ('__FILE__')", /in.wav);`);
  assert.deepEqual([get('errno'), get('db.rows'), get('db.insert_id')], ['', '0', '1']);
  await run('mysql.getFileFromDB(SELECT c FROM f, /data/dsm/out.wav);');
  assert.deepEqual(new Uint8Array(await server.files.read('/data/dsm/out.wav')), bytes);
  await run('mysql.getFileFromDB(SELECT c FROM f, /etc/out.wav);');
  assert.equal(get('errno'), 'file');
  await run('mysql.playDBAudioFront(SELECT c FROM f, message.wav);');
  assert.equal(get('errno'), '', get('strerror'));
  assert.match(script.played[0] ?? '', /^\/data\/dsm\/db-audio\/[0-9a-f]{40}\.wav {"where":"front"}$/);
  await run('mysql.playDBAudio(SELECT c FROM f WHERE 0, message.wav);');
  assert.equal(get('errno'), 'result');
  await run('mysql.putFileToDB(INSERT INTO f (c) VALUES (__FILE__), /nope);');
  assert.equal(get('errno'), 'file');
  await run('mysql.putFileToDB(INSERT INTO f (c) VALUES (NULL), /in.wav);');
  assert.equal(get('errno'), 'arg');
});

test('scripts share a SQLite file; a server gets a connection of each script; all are closed at the end {dsm-modules}', async () => {
  const opened: string[] = [];
  const closed: string[] = [];
  const server = modServer({
    openDatabase: (place) => {
      opened.push(place);
      return fakeDatabase(place.startsWith('postgres') ? 'postgres' : 'sqlite', () => closed.push(place));
    },
  });
  const [first, second] = [modSession([mysql], server), modSession([mysql], server)];
  for (const { run } of [first, second]) await run('mysql.connect(sqlite:a); mysql.connect(sqlite:a);');
  assert.deepEqual([opened, closed], [['a.db', 'a.db'], ['a.db']]);
  await first.run('mysql.connect(postgres://u:p@h/d);');
  await first.script.end();
  await second.script.end();
  assert.deepEqual(closed, ['a.db', 'postgres://u:p@h/d', 'a.db']);
});

test('what the server says is told: connection and statements {dsm-modules}', async () => {
  let fault: CodedError | null = new CodedError('storage.failed', 'mysql://u@h/d: Access denied', {
    cause: Object.assign(new Error('Access denied'), { errno: 1045, sqlState: '28000' }),
  });
  const server = modServer({
    openDatabase: () => ({
      ...fakeDatabase('mysql', () => {}),
      execute: async () => {
        if (fault !== null) throw fault;
        return { rows: [], affected: 0, insertId: null };
      },
      run: async () => {
        if (fault !== null) throw fault;
        return [];
      },
    }),
  });
  const { run, get } = modSession([mysql], server, { variables: { 'config.db_url': 'mysql://u:p@h/d' } });
  await run('mysql.connect();');
  assert.deepEqual(
    [get('errno'), get('db.errno'), get('db.ereason')],
    ['connection', '1045', 'mysql://u@h/d: Access denied'],
  );
  fault = null;
  await run('mysql.connect();');
  assert.equal(get('errno'), '');
  fault = new CodedError('storage.failed', 'gone', { cause: Object.assign(new Error('gone'), { code: 'ECONNRESET' }) });
  await run('mysql.query(SELECT 1);');
  assert.equal(get('errno'), 'connection');
});

for (const [dialect, expected] of [
  ['mysql', 'a\\\'b\\\\c\\0\\n\\"'],
  ['sqlite', "a''b\\c\n\""],
  ['postgres', "a''b\\c\n\""],
] as const)
  test(`a text is escaped as ${dialect} reads it {dsm-modules}`, () =>
    assert.equal(escapedText(dialect, 'a\'b\\c\0\n"'), expected));

test('binary data are a literal of each dialect {dsm-modules}', () => {
  const of = (dialect: SqlDialect) => binaryLiteral(dialect, Uint8Array.of(1, 255));
  assert.deepEqual([of('mysql'), of('sqlite'), of('postgres')], ["x'01ff'", "x'01ff'", "'\\x01ff'::bytea"]);
});

for (const [url, secure, place] of [
  ['sqlite:messages', false, 'messages.db'],
  ['sqlite://m.sqlite', false, 'm.sqlite'],
  ['mysql://user:p#w?d@db.example/calls', false, 'mysql://user:p%23w%3Fd@db.example/calls'],
  ['mysql://user:p%23@db.example:3307/calls', true, 'mysql://user:p%23@db.example:3307/calls?tls=verify'],
  ['postgres://h/d?tls=require', true, 'postgres://h/d?tls=require'],
] as const)
  test(`${url} opens ${place} {dsm-modules}`, () => assert.equal(databasePlace(url, secure), place));

function fakeDatabase(dialect: SqlDialect, onClose: () => void): SqlDatabase {
  const outcome = { rows: [], affected: 0, insertId: null };
  return {
    dialect,
    run: async () => [],
    execute: async () => outcome,
    bytes: async () => null,
    close: async () => onClose(),
  };
}
