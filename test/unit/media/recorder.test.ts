import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWav, encodeSample, linearToUlaw, ulawToLinear } from '../../../core/media/index.ts';
import type { StreamSnapshot } from '../../../core/media/worker/protocol.ts';
import { bench } from './harness.ts';

const code = encodeSample(linearToUlaw, 1000);
const spoken = ulawToLinear[code] ?? 0;

test('a record entry writes what came in, ends at its limit, and is told when the file is whole {recorder}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  engine.play(1, { kind: 'record', item: 5, path: '/r/a.wav', limitMs: 210 });
  await world.ticks(20, () => peer.speak(code));
  assert.deepEqual(engine.kinds(), ['itemStarted', 'itemEnded', 'playlistEmpty']);
  assert.deepEqual(engine.events[1], {
    kind: 'itemEnded',
    stream: 1,
    item: 5,
    reason: 'finished',
    playedSamples: 1680,
  });
  const { sampleRateHz, samples } = decodeWav(await world.files.read('/r/a.wav'));
  assert.equal(sampleRateHz, 8000);
  assert.equal(samples.length, 1680);
  assert.deepEqual([samples[0], samples[480], samples[1679]], [0, spoken, spoken]);
  assert.equal(world.files.openFiles, 0);
  assert.ok(
    peer.take().every(({ payload }) => payload.every((byte) => byte === 0xff)),
    'silence is sent meanwhile',
  );
});

test('recordings beside the playlist take what came in, what went out, or both', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  engine.prompt(1, new Int16Array(8000).fill(500));
  engine.play(1, { kind: 'prompt', item: 5, prompt: 1, loop: true });
  for (const [recording, side] of (['received', 'sent', 'both'] as const).entries()) {
    const path = `/r/${side}.wav`;
    await engine.ask((request) => ({ kind: 'startRecording', request, stream: 1, recording, path, side, limitMs: 0 }));
  }
  await world.ticks(20, () => peer.speak(code));
  for (const recording of [0, 1, 2]) {
    const stopped = engine.ask<{ lengthMs: number }>((request) => ({
      kind: 'stopRecording',
      request,
      stream: 1,
      recording,
    }));
    await world.ticks(1, () => peer.speak(code));
    const { lengthMs } = await stopped;
    assert.ok(lengthMs >= 400, `${lengthMs} ms`);
  }
  const last = async (side: string): Promise<number> =>
    decodeWav(await world.files.read(`/r/${side}.wav`)).samples.at(-1) ?? 0;
  assert.deepEqual([await last('received'), await last('sent'), await last('both')], [spoken, 500, spoken + 500]);
  assert.equal(engine.kinds().filter((kind) => kind === 'recordingEnded').length, 3);
});

test('closing the stream closes the file before the answer', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const path = '/r/b.wav';
  await engine.ask((request) => ({
    kind: 'startRecording',
    request,
    stream: 1,
    recording: 1,
    path,
    side: 'received',
    limitMs: 0,
  }));
  await world.ticks(10, () => peer.speak(code));
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  assert.equal(world.files.openFiles, 0);
  assert.equal(decodeWav(await world.files.read(path)).samples.length, 1600);
});

test('a recording goes on while its stream moves to another engine', async () => {
  const world = bench();
  const [left, right] = [world.engine(), world.engine()];
  const peer = await world.peer();
  await left.stream(1, peer);
  const path = '/r/c.wav';
  await left.ask((request) => ({
    kind: 'startRecording',
    request,
    stream: 1,
    recording: 1,
    path,
    side: 'received',
    limitMs: 0,
  }));
  await world.ticks(10, () => peer.speak(code));
  const snapshot = await left.ask<StreamSnapshot>((request) => ({ kind: 'detach', request, stream: 1 }));
  await right.ask((request) => ({ kind: 'attach', request, snapshot: structuredClone(snapshot), reopen: false }));
  await world.ticks(10, () => peer.speak(code));
  const stopped = left.ask<{ lengthMs: number }>((request) => ({
    kind: 'stopRecording',
    request,
    stream: 1,
    recording: 1,
  }));
  await world.ticks(2);
  assert.equal((await stopped).lengthMs, 400);
  const { samples } = decodeWav(await world.files.read(path));
  assert.ok(
    samples.subarray(480).every((sample) => sample === spoken),
    'no hole where it moved',
  );
});

test('a file that cannot be written is told, and nothing else suffers', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  await assert.rejects(
    engine.ask((request) => ({
      kind: 'startRecording',
      request,
      stream: 1,
      recording: 1,
      path: '/x.xyz',
      side: 'sent',
      limitMs: 0,
    })),
    /file\.format: \/x\.xyz: \.xyz cannot be written/,
  );
  world.files.create = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(
    engine.ask((request) => ({
      kind: 'startRecording',
      request,
      stream: 1,
      recording: 2,
      path: '/y.wav',
      side: 'sent',
      limitMs: 0,
    })),
    /file\.failed: disk full/,
  );
  engine.play(1, { kind: 'record', item: 6, path: '/z.wav', limitMs: 0 }, { kind: 'silence', item: 7, lengthMs: 0 });
  await world.ticks(5);
  const ends = engine.events.filter(({ kind }) => kind === 'itemEnded');
  assert.deepEqual(ends, [{ kind: 'itemEnded', stream: 1, item: 6, reason: 'failed', playedSamples: 0 }]);
  assert.equal(peer.take().length, 5);
});

test('a disk that stalls loses samples, not the recording', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const create = world.files.create.bind(world.files);
  let release = (): void => {};
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  world.files.create = async (path) => {
    await stalled;
    return create(path);
  };
  const path = '/r/d.wav';
  const started = engine.ask((request) => ({
    kind: 'startRecording',
    request,
    stream: 1,
    recording: 1,
    path,
    side: 'received',
    limitMs: 0,
  }));
  await world.ticks(500, () => peer.speak(code));
  release();
  await started;
  await world.ticks(10, () => peer.speak(code));
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  const seconds = decodeWav(await world.files.read(path)).samples.length / 8000;
  assert.ok(seconds > 4 && seconds < 6, `${seconds} s of 10 were kept`);
});
