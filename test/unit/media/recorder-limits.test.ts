import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWav, encodeSample, linearToUlaw, ulawToLinear } from '../../../core/media/index.ts';
import { PoolRecording } from '../../../core/media/pool-recording.ts';
import { formats } from '../../../core/media/worker/formats/index.ts';
import type { OpenedRecording, RecordingCause, RecordingLimits } from '../../../core/media/worker/protocol.ts';
import { bench } from './harness.ts';

const code = encodeSample(linearToUlaw, 1000);
const spoken = ulawToLinear[code] ?? 0;

type Options = RecordingLimits & {
  readonly side?: 'received' | 'sent' | 'both';
  readonly stereo?: boolean;
  readonly limitMs?: number;
};

/** A stream whose peer speaks, recorded to `path`. */
async function recorded(path: string, options: Options = {}) {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const opened = await engine.ask<OpenedRecording>((request) => ({
    kind: 'startRecording',
    request,
    stream: 1,
    recording: 7,
    path,
    side: 'received',
    limitMs: 0,
    ...options,
  }));
  const handle = new PoolRecording(path, opened, new Promise(() => {}), () => Promise.resolve());
  const stop = () =>
    engine.ask<{ lengthMs: number }>((request) => ({ kind: 'stopRecording', request, stream: 1, recording: 7 }));
  const ends = (): { cause: RecordingCause | undefined; lengthMs: number; bytes: number | undefined }[] =>
    engine.events.flatMap((event) =>
      event.kind === 'recordingEnded' ? [{ cause: event.cause, lengthMs: event.lengthMs, bytes: event.bytes }] : [],
    );
  return { world, engine, peer, handle, stop, ends };
}

test('a pause leaves out what comes meanwhile, and the length counts without it {recording}', async () => {
  const { world, peer, handle, stop } = await recorded('/r/pause.wav');
  await world.ticks(20, () => peer.speak(code));
  const before = handle.lengthMs;
  handle.pause();
  assert.ok(handle.paused);
  await world.ticks(50, () => peer.speak(0x80));
  assert.equal(handle.lengthMs, before);
  handle.resume();
  await world.ticks(20, () => peer.speak(code));
  const stopped = stop();
  await world.ticks(2, () => peer.speak(code));
  assert.ok(Math.abs((await stopped).lengthMs - (before + 400)) <= 40);
  const { samples } = decodeWav(await world.files.read('/r/pause.wav'));
  const loud = samples.filter((sample) => sample < -20_000).length;
  assert.ok(loud <= 10 * 160, `${loud} samples of the pause: what waited in the jitter buffer at most`);
});

test('a recording ends at its size, and the file is no larger {recording}', async () => {
  const { world, peer, ends } = await recorded('/r/size.wav', { limitBytes: 10_001 });
  await world.ticks(100, () => peer.speak(code));
  const file = await world.files.read('/r/size.wav');
  assert.equal(file.length, 10_000);
  assert.equal(decodeWav(file).samples.length, (10_000 - 44) / 2);
  assert.deepEqual(ends(), [{ cause: 'limitBytes', lengthMs: 622, bytes: 10_000 }]);
});

test('a recording in MP3 or GSM ends under its size too', async () => {
  for (const name of ['a.mp3', 'a.gsm']) {
    const { world, peer, ends } = await recorded(`/r/${name}`, { limitBytes: 6000 });
    await world.ticks(400, () => peer.speak(code));
    assert.equal(ends()[0]?.cause, 'limitBytes', name);
    assert.ok((await world.files.read(`/r/${name}`)).length <= 6000, name);
  }
});

test('a recording ends after so much silence, and not while somebody speaks', async () => {
  const { world, peer, ends } = await recorded('/r/silence.wav', { silenceStopMs: 1000 });
  await world.ticks(100, () => peer.speak(code));
  assert.deepEqual(ends(), []);
  await world.ticks(70, () => peer.speak(0xff));
  const [end] = ends();
  assert.equal(end?.cause, 'silence');
  assert.ok((end?.lengthMs ?? 0) >= 3000 && (end?.lengthMs ?? 0) < 3200);
});

test('a beep is sent at the start and every second, and is in the recording of what is sent', async () => {
  const { world, engine, peer, stop } = await recorded('/r/beep.wav', { side: 'sent', beepEveryMs: 1000 });
  await world.ticks(150);
  const loud = peer.take().map(({ payload }) => payload.some((byte) => Math.abs(ulawToLinear[byte] ?? 0) > 2000));
  const starts = loud.flatMap((isLoud, tick) => (isLoud && loud[tick - 1] !== true ? [tick] : []));
  assert.deepEqual(starts, [0, 50, 100]);
  assert.equal(loud.filter(Boolean).length, 30, 'ten ticks each');
  const stopped = stop();
  await world.ticks(2);
  await stopped;
  const { samples } = decodeWav(await world.files.read('/r/beep.wav'));
  assert.ok(samples.subarray(0, 1600).some((sample) => sample > 2000));
  assert.equal(engine.kinds().includes('log'), false);
});

test('both sides may be kept apart: received left, sent right', async () => {
  const { world, engine, peer, stop } = await recorded('/r/both.wav', { side: 'both', stereo: true });
  engine.prompt(1, new Int16Array(8000).fill(500));
  engine.play(1, { kind: 'prompt', item: 5, prompt: 1, loop: true });
  await world.ticks(20, () => peer.speak(code));
  const stopped = stop();
  await world.ticks(1, () => peer.speak(code));
  await stopped;
  const file = await world.files.read('/r/both.wav');
  const view = new DataView(file.buffer, file.byteOffset);
  assert.equal(view.getUint16(22, true), 2);
  assert.deepEqual([view.getInt16(file.length - 4, true), view.getInt16(file.length - 2, true)], [spoken, 500]);
});

test('a name may pick a subtype; one without extension has the configured format', async () => {
  const law = await recorded('/r/law.wav|A-Law');
  await law.world.ticks(40, () => law.peer.speak(code));
  const file = await law.world.files.read('/r/law.wav');
  assert.equal(new DataView(file.buffer, file.byteOffset).getUint16(20, true), 6);
  await recorded('/r/plain').then(async ({ world }) => {
    assert.equal(
      Buffer.from(await world.files.read('/r/plain'))
        .subarray(0, 4)
        .toString(),
      'RIFF',
    );
  });
  await assert.rejects(recorded('/r/x.wav|Opus'), /file\.format: WAV: no subtype Opus/);
});

test('at any moment the file is whole, and has all but less than the last second {recording}', async () => {
  for (const name of ['a.wav', 'a.wav|Gsm', 'a.au', 'a.gsm', 'a.raw', 'a.mp3']) {
    const { world, peer } = await recorded(`/r/${name}`);
    const [path = '', extension = ''] = [`/r/${name}`.split('|')[0], /\.(\w+)/.exec(name)?.[1]];
    const format = formats.find(({ extensions }) => extensions.includes(extension));
    for (let seconds = 1; seconds <= 4; seconds++) {
      await world.ticks(50, () => peer.speak(code));
      const file = await world.files.read(path);
      const decoded = file.length === 0 ? null : await format?.decode(file);
      const heldMs = ((decoded?.samples.length ?? 0) * 1000) / 8000;
      assert.ok(heldMs > seconds * 1000 - 1000, `${name}: ${heldMs} ms of ${seconds} s`);
      if (extension === 'wav') {
        const header = new DataView(file.buffer, file.byteOffset);
        assert.equal(header.getUint32(4, true), file.length - 8, 'the header counts what is there');
      }
    }
  }
});

test('a disk that fills up ends the recording, is told, and the call goes on', async () => {
  const { world, engine, peer, ends } = await recorded('/r/full.wav');
  const create = world.files.create.bind(world.files);
  let writes = 0;
  world.files.create = async (path) => {
    const file = await create(path);
    return {
      write: (bytes, offset) =>
        ++writes > 6 ? Promise.reject(new Error('ENOSPC: no space left on device')) : file.write(bytes, offset),
      close: () => file.close(),
    };
  };
  await engine.ask((request) => ({
    kind: 'startRecording',
    request,
    stream: 1,
    recording: 8,
    path: '/r/full2.wav',
    side: 'received',
    limitMs: 0,
  }));
  await world.ticks(200, () => peer.speak(code));
  assert.equal(ends()[0]?.cause, 'failed');
  assert.ok(engine.events.some((event) => event.kind === 'log' && /full2\.wav: .*no space left/.test(event.message)));
  assert.equal(peer.take().length, 200);
  assert.ok(decodeWav(await world.files.read('/r/full2.wav')).samples.length > 4000, 'what was written stays');
});
