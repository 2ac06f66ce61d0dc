import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSample, linearToUlaw, ulawToLinear } from '../../../core/media/index.ts';
import { createRemoteStream } from '../../../core/media/remote-stream.ts';
import { bench } from './harness.ts';

const level = (code: number | undefined): number => ulawToLinear[code ?? 0xff] ?? 0;

test('an echo through another thread: what is heard is read, what is written is spoken {remote-stream}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream();
  engine.play(1, { ...remote.request, item: 5 });
  const code = encodeSample(linearToUlaw, 3000);
  const chunk = new Int16Array(37); // any size
  await world.ticks(20, () => {
    peer.speak(code);
    for (let count = remote.read(chunk); count > 0; count = remote.read(chunk)) {
      assert.equal(remote.write(chunk.subarray(0, count)), count);
    }
  });
  const levels = peer.take().map(({ payload }) => level(payload[80]));
  assert.ok(
    levels.slice(6).every((heard) => heard === level(code)),
    levels.join(' '),
  );
  assert.equal(remote.writtenUpTo(), 19 * 160);
  assert.equal(remote.playedUpTo(), 19 * 160);
});

test('a flush is heard within 40 ms, and what was played is known to the sample', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream({ bufferMs: 5000 });
  engine.play(1, { ...remote.request, item: 5 });
  remote.write(new Int16Array(8000).fill(2000));
  await world.ticks(5);
  peer.take();
  remote.flush();
  remote.write(new Int16Array(1000).fill(-500));
  await world.ticks(8);
  const levels = peer.take().map(({ payload }) => [...new Set([...payload].map(level))]);
  assert.equal(
    levels.findIndex(([heard]) => heard !== undefined && heard < 0),
    0,
    'the very next frame',
  );
  assert.equal(remote.playedUpTo(), 800 + 1000);
  assert.equal(remote.writtenUpTo(), 9000);
  engine.send({ kind: 'flush', stream: 1 });
  assert.deepEqual(engine.events.at(-1), {
    kind: 'itemEnded',
    stream: 1,
    item: 5,
    reason: 'flushed',
    playedSamples: 1800,
  });
});

test('a full ring takes what fits; an empty one is silence', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream({ bufferMs: 100 });
  engine.play(1, { ...remote.request, item: 5 });
  assert.equal(remote.write(new Int16Array(3000).fill(1000)), 1024);
  await world.ticks(10);
  const bytes = peer.take().flatMap(({ payload }) => [...payload]);
  assert.ok(bytes.slice(0, 1024).every((code) => level(code) > 900));
  assert.ok(bytes.slice(1024).every((code) => level(code) === 0));
});

test('another rate is converted both ways', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream({ sampleRateHz: 24_000 });
  engine.play(1, { ...remote.request, item: 5 });
  const code = encodeSample(linearToUlaw, 3000);
  const heard = new Int16Array(480);
  await world.ticks(20, () => {
    peer.speak(code);
    remote.read(heard);
    remote.write(new Int16Array(480).fill(1000));
  });
  assert.ok(Math.abs((heard.at(-1) ?? 0) - level(code)) < 20);
  assert.ok(Math.abs(level(peer.take().at(-1)?.payload[80]) - 1000) < 40);
  assert.equal(remote.playedUpTo() % 480, 0);
});

test('rates and lengths that cannot be are refused', () => {
  assert.throws(() => createRemoteStream({ sampleRateHz: 11_025 }), { code: 'media.failed', message: /11025 Hz/ });
  assert.throws(() => createRemoteStream({ bufferMs: -1 }), { code: 'media.failed' });
});
