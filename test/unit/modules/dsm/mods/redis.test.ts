/** mod_redis without a server: the live test has a real one (reference/dsm 5.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandWords } from '../../../../../di-modules/dsm/mods/redis/command.ts';
import { redis } from '../../../../../di-modules/dsm/mods/redis/index.ts';
import { redisPlace } from '../../../../../di-modules/dsm/mods/redis/place.ts';
import { modServer, modSession } from './mod-session.ts';

for (const [text, words] of [
  ['get a', ['get', 'a']],
  ['  set  a "b \\"c\\" d"', ['set', 'a', 'b "c" d']],
  ["set a 'b c' 100%", ['set', 'a', 'b c', '100%']],
  ['set a ""', ['set', 'a', '']],
  ['set a "b', null],
  ['', []],
] as const)
  test(`redis command: ${text} {dsm-modules}`, () => assert.deepEqual(commandWords(text), words));

for (const [url, expected] of [
  ['redis://tcp:localhost;port=6380', { host: 'localhost', port: 6380, path: '', connectTimeoutMs: 500 }],
  [
    'redis://tcp:h;connect_timeout=900;use_transactions=true',
    { host: 'h', port: 6379, connectTimeoutMs: 900, usesTransactions: true },
  ],
  ['redis://unix:/run/redis.sock;full_logging=true', { path: '/run/redis.sock', logsCommands: true }],
  ['redis://me:pw@h:1/2', { host: 'h', port: 1, user: 'me', password: 'pw', database: 2, shown: 'h:1' }],
] as const)
  test(`redis URL: ${url} {dsm-modules}`, () => {
    const place = redisPlace(url);
    assert.deepEqual({ ...place, ...expected }, place);
  });

for (const [list, errno] of [
  ['redis.connect(redis://tcp:h;shoe_size=44);', 'arg'],
  ['redis.connect(redis://tcp:h;port=0);', 'arg'],
  ['redis.connect(redis://tcp:h;use_transactions=maybe);', 'arg'],
  ['redis.connect();', 'arg'],
  ['redis.disconnect();', 'connection'],
  ['redis.execCommand($x="get a");', 'connection'],
  ['redis.appendCommand(get a);', 'connection'],
  ['redis.getReply($x);', 'connection'],
  ['redis.connect(redis://tcp:127.0.0.1;port=1);', 'connection'],
] as const)
  test(`mod_redis: ${list} is errno ${errno} {dsm-modules}`, async () => {
    const { run, get, script } = modSession([redis], modServer());
    assert.equal(await run(list), '');
    assert.equal(get('errno'), errno, get('strerror'));
    await script.end();
  });
