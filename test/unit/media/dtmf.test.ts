import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DtmfPayload, DtmfReceiver, DtmfSender, dtmfKeys, parseDtmf } from '../../../core/media/index.ts';
import { keySilenceMs } from '../../../core/media/worker/dtmf-receive.ts';
import { KeyTones } from '../../../core/media/worker/key-tones.ts';
import type { MediaEvent } from '../../../core/media/worker/protocol.ts';
import { StreamKeys } from '../../../core/media/worker/stream-keys.ts';
import { ToneDetector } from '../../../core/media/worker/tone-detector.ts';
import { agreed, bench } from './harness.ts';

const payload = (key: string, duration: number, options: { end?: boolean; volume?: number; reserved?: boolean } = {}) =>
  Uint8Array.of(
    dtmfKeys.indexOf(key),
    (options.end ? 0x80 : 0) | (options.reserved ? 0x40 : 0) | (options.volume ?? 10),
    duration >> 8,
    duration & 0xff,
  );

function receiver() {
  const keys: string[] = [];
  const dtmf = new DtmfReceiver((key, durationMs) => keys.push(`${key} ${durationMs}`));
  const push = (bytes: Uint8Array, timestamp: number): boolean => dtmf.push(bytes, 0, bytes.length, timestamp);
  return { dtmf, keys, push };
}

test('one press is one event, however many packets and end packets carry it {dtmf}', () => {
  const { keys, push } = receiver();
  for (const duration of [160, 320, 480]) push(payload('5', duration), 1000);
  for (let i = 0; i < 3; i++) push(payload('5', 640, { end: true }), 1000);
  push(payload('5', 640, { end: true }), 1000);
  assert.deepEqual(keys, ['5 80']);
});

test('corner case 104: the same key with another timestamp is another press, any number of repeats is one {dtmf}', () => {
  const { keys, push } = receiver();
  push(payload('5', 160, { end: true }), 1000);
  push(payload('5', 160, { end: true }), 3000);
  assert.deepEqual(keys, ['5 20', '5 20']);
});

test('corner case 105: lost end packets: silence ends the key, or the next key does at once', () => {
  const { dtmf, keys, push } = receiver();
  push(payload('1', 160), 1000);
  push(payload('1', 800), 1000);
  dtmf.tick(keySilenceMs);
  assert.deepEqual(keys, []);
  dtmf.tick(20);
  assert.deepEqual(keys, ['1 100']);
  push(payload('2', 160), 9000);
  push(payload('#', 160), 12000);
  assert.deepEqual(keys, ['1 100', '2 20']);
});

test('only the last end packet arrived: the key is told all the same', () => {
  const { keys, push } = receiver();
  push(payload('D', 1600, { end: true }), 0xffff_fff0);
  push(payload('A', 800, { end: true }), 0x10);
  assert.deepEqual(keys, ['D 200', 'A 100']);
});

test('a segment that ends with a whole packet, short of 0xFFFF, is of the same press', () => {
  const { keys, push } = receiver();
  push(payload('9', 65_440), 1000);
  push(payload('9', 160), 1000 + 65_440);
  push(payload('9', 1600, { end: true }), 1000 + 65_440);
  assert.deepEqual(keys, [`9 ${(65_440 + 1600) / 8}`]);
});

test('a sender whose clock was set back is still heard', () => {
  const { keys, push } = receiver();
  push(payload('1', 160, { end: true }), 900_000);
  push(payload('2', 160, { end: true }), 1000);
  assert.deepEqual(keys, ['1 20', '2 20']);
});

test('a late packet of an earlier press is ignored', () => {
  const { keys, push } = receiver();
  push(payload('1', 160, { end: true }), 5000);
  push(payload('2', 160), 8000);
  push(payload('1', 160, { end: true }), 5000);
  push(payload('2', 320, { end: true }), 8000);
  assert.deepEqual(keys, ['1 20', '2 40']);
});

test('corner case 106: faint tones, events that are no keys and short payloads are refused, the reserved bit is ignored', () => {
  const { keys, push } = receiver();
  assert.equal(push(payload('1', 160, { volume: 55, end: true }), 1), false);
  assert.equal(push(Uint8Array.of(16, 0x80, 0, 0), 2), false);
  assert.equal(push(Uint8Array.of(1, 0x80, 0), 3), false);
  assert.equal(push(payload('*', 160, { end: true, reserved: true }), 4), true);
  assert.deepEqual(keys, ['* 20']);
});

test('a press longer than the duration field is one key of its whole length', () => {
  const { keys, push } = receiver();
  push(payload('9', 160), 1000);
  push(payload('9', 0xffff), 1000);
  push(payload('9', 160), 1000 + 0xffff);
  push(payload('9', 8000, { end: true }), 1000 + 0xffff);
  assert.deepEqual(keys, [`9 ${Math.round((0xffff + 8000) / 8)}`]);
});

test('corner case 110: a key is sent with one timestamp, the marker first, growing durations and three end packets {dtmf}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  await world.ticks(2);
  engine.send({ kind: 'sendKeys', stream: 1, keys: '4#', durationMs: 60, gapMs: 40 });
  await world.ticks(20);
  const packets = peer.take();
  const shown = packets.map(({ payloadType, payload: bytes, marker }) => {
    if (payloadType !== 101) return marker ? 'A' : 'a';
    const event = new DtmfPayload();
    parseDtmf(bytes, 0, bytes.length, event);
    return `${marker ? 'M' : ''}${dtmfKeys[event.event]}${event.duration / 160}${event.end ? 'E' : ''}`;
  });
  assert.equal(shown.slice(0, 15).join(' '), 'A a M41 42 43E 43E 43E A a M#1 #2 #3E #3E #3E A');
  const first = packets[0];
  assert.ok(first);
  packets.forEach(({ sequence }, i) => {
    assert.equal((sequence - first.sequence) & 0xffff, i);
  });
  const events = packets.filter(({ payloadType }) => payloadType === 101);
  assert.equal(new Set(events.slice(0, 5).map(({ timestamp }) => timestamp)).size, 1);
  const afterFirst = packets[7];
  assert.equal(((afterFirst?.timestamp ?? 0) - first.timestamp) >>> 0, 7 * 160, 'audio goes on in time');
});

test('what is sent is received: every key, and a press of 20 seconds in segments', () => {
  const { keys, push } = receiver();
  const sender = new DtmfSender();
  assert.equal(sender.push(`${dtmfKeys}x`, 100, 40), 16);
  assert.equal(sender.push('7', 20_000, 0), 1);
  const bytes = new Uint8Array(4);
  for (let timestamp = 0xffff_0000; sender.busy; timestamp = (timestamp + 160) >>> 0) {
    if (!sender.step(timestamp, 160, 20)) continue;
    assert.ok(sender.packetDuration <= 0xffff);
    bytes.set(payload(dtmfKeys[sender.packetEvent] ?? '', sender.packetDuration, { end: sender.packetEnd }));
    push(bytes, sender.packetTimestamp);
  }
  assert.deepEqual(keys, [...dtmfKeys].map((key) => `${key} 100`).concat('7 20000'));
});

test('corner case 103: keys come through while the call is on hold and not while receiving is off', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { direction: 'sendonly' });
  await world.ticks(1, () => peer.packet(1, 1000, payload('3', 800, { end: true }), 101, true));
  engine.send({ kind: 'setReceiving', stream: 1, receiving: false });
  await world.ticks(1, () => peer.packet(2, 9000, payload('4', 800, { end: true }), 101, true));
  assert.deepEqual(engine.events, [{ kind: 'key', stream: 1, key: '3', durationMs: 100 }]);
});

test('keys asked for as events cannot be sent without telephone-event: it is told, and nothing goes out', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { telephoneEvent: null });
  engine.send({ kind: 'sendKeys', stream: 1, keys: '1', durationMs: 60, gapMs: 40, method: 'rtp' });
  await world.ticks(5);
  assert.ok(peer.take().every(({ payloadType }) => payloadType === 0));
  assert.deepEqual(engine.kinds(), ['log']);
});

test('without telephone-event keys go out as tones, and are found again at the other end {dtmf-inband}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { telephoneEvent: null });
  engine.send({ kind: 'sendKeys', stream: 1, keys: '49#d', durationMs: 80, gapMs: 60 });
  await world.ticks(40);
  const packets = peer.take();
  assert.ok(packets.every(({ payloadType }) => payloadType === 0));
  for (const [index, { payload: bytes }] of packets.entries()) {
    await world.ticks(1, () => peer.packet(index + 1, index * 160, bytes));
  }
  await world.ticks(20);
  const heard = engine.events.flatMap((event) => (event.kind === 'key' ? [`${event.key} ${event.source}`] : []));
  assert.deepEqual(heard, ['4 inband', '9 inband', '# inband', 'D inband']);
});

test('where telephone-event was agreed the audio is not listened to, unless that is asked for {dtmf-inband}', async () => {
  const parameters = agreed(await bench().peer());
  for (const inbandDtmf of ['auto', 'on', 'off'] as const) {
    const keys: string[] = [];
    const host = { post: (event: MediaEvent) => void (event.kind === 'key' && keys.push(event.key)) };
    const audio = new StreamKeys(1, inbandDtmf, host);
    audio.configure({ ...parameters, direction: 'sendrecv' }, 8000);
    const tones = new StreamKeys(2, 'off', host);
    tones.pushKeys('5', 100, 60);
    const frame = new Int16Array(160);
    while (tones.speaking) {
      tones.speak(frame, 160, 8000);
      audio.hear(frame, 160);
    }
    audio.hear(null, 160);
    assert.deepEqual(keys, inbandDtmf === 'on' ? ['5'] : []);
  }
});

test('a key is found across a move to another worker {dtmf-inband}', () => {
  const keys: string[] = [];
  const tones = new KeyTones();
  tones.push('7', 100, 40);
  const first = new ToneDetector(16_000, (key) => keys.push(`first ${key}`));
  const second = new ToneDetector(16_000, (key, durationMs) =>
    keys.push(`second ${key} ${durationMs > 80 && durationMs < 110}`),
  );
  const moved = new KeyTones();
  const frame = new Int16Array(320);
  for (let i = 0; i < 2; i++) {
    tones.fill(frame, 320, 16_000);
    first.push(frame, 320);
  }
  moved.restore(tones.state());
  second.restore(first.state());
  while (moved.busy) {
    moved.fill(frame, 320, 16_000);
    second.push(frame, 320);
  }
  second.push(null, 640);
  assert.deepEqual(keys, ['second 7 true']);
});
