/** linphone's command line as a phone: its own stack, its own media, hold and transfers as its users press them. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeWav, encodeWav, resample } from '../../core/media/index.ts';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { type Peer, skipWithout, startPeer } from '../support/peers.ts';
import { levelAt } from '../support/tones.ts';

const skip = skipWithout('linphonec');
/** linphone's Refer-To loses the port of the address that it called: a server at 5060, on a loopback address of its own. */
const address = `127.51.${(process.pid >> 8) & 255}.${(process.pid % 254) + 1}`;
const toneHz = 700;
/** What a phone says that was called: another tone than the caller's. */
const otherHz = 1100;

interface Linphone {
  readonly peer: Peer;
  readonly sipPort: number;
  /** Types a command. */
  type(command: string): void;
  /** What it heard so far, at 8 kHz. */
  heard(): Promise<Int16Array>;
}

/** A linphonec that plays a tone into its calls and records what it hears, on loopback only. */
async function startLinphone(
  server: LiveServer,
  name: string,
  hz = toneHz,
  settings: readonly string[] = [],
): Promise<Linphone> {
  const folder = join(server.folder, name);
  await mkdir(join(folder, '.local/share/linphone'), { recursive: true });
  const [sipPort, mediaPort] = [await freePort(), await freePort()];
  const samples = Int16Array.from({ length: 8000 * 30 }, (_, i) => 8000 * Math.sin((2 * Math.PI * hz * i) / 8000));
  await writeFile(join(folder, 'says.wav'), encodeWav({ sampleRateHz: 8000, samples }));
  await writeFile(
    join(folder, 'config'),
    [
      '[sip]',
      `sip_port=${sipPort}`,
      `sip_tcp_port=${sipPort}`,
      'sip_tls_port=-1',
      'use_ipv6=0',
      'bind_address=127.0.0.1',
      `contact="${name}" <sip:${name}@127.0.0.1>`,
      'guess_hostname=0',
      ...settings,
      '[rtp]',
      `audio_rtp_port=${mediaPort}`,
      'bind_address=127.0.0.1',
      '',
    ].join('\n'),
  );
  const peer = startPeer('linphonec', ['-c', join(folder, 'config')], {
    limitMs: 40_000,
    environment: { HOME: folder },
  });
  const type = (command: string): void => peer.write(`${command}\n`);
  await peer.shows(/linphonec>/, 10_000);
  type('soundcard use files');
  await peer.shows(/Using wav files/);
  type(`play ${join(folder, 'says.wav')}`);
  type(`record ${join(folder, 'heard.wav')}`);
  type('ipv6 disable');
  await peer.shows(/ipv6 use disabled/);
  return {
    peer,
    sipPort,
    type,
    async heard() {
      const wav = decodeWav(await readFile(join(folder, 'heard.wav')));
      return wav.sampleRateHz === 8000 ? wav.samples : resample(wav.samples, wav.sampleRateHz, 8000);
    },
  };
}

/** Waits until the server has that many calls. */
async function callsLeft(server: LiveServer, count: number): Promise<void> {
  for (let attempt = 0; attempt < 600 && (await server.rpc('calls')) !== count; attempt++) await pause(100);
  assert.equal(await server.rpc('calls'), count);
}

/** Waits until the live calls in a room are that many; gives their tags. */
async function seated(server: LiveServer, room: string, count: number): Promise<readonly string[]> {
  let tags: string[] = [];
  for (let attempt = 0; attempt < 600; attempt++) {
    const inRoom = (await server.rpc('monitoring.listByFilter', [['conf_id', room]])) as string[];
    const live = (await server.rpc('monitoring.listActive')) as string[];
    tags = inRoom.filter((tag) => live.includes(tag));
    if (tags.length === count) break;
    await pause(100);
  }
  assert.equal(tags.length, count, `in ${room}: ${tags}`);
  return tags;
}

test('linphone calls the echo, hears itself, holds, takes it up again and hangs up {interop-linphone}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} } } });
  const phone = await startLinphone(server, 'ann');
  try {
    phone.type(`call sip:echo@127.0.0.1:${server.sipPort}`);
    await phone.peer.shows(/Call 1 with .* connected/, 10_000);
    await pause(3000);
    phone.type('pause 1');
    await phone.peer.shows(/is now paused|Call 1 .*paused/i, 10_000);
    phone.type('resume 1');
    await phone.peer.shows(/resumed|resuming/i, 10_000);
    await pause(1500);
    phone.type('terminate');
    await phone.peer.shows(/Call 1 .* ended \(No error\)/, 10_000);
    await callsLeft(server, 0);
    phone.type('quit');
    await phone.peer.ended;
    const heard = await phone.heard();
    const level = levelAt(heard.subarray(8000, 16_000), toneHz);
    assert.ok(level > 1000, `its own tone has level ${level.toFixed(0)} of ${heard.length} samples`);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});

test('linphone with SRTP calls an echo where it is required and hears itself {srtp} {sdes} {interop-linphone}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {} }, media: { srtp: 'required' } } });
  const phone = await startLinphone(server, 'sue', toneHz, ['media_encryption=srtp', 'media_encryption_mandatory=1']);
  try {
    phone.type(`call sip:echo@127.0.0.1:${server.sipPort}`);
    await phone.peer.shows(/Call 1 with .* connected/, 10_000);
    await pause(3000);
    phone.type('terminate');
    await phone.peer.shows(/Call 1 .* ended \(No error\)/, 10_000);
    await callsLeft(server, 0);
    phone.type('quit');
    await phone.peer.ended;
    const heard = await phone.heard();
    const level = levelAt(heard.subarray(8000, 16_000), toneHz);
    assert.ok(level > 1000, `its own tone has level ${level.toFixed(0)} of ${heard.length} samples`);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});

test('the server calls linphone, which answers {interop-linphone}', { skip, timeout: 800_000 }, async () => {
  const server = await startLiveServer({ config: { modules: { echo: {}, di_dial: {} } } });
  const phone = await startLinphone(server, 'bob');
  try {
    await server.rpc('di_dial.dial', ['echo', 'x', 'sip:us@127.0.0.1', `sip:bob@127.0.0.1:${phone.sipPort}`]);
    await phone.peer.shows(/Receiving new incoming call|is contacting you/i, 10_000);
    phone.type('answer');
    await phone.peer.shows(/connected|Media streams established/, 10_000);
    await pause(1000);
    phone.type('terminate');
    await phone.peer.shows(/ended \(No error\)/, 10_000);
    await callsLeft(server, 0);
  } finally {
    await phone.peer.stop();
    await server.stop();
  }
});

/** Answers what comes in. */
async function answerCall(phone: Linphone, number = 1): Promise<void> {
  await phone.peer.shows(/Receiving new incoming call|is contacting you/i, 10_000);
  phone.type(`answer ${number}`);
  await phone.peer.shows(new RegExp(`Call ${number} with .* connected`), 10_000);
}

/** Quits, which writes the recording, and gives the level of each tone in the last second but a half of it. */
async function quitAndListen(phone: Linphone): Promise<{ readonly own: number; readonly other: number }> {
  phone.type('quit');
  await phone.peer.ended;
  const heard = await phone.heard();
  const part = heard.subarray(Math.max(0, heard.length - 12_000), Math.max(0, heard.length - 4000));
  return { own: levelAt(part, toneHz), other: levelAt(part, otherHz) };
}

test('linphone transfers its call, unattended: the server calls the new party for the application {interop-linphone} {sip-refer}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({
    config: { modules: { echo: {}, monitoring: {} }, calls: { refer: { inDialog: 'follow' } } },
  });
  const [ann, bob] = await Promise.all([startLinphone(server, 'ann'), startLinphone(server, 'bob', otherHz)]);
  try {
    ann.type(`call sip:echo@127.0.0.1:${server.sipPort}`);
    await ann.peer.shows(/Call 1 with .* connected/, 10_000);
    ann.type(`transfer 1 sip:bob@127.0.0.1:${bob.sipPort}`);
    await answerCall(bob);
    // Said when the NOTIFY brings 200.
    await ann.peer.shows(/The distant endpoint .* of call 1 has been transfered/, 10_000);
    await ann.peer.shows(/Call 1 .* ended \(No error\)/, 10_000);
    await callsLeft(server, 1);
    const [tag] = (await server.rpc('monitoring.listActive')) as string[];
    const [record] = (await server.rpc('monitoring.get', [tag])) as Record<string, unknown>[];
    assert.deepEqual([record?.['app'], record?.['dir']], ['echo', 'out']);
    await pause(2000);
    const { other } = await quitAndListen(bob);
    assert.ok(other > 1000, `who was called hears itself in the echo: level ${other.toFixed(0)}`);
    await callsLeft(server, 0);
  } finally {
    await Promise.all([ann.peer.stop(), bob.peer.stop()]);
    await server.stop();
  }
});

test('linphone transfers its seat in a room to the phone of its second call: the INVITE has Replaces {interop-linphone} {sip-replaces}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({
    config: {
      sip: { listen: [{ transport: 'udp', address, port: 5060 }] },
      routing: [{ match: '^sip:7', application: 'conference' }],
      modules: { conference: {}, monitoring: {} },
    },
  });
  const [ann, bob] = await Promise.all([startLinphone(server, 'ann'), startLinphone(server, 'bob', otherHz)]);
  try {
    ann.type(`call sip:7001@${address}`);
    await ann.peer.shows(/Call 1 with .* connected/, 10_000);
    const before = await seated(server, '7001', 1);
    ann.type('pause 1');
    await ann.peer.shows(/Call 1 .*paused/i, 10_000);
    ann.type(`call sip:bob@127.0.0.1:${bob.sipPort}`);
    await answerCall(bob);
    await ann.peer.shows(/Call 2 with .* connected/, 10_000);
    ann.type('transfer 2 --to-call 1');
    await ann.peer.shows(/Call 1 .* ended/, 10_000);
    await callsLeft(server, 1);
    const after = await seated(server, '7001', 1);
    assert.notDeepEqual(after, before);
    const [record] = (await server.rpc('monitoring.get', after)) as Record<string, unknown>[];
    assert.match(String(record?.['from']), /sip:bob@/);
    bob.type('quit');
    await bob.peer.ended;
    await callsLeft(server, 0);
  } finally {
    await Promise.all([ann.peer.stop(), bob.peer.stop()]);
    await server.stop();
  }
});

test('linphone connects its two calls to the server with each other: the server calls itself, with Replaces {interop-linphone} {sip-refer} {sip-replaces}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({
    config: {
      sip: { listen: [{ transport: 'udp', address, port: 5060 }] },
      routing: [
        { match: '^sip:7', application: 'conference' },
        { match: '^sip:echo', application: 'echo' },
      ],
      modules: { conference: {}, echo: {}, monitoring: {} },
      calls: { refer: { inDialog: 'follow' } },
    },
  });
  const ann = await startLinphone(server, 'ann');
  try {
    ann.type(`call sip:7001@${address}`);
    await ann.peer.shows(/Call 1 with .* connected/, 10_000);
    const before = await seated(server, '7001', 1);
    ann.type('pause 1');
    await ann.peer.shows(/Call 1 .*paused/i, 10_000);
    ann.type(`call sip:echo@${address}`);
    await ann.peer.shows(/Call 2 with .* connected/, 10_000);
    ann.type('transfer 1 --to-call 2');
    await ann.peer.shows(/Call 1 .* ended/, 10_000);
    await ann.peer.shows(/Call 2 .* ended/, 10_000);
    await callsLeft(server, 2);
    const after = await seated(server, '7001', 1);
    assert.notDeepEqual(after, before);
    const [record] = (await server.rpc('monitoring.get', after)) as Record<string, unknown>[];
    assert.deepEqual([record?.['app'], record?.['dir']], ['conference', 'out']);
  } finally {
    await ann.peer.stop();
    await server.stop();
  }
});

test('two linphones in a conference hear each other and not themselves {interop-linphone} {live-conference}', {
  skip,
  timeout: 800_000,
}, async () => {
  const server = await startLiveServer({
    config: { routing: [{ match: '^sip:7', application: 'conference' }], modules: { conference: {}, monitoring: {} } },
  });
  const [ann, bob] = await Promise.all([startLinphone(server, 'ann'), startLinphone(server, 'bob', otherHz)]);
  try {
    for (const phone of [ann, bob]) phone.type(`call sip:7001@127.0.0.1:${server.sipPort}`);
    await seated(server, '7001', 2);
    await pause(4000); // the first participant's prompt and the beep are over
    const [heardByAnn, heardByBob] = await Promise.all([quitAndListen(ann), quitAndListen(bob)]);
    assert.ok(heardByAnn.other > 1000 && heardByAnn.own < 300, JSON.stringify({ heardByAnn }));
    assert.ok(heardByBob.own > 1000 && heardByBob.other < 300, JSON.stringify({ heardByBob }));
    await callsLeft(server, 0);
  } finally {
    await Promise.all([ann.peer.stop(), bob.peer.stop()]);
    await server.stop();
  }
});
