import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RemoteStream } from '../../../core/media/index.ts';
import { encodeSample, linearToUlaw, ulawToLinear } from '../../../core/media/index.ts';
import { createRemoteStream, releaseRemoteStream, wakeRemoteStream } from '../../../core/media/remote-stream.ts';
import { bench, type TestEngine } from './harness.ts';

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

test('a flush is heard in the next tick, and what was played is known to the sample', async () => {
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

/** What the stream's handle does with the engine's word. */
function pass(engine: TestEngine, item: number, remote: RemoteStream, from: number): number {
  for (const event of engine.events.slice(from)) {
    if (event.kind === 'remoteReady' && event.item === item) wakeRemoteStream(remote.request.ring.buffer);
    if (event.kind === 'itemEnded' && event.item === item) releaseRemoteStream(remote.request.ring.buffer);
  }
  return engine.events.length;
}

for (const rateHz of [8000, 16_000, 24_000, 44_100, 48_000]) {
  test(`at ${rateHz} Hz a flush in the middle of a talk is heard in the next tick, and all counts add up {remote-stream}`, async () => {
    const world = bench();
    const engine = world.engine();
    const peer = await world.peer();
    await engine.stream(1, peer);
    engine.prompt(1, new Int16Array(100));
    const remote = createRemoteStream({ sampleRateHz: rateHz, bufferMs: 5000 });
    // The prompt ends in the middle of a frame, so the converter always holds a part of one.
    engine.play(1, { kind: 'prompt', item: 4, prompt: 1, loop: false }, { ...remote.request, item: 5 });
    remote.write(new Int16Array(rateHz).fill(2000));
    await world.ticks(10);
    const heardSamples = Math.round(((10 * 160 - 100) * rateHz) / 8000);
    assert.ok(Math.abs(remote.playedUpTo() - heardSamples) <= 1, `${remote.playedUpTo()} of ${heardSamples}`);
    peer.take();
    remote.flush();
    const atFlush = remote.playedUpTo();
    remote.write(new Int16Array(rateHz / 10).fill(-2000));
    await world.ticks(1);
    const [first] = peer.take();
    assert.ok(level(first?.payload[100]) < -1000, 'the new audio');
    await world.ticks(20);
    assert.equal(remote.playedUpTo(), atFlush + rateHz / 10, 'the rest of the old was not played');
    assert.equal(remote.writtenUpTo(), rateHz + rateHz / 10);
    engine.send({ kind: 'flush', stream: 1 });
    const end = engine.events.at(-1);
    assert.equal(end?.kind === 'itemEnded' && end.playedSamples, remote.playedUpTo());
  });
}

test('a writer that is faster than the call waits for room without asking again and again', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream({ bufferMs: 100 });
  engine.play(1, { ...remote.request, item: 5 });
  let done = -1;
  void remote.writeAll(Int16Array.from({ length: 8000 }, (_, i) => (i < 4000 ? 1000 : -1000))).then((count) => {
    done = count;
  });
  let seen = 0;
  let wakes = 0;
  for (let tick = 0; tick < 60; tick++) {
    await world.ticks(1);
    wakes += engine.events.slice(seen).filter(({ kind }) => kind === 'remoteReady').length;
    seen = pass(engine, 5, remote, seen);
  }
  assert.equal(done, 8000);
  assert.ok(wakes >= 10 && wakes <= 25, `${wakes} wakes for 8000 samples through 1024`);
  const codes = peer
    .take()
    .flatMap(({ payload }) => [...payload])
    .slice(0, 8000);
  assert.ok(
    codes.every((code, i) => level(code) > 900 === i < 4000),
    'without a gap, in order',
  );
  assert.equal(remote.playedUpTo(), 8000);
});

test('a listener is woken when there is a frame, and let go when nobody plays it any more', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream({ sampleRateHz: 16_000 });
  engine.play(1, { ...remote.request, item: 5 });
  const frame = new Int16Array(320);
  let frames = 0;
  let ended = false;
  void (async () => {
    while (await remote.readable(frame.length)) {
      assert.equal(remote.read(frame), frame.length);
      frames++;
    }
    ended = true;
  })();
  let seen = 0;
  for (let tick = 0; tick < 20; tick++) {
    await world.ticks(1, () => peer.speak(0x90));
    seen = pass(engine, 5, remote, seen);
  }
  await world.ticks(1);
  assert.ok(frames >= 19, `${frames} frames in 20 ticks`);
  engine.send({ kind: 'flush', stream: 1 });
  pass(engine, 5, remote, seen);
  await world.ticks(1);
  assert.equal(ended, true);
  assert.equal(await remote.writable(0), true, 'there is room');
});

test('who does not read misses samples, which are counted, and needs no more memory', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const remote = createRemoteStream({ bufferMs: 100 });
  engine.play(1, { ...remote.request, item: 5 });
  await world.ticks(50, () => peer.speak(0x90));
  assert.equal(remote.missedSamples, 50 * 160 - 1024);
  assert.ok(remote.request.ring.buffer.byteLength < 5000);
});
