/** Scripts on real databases: MariaDB, PostgreSQL, SQLite in a file, Redis. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { realThreads } from '../../core/runtime/index.ts';
import { openSqliteStorage, type SqlDatabase } from '../../core/storage/index.ts';
import { mysql } from '../../di-modules/dsm/mods/mysql/index.ts';
import { redis } from '../../di-modules/dsm/mods/redis/index.ts';
import { messagesAreHeardOnce } from '../flows/dsm-messages.ts';
import { freePort } from '../support/free-ports.ts';
import { skipWithout, startPeer } from '../support/peers.ts';
import {
  type SqlServer,
  skipWithoutMariaDb,
  skipWithoutPostgres,
  startMariaDb,
  startPostgres,
} from '../support/sql-servers.ts';
import { modServer, modSession } from '../unit/modules/dsm/mods/mod-session.ts';

async function inFolder(run: (open: (place: string) => SqlDatabase) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-dsm-databases-'));
  const storage = openSqliteStorage({ path: folder, threads: realThreads() });
  try {
    await run((place) => storage.database(place.includes('://') ? place : join(folder, place)));
  } finally {
    await storage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function messages(url: string, place: string): Promise<void> {
  await inFolder(async (open) => {
    const database = open(place);
    try {
      await messagesAreHeardOnce(url, database);
    } finally {
      await database.close();
    }
  });
}

/** What a caller said is a text in every dialect; files come back as they went in. */
async function texts(url: string): Promise<void> {
  await inFolder(async (openDatabase) => {
    const server = modServer({ openDatabase });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await server.files.write('/in.bin', bytes);
    const hostile = "O'Neill\\'\"; DROP TABLE t; -- ? % \n é";
    const { run, get, script } = modSession([mysql], server, { variables: { v: hostile, url } });
    const binary = url.startsWith('mysql') ? 'LONGBLOB' : url.startsWith('postgres') ? 'BYTEA' : 'BLOB';
    await run(`mysql.connect($url); mysql.execute("CREATE TABLE t (a VARCHAR(200), b ${binary})");`);
    assert.equal(get('errno'), '', get('strerror'));
    await run(`mysql.escape($e=$v); mysql.execute("INSERT INTO t (a) VALUES ('$e')");`);
    assert.deepEqual([get('errno'), get('db.rows')], ['', '1'], get('strerror'));
    await run('mysql.bind($v); mysql.queryGetResult("SELECT count(*) AS n, max(a) AS a FROM t WHERE a = ?");');
    assert.deepEqual([get('n'), get('a')], ['1', hostile], get('strerror'));
    await run(`mysql.putFileToDB("UPDATE t SET b = '__FILE__'", /in.bin);`);
    assert.equal(get('errno'), '', get('strerror'));
    await run('mysql.getFileFromDB(SELECT b FROM t, /data/dsm/out.bin);');
    assert.deepEqual(new Uint8Array(await server.files.read('/data/dsm/out.bin')), bytes);
    await run('mysql.queryGetResult(SELECT a,b FROM t);');
    assert.equal(get('errno'), 'query');
    await run('mysql.getClientVersion(version);');
    assert.match(get('version'), /\d+\.\d+/);
    await script.end();
  });
}

async function refusedPassword(server: SqlServer): Promise<void> {
  await inFolder(async (openDatabase) => {
    const url = server.url.replace(/:[^:@/]*@/, ':wrong@');
    const { run, get } = modSession([mysql], modServer({ openDatabase }), { variables: { url } });
    await run('mysql.connect($url);');
    assert.equal(get('errno'), 'connection');
    assert.notEqual(get('db.errno'), '');
  });
}

for (const [name, skip, start] of [
  ['MariaDB', skipWithoutMariaDb(), startMariaDb],
  ['PostgreSQL', skipWithoutPostgres(), startPostgres],
] as const)
  test(`mod_mysql on ${name}: messages, texts, files, a wrong password {dsm-modules}`, { skip }, async () => {
    const server = await start();
    try {
      await messages(server.url, server.url);
      await texts(server.url);
      await refusedPassword(server);
    } finally {
      await server.stop();
    }
  });

test('mod_mysql on SQLite in a file: messages, texts, files {dsm-modules}', async () => {
  await messages('sqlite:messages', 'messages.db');
  await texts('sqlite:texts');
});

test('mod_redis on a real Redis: commands, arrays, appended commands, transactions, a lost server {dsm-modules}', {
  skip: skipWithout('redis-server'),
}, async () => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'callbus-redis-'));
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const peer = startPeer('redis-server', options, { limitMs: 60_000 });
  const { run, get, script } = modSession([redis], modServer(), { variables: { text: 'a "b" c', n: '5' } });
  try {
    await peer.shows(/Ready to accept connections/, 20_000);
    const url = `redis://tcp:127.0.0.1;port=${port};connect_timeout=2000`;
    await run(`redis.connect(${url}); redis.execCommand($r="SET k$n v"); redis.execCommand($s="GET k$n");`);
    assert.deepEqual([get('errno'), get('r'), get('s')], ['', 'OK', 'v'], get('strerror'));
    await run(`redis.bind($text); redis.execCommand($r="SET t"); redis.execCommand($s=GET t);`);
    assert.equal(get('s'), 'a "b" c');
    await run('redis.execCommand($r=GET nothing); redis.execCommand($s=INCR n);');
    assert.deepEqual([get('r'), get('s')], ['nil', '1']);
    await run('redis.execCommand($r="RPUSH l a b"); redis.execCommand($l="LRANGE l 0 -1");');
    assert.deepEqual([get('l[0]'), get('l[1]')], ['a', 'b']);
    await run('redis.execCommand($r="EVAL \'return {1,{2,3}}\' 0");');
    assert.deepEqual([get('r[0]'), get('r[1][1]')], ['1', '3'], get('strerror'));
    await run('redis.appendCommand("SET x 1"); redis.appendCommand("GET x"); redis.appendCommand("LPOP x");');
    await run('redis.getReply($r); redis.getReply($s);');
    assert.deepEqual([get('r'), get('s'), get('errno')], ['OK', '1', '']);
    await run('redis.getReply($r);');
    assert.equal(get('errno'), 'write');
    await run('redis.getReply($r);');
    assert.equal(get('errno'), 'read');
    await run('redis.execCommand($r="NOSUCH a");');
    assert.equal(get('errno'), 'write');
    await run('redis.execCommand($r="SUBSCRIBE a");');
    assert.equal(get('errno'), 'write');
    await run(
      `redis.connect("${url};use_transactions=true"); redis.appendCommand(INCR n); redis.appendCommand(GET n);`,
    );
    await run('redis.getReply($r); redis.getReply($s);');
    assert.deepEqual([get('r'), get('s'), get('errno')], ['2', '2', ''], get('strerror'));
    await peer.stop();
    await run('redis.execCommand($r=GET n);');
    assert.equal(get('errno'), 'connection');
    await script.end();
  } finally {
    await script.end();
    await peer.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
