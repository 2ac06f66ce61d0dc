import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../../support/free-ports.ts';
import { findProgram, skipWithout, startPeer } from '../../support/peers.ts';

const node = (script: string, limitMs = 10_000) => startPeer(process.execPath, ['-e', script], { limitMs });

test('a peer shows its output, takes input and ends with its code', async () => {
  const peer = node('process.stdin.once("data", (text) => { console.log("got " + text); process.exit(3) })');
  peer.write('hello');
  const [, word] = await peer.shows(/got (\w+)/);
  assert.equal(word, 'hello');
  assert.deepEqual(await peer.ended, { code: 3, signal: null, timedOut: false });
});

test('a peer that ends without showing it is told with its output', async () => {
  const peer = node('console.error("no such option")');
  await assert.rejects(peer.shows(/ready/), /ended before it showed \/ready\/:\nno such option/);
});

test('a peer is stopped when its time is over, and by stop()', async () => {
  const endless = 'setInterval(() => {}, 1000)';
  assert.equal((await node(endless, 300).ended).timedOut, true);
  const { signal, timedOut } = await node(endless).stop();
  assert.deepEqual([signal, timedOut], ['SIGTERM', false]);
});

test('a program that is not there is a reason to skip', () => {
  assert.equal(skipWithout('no-such-program-here', 'sh'), 'not installed: no-such-program-here');
  assert.notEqual(findProgram('sh'), null);
});

test('free ports are even', async () => {
  assert.equal((await freePort()) % 2, 0);
});
