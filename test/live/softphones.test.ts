/**
 * The main job with peers that are not ours: two SIPp callers that play G.711 and a baresip that
 * records, in one conference over real sockets, controlled over both wires.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { packageFile } from '../../core/runtime/index.ts';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { freePort } from '../support/free-ports.ts';
import { encodeG711 } from '../support/g711.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';
import { levelAt } from '../support/tones.ts';

const room = '7001';
const pin = '4321';
const config = {
  routing: [{ match: '^sip:7', application: 'webconference' }],
  modules: { webconference: { direct_room_re: '^7' }, conference: {}, monitoring: {}, di_dial: {}, echo: {} },
};

test('two SIPp callers and a baresip hear each other, one is muted, one kicked, a fourth dialled {live-conference} {interop-sipp} {interop-baresip}', {
  skip: skipWithout('sipp', 'baresip'),
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config });
  const peers: Peer[] = [];
  try {
    const [ann, bob] = await Promise.all([speaker(server, 'ann', 620), speaker(server, 'bob', 850)]);
    peers.push(ann, bob);
    await present(server, 2);
    const listener = await listening(server, 440);
    peers.push(listener.peer);
    await present(server, 3);
    await pause(4000); // the beeps of the joins are over, and there is something to hear
    const heardAll = await listener.heardMs();

    const muted = await tagOf(server, 'ann@');
    assert.deepEqual((await reply(server, 'webconference.mute', room, pin, muted)).slice(0, 2), [0, 'OK']);
    await pause(2500);
    const heardBob = await listener.heardMs();

    assert.deepEqual(
      (await reply(server, 'webconference.kickout', room, pin, await tagOf(server, 'bob@'))).slice(0, 2),
      [0, 'OK'],
    );
    assert.equal((await bob.ended).code, 0, bob.output());
    await pause(2500);
    const heardNobody = await listener.heardMs();

    const port = await freePort();
    const callee = startPeer(
      'sipp',
      ['-sn', 'uas', '-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-m', '1', '-nostdin'],
      { limitMs: 30_000 },
    );
    peers.push(callee);
    await pause(500);
    const [code, text, tag] = await reply(
      server,
      'webconference.dialout',
      room,
      pin,
      'carol',
      'desk',
      `127.0.0.1:${port}`,
      '',
      '',
    );
    assert.deepEqual([code, text], [0, 'OK']);
    await present(server, 3);
    const [record] = (await server.rpc('monitoring.get', [tag])) as [Record<string, unknown>];
    assert.equal(record['dir'], 'out');
    assert.match(String(record['ruri']), /^sip:carol@127\.0\.0\.1:/);

    const [deleted] = await reply(server, 'webconference.roomDelete', room, pin);
    assert.equal(deleted, 0);
    assert.equal((await ann.ended).code, 0, ann.output());
    assert.equal((await callee.ended).code, 0, callee.output());
    await listener.peer.stop();
    await noCallLeft(server);

    const heard = await listener.recording();
    const part = (untilMs: number): Int16Array =>
      heard.subarray(Math.max(0, (untilMs - 1200) * 8), (untilMs - 200) * 8);
    expectHeard(part(heardAll), { 620: true, 850: true, 440: false });
    expectHeard(part(heardBob), { 620: false, 850: true, 440: false });
    expectHeard(part(heardNobody), { 620: false, 850: false, 440: false });
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    await server.stop();
  }
});

function expectHeard(samples: Int16Array, expected: Readonly<Record<number, boolean>>): void {
  for (const [hz, isHeard] of Object.entries(expected)) {
    const level = levelAt(samples, Number(hz));
    assert.equal(level > 1000, isHeard, `${hz} Hz has level ${level.toFixed(0)} of ${samples.length} samples`);
  }
}

async function reply(server: LiveServer, method: string, ...params: readonly unknown[]): Promise<readonly unknown[]> {
  const value = await server.rpc(method, params);
  assert.ok(Array.isArray(value), `${method} gave ${JSON.stringify(value)}`);
  return value;
}

async function participants(server: LiveServer): Promise<readonly unknown[][]> {
  const [, , list] = await reply(server, 'webconference.roomInfo', room, pin);
  return list as unknown[][];
}

/** Waits until the room has that many connected participants. */
async function present(server: LiveServer, count: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const list = await participants(server);
    if (list.filter((row) => row[2] === 3).length === count) return;
    await pause(100);
  }
  assert.fail(`not ${count} participants: ${JSON.stringify(await participants(server))}`);
}

async function tagOf(server: LiveServer, who: string): Promise<string> {
  const row = (await participants(server)).find((entry) => String(entry[1]).includes(who));
  assert.ok(row !== undefined, `${who} is not in the room`);
  return String(row[0]);
}

async function noCallLeft(server: LiveServer): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if ((await server.rpc('calls')) === 0) return;
    await pause(100);
  }
  assert.equal(await server.rpc('calls'), 0);
}

/** A SIPp that calls the room and plays a tone as G.711 µ-law until it gets a BYE. */
async function speaker(server: LiveServer, name: string, hz: number): Promise<Peer> {
  const folder = join(server.folder, name);
  await mkdir(folder);
  await writeFile(join(folder, 'tone.ul'), encodeG711('PCMU', sine(hz, 20)));
  const [port, mediaPort] = [await freePort(), await freePort()];
  const scenario = packageFile('test/live/sipp/speak-until-bye.xml');
  return startPeer(
    'sipp',
    [
      '-sf',
      scenario,
      '-s',
      room,
      '-key',
      'caller',
      name,
      '-i',
      '127.0.0.1',
      '-p',
      String(port),
      '-mi',
      '127.0.0.1',
      '-mp',
      String(mediaPort),
      '-m',
      '1',
      '-nostdin',
      `127.0.0.1:${server.sipPort}`,
    ],
    { limitMs: 45_000, cwd: folder },
  );
}

/** A baresip that calls the room, plays a tone and records what it hears. */
async function listening(server: LiveServer, hz: number): Promise<Baresip> {
  const phone = await startBaresip(server.folder, sine(hz, 30), [`/dial sip:${room}@127.0.0.1:${server.sipPort}`]);
  await phone.peer.shows(/Call established/, 10_000);
  return phone;
}

function sine(hz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: 8000 * seconds }, (_, i) => 8000 * Math.sin((2 * Math.PI * hz * i) / 8000));
}
