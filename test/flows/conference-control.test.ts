/** What operators do with rooms over the bus, heard by phones and read from the recordings, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext, DiValue } from '../../core/di/index.ts';
import { decodeWav, encodeWav } from '../../core/media/index.ts';
import { CodedError, silentLog } from '../../core/runtime/index.ts';
import { assertNoCallLeft, assertNothingLeft } from '../support/leaks.ts';
import type { Phone } from '../support/phone.ts';
import { levelAt, silence, tone } from '../support/tones.ts';
import { type World, type WorldOptions, world } from '../support/world.ts';

const [a, b, c, song] = [tone(440), tone(600), tone(800), tone(1200)];
/** Longer than the first participant's prompt. */
const promptMs = 3500;
const songMs = 2000;

type Row = { readonly [key: string]: DiValue };
const rows = (value: DiValue): readonly Row[] => value as readonly Row[];
const row = (value: DiValue): Row => value as Row;

/** A world with `count` phones in room 500, silent, the first prompt over. */
async function meeting(count: number, options: WorldOptions = {}) {
  const samples = new Int16Array((songMs * 8000) / 1000).map((_, i) => song.samples[i % song.samples.length] ?? 0);
  const wav = encodeWav({ sampleRateHz: 8000, samples });
  const { config = {}, ...rest } = options;
  const w = await world({
    ...rest,
    files: { '/songs/song.wav': wav, '/songs/sub/again.wav': wav, '/secret.wav': wav },
    config: {
      ...config,
      modules: {
        conference: {
          join_sound: '',
          drop_sound: '',
          play_path: '/songs',
          recordings_path: '/recordings/',
          ...(row((config['modules'] ?? { conference: {} }) as DiValue)['conference'] as object),
        },
      },
    },
  });
  const phones: Phone[] = [w.phone];
  while (phones.length < count) phones.push(await w.newPhone(`phone${phones.length + 1}`));
  for (const phone of phones) await phone.call('500');
  await w.advance(promptMs);
  const tags = rows(await w.invoke('conference.members', '500')).map(({ call }) => String(call));
  return { w, phones, tags };
}

const set = (w: World, tag: string | undefined, settings: Row) =>
  w.invoke('conference.setMember', '500', tag ?? '', settings);

const level = (phone: Phone | undefined, hz: number, ms = 400): number =>
  levelAt(phone?.current.audio.heard(ms) ?? new Int16Array(0), hz);

/** Hears it at no less than a quarter of what was said. */
const isLoud = (phone: Phone | undefined, hz: number): boolean => level(phone, hz) > 2000;
const isAbsent = (phone: Phone | undefined, hz: number): boolean => level(phone, hz) < 50;

async function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (fault: unknown) => (fault instanceof CodedError ? fault.code : String(fault)),
  );
}

async function samplesOf(w: World, path: string): Promise<Int16Array> {
  return decodeWav(await w.files.read(path)).samples;
}

test('{conference} {room-options} rooms and members show who is there, how loud and with what codec', async () => {
  const { w, phones, tags } = await meeting(2);
  phones[0]?.says(a);
  await w.advance(6000); // levels are of media.qualityIntervalMs
  const settings = { automaticGain: false, noiseGate: false, gateDb: -50, speakingEvents: false };
  assert.deepEqual(await w.invoke('conference.rooms'), [
    { room: '500', participants: 2, locked: false, ...settings, playing: 0, recordings: 0 },
  ]);
  const [alice, bob] = rows(await w.invoke('conference.members', '500'));
  assert.match(String(alice?.['who']), /alice/);
  assert.equal(alice?.['codec'], 'PCMU/8000');
  assert.ok(
    Number(alice?.['levelDb']) > -25 && Number(bob?.['levelDb']) < -60,
    `${alice?.['levelDb']} ${bob?.['levelDb']}`,
  );
  assert.ok(Number(alice?.['mos']) > 4);
  assert.equal(bob?.['call'], tags[1]);
  await w.stop();
});

test('{conference} {room-options} muted is not heard, deaf hears nothing, gains are louder and softer', async () => {
  const { w, phones, tags } = await meeting(3);
  const [alice, bob, carol] = phones;
  alice?.says(a);
  await w.advance(600);
  const before = level(bob, 440);
  await set(w, tags[0], { muted: true });
  await w.advance(600);
  assert.ok(isAbsent(bob, 440) && isAbsent(carol, 440), 'muted: the others hear silence');
  assert.deepEqual(
    w.eventsOf('conference.muted').map(({ payload }) => [payload['call'], payload['muted']]),
    [[tags[0], true]],
  );
  assert.equal(rows(await w.invoke('conference.members', '500'))[0]?.['muted'], true);
  await set(w, tags[0], { muted: false, gainInDb: -12 });
  await set(w, tags[1], { deaf: true });
  await w.advance(600);
  assert.ok(isAbsent(bob, 440), 'deaf: hears nothing');
  const softer = level(carol, 440);
  assert.ok(Math.abs(softer / before - 0.25) < 0.03, `12 dB less: ${softer} of ${before}`);
  await set(w, tags[1], { deaf: false, gainOutDb: 6 });
  await w.advance(600);
  assert.ok(Math.abs(level(bob, 440) / before - 0.5) < 0.05, '6 dB more for bob only');
  assert.equal(w.eventsOf('conference.memberChanged').length, 4);
  await assert.rejects(set(w, tags[0], { gainInDb: 21 }), { code: 'rpc.wrongType' });
  await w.stop();
});

test('{conference} {room-options} a whisper: the agent hears the coach, the customer does not', async () => {
  const { w, phones, tags } = await meeting(3);
  const [customer, agent, coach] = phones;
  await set(w, tags[1], { group: 'agent' });
  await set(w, tags[2], { group: 'coach', heardBy: ['agent'] });
  customer?.says(a);
  agent?.says(b);
  coach?.says(c);
  await w.advance(800);
  assert.ok(isLoud(customer, 600) && isAbsent(customer, 800), 'the customer hears the agent only');
  assert.ok(isLoud(agent, 440) && isLoud(agent, 800), 'the agent hears both');
  assert.ok(isLoud(coach, 440) && isLoud(coach, 600), 'the coach hears both');
  await w.stop();
});

test('{conference} {sip-replaces} {room-options} who takes over a seat has its settings, also in a locked room', async () => {
  const { w, phones, tags } = await meeting(2);
  const [, bob] = phones;
  await set(w, tags[1], { gainInDb: -12, group: 'agent', muted: true });
  await w.invoke('conference.lock', '500');
  const carol = await w.newPhone('carol');
  assert.ok(bob);
  const old = bob.current;
  const { callId, localTag, remoteTag } = old.dialog.ids;
  await carol.call('x', {
    headers: [
      ['Replaces', `${callId};to-tag=${remoteTag};from-tag=${localTag}`],
      ['Referred-By', `<sip:${bob.name}@${bob.address.split(':')[0]}>`],
    ],
  });
  await old.isHungUp();
  await w.advance(100);
  const heir = rows(await w.invoke('conference.members', '500'))[1];
  assert.notEqual(heir?.['call'], tags[1]);
  assert.deepEqual([Number(heir?.['gainInDb']), heir?.['group'], heir?.['muted']], [-12, 'agent', true]);
  await w.phone.bye();
  await carol.bye();
  await assertNothingLeft(w);
});

test('{conference} {room-options} speaking events name who speaks; the gate and automatic gain are set for the room', async () => {
  const { w, phones, tags } = await meeting(2);
  const [alice, bob] = phones;
  const settings = { speakingEvents: true, automaticGain: true, noiseGate: true, gateDb: -40 };
  assert.deepEqual(await w.invoke('conference.setRoom', '500', settings), settings);
  bob?.says(b);
  await w.advance(1500);
  const spoke = w.eventsOf('conference.speaking').at(-1)?.payload;
  const [speaker] = rows(spoke?.['speakers'] ?? []);
  assert.equal(speaker?.['member'], tags[1]);
  assert.ok(Number(speaker?.['levelDb']) > -25);
  assert.deepEqual(
    rows(await w.invoke('conference.members', '500')).map(({ speaking }) => speaking),
    [false, true],
  );
  bob?.says(tone(600, 60)); // below the gate
  await w.advance(2000);
  assert.ok(level(alice, 600) < 20, 'noise is held back');
  assert.deepEqual(rows(w.eventsOf('conference.speaking').at(-1)?.payload['speakers'] ?? [0]), []);
  await w.stop();
});

test('{conference} {room-options} rooms begin with what the configuration says, and forget what was set when they are empty', async () => {
  const { w, phones } = await meeting(1, { config: { modules: { conference: { speaking_events: true } } } });
  const settings = async () => {
    const [room] = rows(await w.invoke('conference.rooms'));
    return [room?.['speakingEvents'], room?.['automaticGain']];
  };
  assert.deepEqual(await settings(), [true, false]);
  await w.invoke('conference.setRoom', '500', { automaticGain: true, speakingEvents: false });
  assert.deepEqual(await settings(), [false, true]);
  await phones[0]?.bye();
  await w.advance(100);
  assert.deepEqual(await w.invoke('conference.rooms'), []);
  await phones[0]?.call('500');
  assert.deepEqual(await settings(), [true, false]);
  await phones[0]?.bye();
  await assertNothingLeft(w);
});

test('{conference} {room-options} all hear what is played, once or in a loop, until it is stopped', async () => {
  const { w, phones } = await meeting(3);
  const item = await w.invoke('conference.play', '500', 'song.wav');
  await w.advance(800);
  assert.deepEqual(
    phones.map((phone) => isLoud(phone, 1200)),
    [true, true, true],
  );
  await w.advance(songMs);
  assert.deepEqual(
    w.eventsOf('conference.playEnded').map(({ payload }) => payload),
    [{ room: '500', item, prompt: 'song.wav', reason: 'finished', playedMs: songMs }],
  );
  await w.invoke('conference.play', '500', 'sub/again.wav', true);
  await w.advance(2 * songMs + 500);
  assert.ok(isLoud(phones[1], 1200), 'over and over');
  assert.equal(rows(await w.invoke('conference.rooms'))[0]?.['playing'], 1);
  assert.equal(await w.invoke('conference.stopPlaying', '500'), 1);
  await w.advance(600);
  assert.ok(isAbsent(phones[1], 1200), 'stopped');
  await w.stop();
});

test('{conference} {room-options} a loop does not keep a room alive, and a recording ends with the last caller', async () => {
  const { w, phones } = await meeting(2);
  await w.invoke('conference.play', '500', 'song.wav', true);
  await w.invoke('conference.record', '500', { file: 'last.wav' });
  await w.advance(1000);
  for (const phone of phones) await phone.bye();
  await w.advance(200);
  assert.deepEqual([w.server.media.load().streams, w.server.media.load().rooms], [0, 0]);
  const [ended] = w.eventsOf('conference.recordingEnded').map(({ payload }) => payload);
  assert.deepEqual([ended?.['file'], ended?.['reason']], ['last.wav', 'closed']);
  assert.ok(levelAt((await samplesOf(w, '/recordings/last.wav')).subarray(1600, 6400), 1200) > 2000);
  assert.equal(w.eventsOf('conference.playEnded').length, 1);
  await assertNoCallLeft(w);
  await assertNothingLeft(w);
});

test('{conference} {recording} a recording holds all who speak and what is played; a pause is left out', async () => {
  const { w, phones } = await meeting(4);
  const said = [440, 600, 800, 1000];
  for (const [i, phone] of phones.entries()) phone.says(tone(said[i] ?? 0, 4000));
  const started = row(await w.invoke('conference.record', '500', { file: 'monday/board.wav' }));
  const number = started['recording'] ?? 0;
  await w.invoke('conference.play', '500', 'song.wav');
  await w.advance(1000);
  assert.equal(row(await w.invoke('conference.pauseRecording', '500', number))['paused'], true);
  for (const phone of phones) phone.says(tone(300));
  await w.advance(2000);
  for (const phone of phones) phone.says(silence);
  await w.advance(500);
  assert.equal(row(await w.invoke('conference.resumeRecording', '500', number))['paused'], false);
  await w.advance(500);
  const [listed] = rows(await w.invoke('conference.recordings', '500'));
  assert.equal(rows(listed?.['files'] ?? [])[0]?.['file'], 'monday/board.wav');
  const stopped = row(await w.invoke('conference.stopRecording', '500', number));
  const lengthMs = Number(rows(stopped['files'] ?? [])[0]?.['lengthMs']);
  assert.ok(lengthMs > 1300 && lengthMs < 1700, `${lengthMs} ms`);
  const samples = await samplesOf(w, '/recordings/monday/board.wav');
  for (const hz of said) assert.ok(levelAt(samples.subarray(1600, 6400), hz) > 2000, `${hz} Hz`);
  assert.ok(levelAt(samples.subarray(1600, 6400), 1200) > 2000, 'what was played');
  assert.ok(levelAt(samples, 300) < 100, 'nothing of the pause');
  assert.deepEqual(await w.invoke('conference.recordings'), []);
  assert.equal(await code(w.invoke('conference.stopRecording', '500', number)), 'recording.unknown');
  assert.equal(w.eventsOf('conference.recordingEnded')[0]?.payload['cause'], 'stopped');
  await w.stop();
});

test('{conference} {recording} one participant, or each in a file of its own, also who comes later', async () => {
  const { w, phones, tags } = await meeting(2);
  const [alice, bob] = phones;
  alice?.says(a);
  bob?.says(b);
  const one = { file: 'bob.wav', member: tags[1] ?? '', side: 'both', stereo: true };
  const both = Number(row(await w.invoke('conference.record', '500', one))['recording']);
  const each = row(await w.invoke('conference.record', '500', { file: 'each/x.wav', eachMember: true }));
  assert.equal(rows(each['files'] ?? []).length, 2);
  const carol = await w.newPhone('carol');
  await carol.call('500');
  carol.says(c);
  await w.advance(1000);
  const carols = w.server.calls.rooms.participants('500')[2] ?? '';
  await carol.bye();
  await w.advance(200);
  await w.invoke('conference.stopRecording', '500', both);
  await w.invoke('conference.stopRecording', '500', Number(each['recording']));
  const stereo = decodeWav(await w.files.read('/recordings/bob.wav'));
  assert.ok(levelAt(stereo.samples, 600) > 1000, 'what bob says');
  const files: readonly (readonly [string | undefined, number, number])[] = [
    [tags[0], 440, 600],
    [tags[1], 600, 440],
    [carols, 800, 440],
  ];
  for (const [tag, own, other] of files) {
    const samples = (await samplesOf(w, `/recordings/each/x-${tag}.wav`)).subarray(800, 5600);
    assert.ok(levelAt(samples, own) > 2000 && levelAt(samples, other) < 50, `${tag}: only ${own} Hz`);
  }
  const ends = w.eventsOf('conference.recordingEnded').map(({ payload }) => [payload['member'], payload['reason']]);
  assert.deepEqual(ends[0], [carols, 'closed'], 'who left first');
  assert.equal(ends.length, 4);
  await w.stop();
});

test('{conference} {recording} limits end a recording, and a file is never written over', async () => {
  const { w, phones } = await meeting(1);
  phones[0]?.says(a);
  await w.invoke('conference.record', '500', { file: 'short.wav', limitMs: 500 });
  assert.equal(await code(w.invoke('conference.record', '500', { file: 'short.wav' })), 'file.exists');
  await w.advance(1000);
  const [ended] = w.eventsOf('conference.recordingEnded').map(({ payload }) => payload);
  assert.deepEqual([ended?.['reason'], ended?.['cause'], ended?.['lengthMs']], ['finished', 'limitMs', 500]);
  assert.equal(await code(w.invoke('conference.record', '500', { file: 'short.wav' })), 'file.exists');
  const named = row(await w.invoke('conference.record', '500', { silenceStopMs: 400 }));
  assert.match(String(rows(named['files'] ?? [])[0]?.['file']), /^500-\d+\.wav$/);
  phones[0]?.says(silence);
  await w.advance(1500);
  assert.equal(w.eventsOf('conference.recordingEnded').at(-1)?.payload['cause'], 'silence');
  await w.stop();
});

test('{conference} names of files stay inside their folders', async () => {
  const { w } = await meeting(1);
  const bad = [
    '../secret.wav',
    '/secret.wav',
    'sub/../../secret.wav',
    '.hidden.wav',
    'a\\b.wav',
    'c:x.wav',
    'a//b.wav',
  ];
  for (const name of [...bad, 'x\0.wav', 'a|b|c', `${'a/'.repeat(20)}b.wav`]) {
    assert.equal(await code(w.invoke('conference.play', '500', name)), 'file.name', name);
    assert.equal(await code(w.invoke('conference.record', '500', { file: name })), 'file.name', name);
  }
  assert.equal(await code(w.invoke('conference.play', '500', 'absent.wav')), 'file.missing');
  assert.equal(await code(w.invoke('conference.record', '500', { file: 'x.exe' })), 'file.format');
  assert.deepEqual(await w.invoke('conference.recordings'), []);
  await w.stop();
});

test('{conference} a locked room refuses callers with 403 until it is unlocked or empty', async () => {
  const { w, phones } = await meeting(1);
  const bob = await w.newPhone('bob');
  assert.equal(await w.invoke('conference.lock', '500'), true);
  assert.equal(await (await bob.dial('500')).isRefused(), 403);
  assert.equal(rows(await w.invoke('conference.rooms'))[0]?.['locked'], true);
  assert.equal(await w.invoke('conference.lock', '500', false), false);
  await bob.call('500');
  await w.invoke('conference.lock', '500');
  await phones[0]?.bye();
  await bob.bye();
  await w.advance(100);
  await bob.call('500');
  assert.deepEqual(
    w.eventsOf('conference.roomChanged').map(({ payload }) => payload['locked']),
    [true, false, true],
  );
  await w.stop();
});

test('{conference} who is kicked is gone, and the event says why', async () => {
  const { w, phones, tags } = await meeting(2);
  const call = phones[1]?.current;
  await w.invoke('conference.kick', '500', tags[1] ?? '');
  await call?.isHungUp();
  await w.until(() => w.eventsOf('call.ended').length === 1);
  const [why] = rows(w.eventsOf('call.ended')[0]?.payload['why'] ?? []);
  assert.equal(why?.['code'], 'conference.kicked');
  assert.equal(await code(w.invoke('conference.kick', '500', tags[1] ?? '')), 'room.noMember');
  await w.stop();
});

test('{conference} rooms without anybody, calls of other rooms and callers without the scope are refused', async () => {
  const { w, tags } = await meeting(1);
  const bob = await w.newPhone('bob');
  await bob.call('501');
  const [other = ''] = w.server.calls.rooms.participants('501');
  assert.equal(await code(set(w, other, { muted: true })), 'room.noMember');
  const empty: readonly (readonly [string, ...DiValue[]])[] = [
    ['members'],
    ['setMember', tags[0] ?? '', {}],
    ['setRoom', {}],
    ['play', 'song.wav'],
    ['stopPlaying'],
    ['record'],
    ['kick', tags[0] ?? ''],
    ['lock'],
  ];
  for (const [name, ...args] of empty)
    assert.equal(await code(w.invoke(`conference.${name}`, '777', ...args)), 'room.unknown', name);
  const viewer: CallContext = {
    caller: { name: 'eve', scopes: ['conference:read'], limits: {} },
    face: 'json-rpc',
    source: '192.0.2.1',
    deadlineMs: null,
    traceId: 't',
    log: silentLog,
  };
  assert.equal(await code(w.invokeAs(viewer, 'conference.members', ['500'])), 'done');
  for (const [name, ...args] of empty.slice(1))
    assert.equal(await code(w.invokeAs(viewer, `conference.${name}`, ['500', ...args])), 'rpc.forbidden', name);
  const limited = { ...viewer, caller: { name: 'bob', scopes: ['conference:*'], limits: { conference: ['501'] } } };
  assert.equal(await code(w.invokeAs(limited, 'conference.lock', ['501'])), 'done');
  assert.equal(await code(w.invokeAs(limited, 'conference.lock', ['500'])), 'rpc.forbidden');
  assert.deepEqual(
    rows(await w.invokeAs(limited, 'conference.rooms', [])).map(({ room }) => room),
    ['501'],
  );
  await w.stop();
});
