import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createMediaPool,
  encodeWav,
  type MediaConfig,
  ourCodecs,
  ourFormats,
  type StreamEvent,
} from '../../../core/media/index.ts';
import { dividePorts } from '../../../core/media/port-ranges.ts';
import { createSimulation } from '../../../core/runtime/index.ts';
import { mediaConfig } from '../../support/media-config.ts';
import { agreed, engineAddress, Peer } from './harness.ts';

const options = { codecs: [ourCodecs], formats: [ourFormats] };

function config(values: Partial<MediaConfig> = {}): MediaConfig {
  return mediaConfig({
    codecs: ['PCMU', 'PCMA'],
    maxPromptBytes: 1_000_000,
    playout: 'adaptive',
    playoutMinMs: 20,
    playoutMaxMs: 1000,
    playoutFixedMs: 60,
    workers: 0,
    ports: [20_000, 20_019],
    ...values,
  });
}

async function world(values: Partial<MediaConfig> = {}) {
  const simulation = createSimulation({ seed: 1, impairments: { latencyMs: 1 } });
  const { seams } = simulation.host(engineAddress);
  const pool = await createMediaPool(seams, config(values), options);
  const host = simulation.host('10.0.1.1').host;
  const io = host.packetIo();
  const peer = new Peer(
    simulation.clock,
    io,
    '10.0.1.1',
    await io.open('10.0.1.1', 5000),
    await io.open('10.0.1.1', 5001),
  );
  return { simulation, clock: simulation.clock, seams, pool, peer };
}

test('the pool offers the configured codecs in their order and refuses a name that is not loaded', async () => {
  const { pool } = await world({ codecs: ['pcma', 'PCMU'] });
  assert.deepEqual(
    pool.capabilities.codecs.map(({ name, staticPayloadType }) => [name, staticPayloadType]),
    [
      ['PCMA', 8],
      ['PCMU', 0],
    ],
  );
  assert.equal(pool.packetIo, 'sim');
  await pool.stop();
  await assert.rejects(world({ codecs: ['PCMU', 'EVRC'] }), {
    code: 'config.invalid',
    message: /media\.codecs\[1\]: no codec "EVRC" is loaded; loaded: PCMU, PCMA/,
  });
});

test('a prompt is read once for each path, plays, and its events come in order {prompts}', async () => {
  const { pool, seams, clock, peer } = await world();
  await seams.files.write('/p.wav', encodeWav({ sampleRateHz: 8000, samples: new Int16Array(800).fill(1000) }));
  const [first, second] = await Promise.all([pool.prompt('/p.wav'), pool.prompt('/p.wav')]);
  assert.equal(first, second);
  assert.deepEqual([first.lengthMs, first.sampleRateHz, first.path], [100, 8000, '/p.wav']);
  const stream = await pool.openStream({ localAddress: engineAddress });
  peer.target = stream.rtpPort;
  const events: StreamEvent[] = [];
  stream.onEvent = (event) => events.push(event);
  stream.configure(agreed(peer));
  const [item] = stream.play([{ kind: 'prompt', prompt: first.id, loop: false }]);
  assert.deepEqual(events, [], 'never inside the call');
  await clock.advance(200);
  assert.deepEqual(events, [
    { kind: 'itemStarted', stream: stream.id, item },
    { kind: 'itemEnded', stream: stream.id, item, reason: 'finished', playedSamples: 800 },
    { kind: 'playlistEmpty', stream: stream.id },
  ]);
  const stats = await stream.close();
  assert.equal(stats.codec, 'PCMU/8000');
  assert.deepEqual(await stream.close(), stats);
  stream.play([{ kind: 'echo' }]);
  assert.equal(pool.load().streams, 0);
  await pool.stop();
  assert.equal(clock.pending, 0);
});

test('files that cannot be prompts are refused, and tried again next time', async () => {
  const { pool, seams } = await world({ maxPromptBytes: 1000 });
  await assert.rejects(pool.prompt('/none.wav'), { code: 'file.missing' });
  await seams.files.write('/bad.wav', new Uint8Array(100));
  await assert.rejects(pool.prompt('/bad.wav'), { code: 'file.format', message: /\/bad\.wav: WAV, byte 0: no "RIFF"/ });
  await seams.files.write('/large.wav', new Uint8Array(1001));
  await assert.rejects(pool.prompt('/large.wav'), { code: 'file.tooLarge' });
  await seams.files.write('/a.ogg', new Uint8Array(10));
  await assert.rejects(pool.prompt('/a.ogg'), { code: 'file.format', message: /no format reads \.ogg/ });
  await seams.files.write('/none.wav', encodeWav({ sampleRateHz: 8000, samples: new Int16Array(8) }));
  assert.equal((await pool.prompt('/none.wav')).lengthMs, 1);
  await pool.stop();
});

test('a listener that throws disturbs nobody', async () => {
  const { pool, clock } = await world();
  const stream = await pool.openStream({ localAddress: engineAddress });
  stream.onEvent = () => {
    throw new Error('listener');
  };
  stream.play([{ kind: 'separator' }]);
  await clock.advance(100);
  assert.equal((await stream.stats()).packetsSent, 0);
  await pool.stop();
});

test('all ports in use is told, and a closed stream makes room', async () => {
  const { pool } = await world();
  const streams = await Promise.all(Array.from({ length: 10 }, () => pool.openStream({ localAddress: engineAddress })));
  assert.equal(new Set(streams.map(({ rtpPort }) => rtpPort)).size, 10);
  await assert.rejects(pool.openStream({ localAddress: engineAddress }), { code: 'media.noPort' });
  await streams[3]?.close();
  assert.equal((await pool.openStream({ localAddress: engineAddress })).rtpPort, streams[3]?.rtpPort);
  await pool.stop();
});

test('a snapshot is restored in a fresh world on the same port, with its prompt and its room', async () => {
  const first = await world();
  await first.seams.files.write('/p.wav', encodeWav({ sampleRateHz: 8000, samples: new Int16Array(8000).fill(1000) }));
  await first.pool.prompt('/p.wav');
  const prompt = await first.pool.prompt('/p.wav');
  const stream = await first.pool.openStream({ localAddress: engineAddress });
  first.peer.target = stream.rtpPort;
  stream.configure(agreed(first.peer));
  const items = stream.play([
    { kind: 'prompt', prompt: prompt.id, loop: false },
    { kind: 'room', room: 'r', listenOnly: false },
  ]);
  await first.clock.advance(500);
  const text = JSON.stringify(await stream.snapshot());
  await first.pool.stop();

  const second = await world();
  await second.seams.files.write('/p.wav', encodeWav({ sampleRateHz: 8000, samples: new Int16Array(8000).fill(1000) }));
  await second.seams.files.write('/other.wav', encodeWav({ sampleRateHz: 8000, samples: new Int16Array(80) }));
  await second.pool.prompt('/other.wav'); // prompts have other numbers here
  const restored = await second.pool.restoreStream(JSON.parse(text));
  const events: StreamEvent[] = [];
  restored.onEvent = (event) => events.push(event);
  second.peer.target = restored.rtpPort;
  assert.equal(restored.rtpPort, stream.rtpPort);
  await second.clock.advance(700);
  assert.deepEqual(events, [
    { kind: 'itemEnded', stream: restored.id, item: items[0], reason: 'finished', playedSamples: 8000 },
    { kind: 'itemStarted', stream: restored.id, item: items[1] },
  ]);
  assert.ok((restored.play([{ kind: 'echo' }])[0] ?? 0) > (items[1] ?? 0), 'numbers of items stay unique');
  assert.equal(second.pool.load().rooms, 1);
  assert.ok(second.peer.take().length > 30);
  await second.pool.stop();
});

test('a port range is divided into pairs; one that is too small is refused', () => {
  assert.deepEqual(dividePorts([10_000, 19_998], 2), [
    [10_000, 14_999],
    [15_000, 19_999],
  ]);
  assert.deepEqual(dividePorts([10_001, 10_007], 3), [
    [10_002, 10_003],
    [10_004, 10_005],
    [10_006, 10_007],
  ]);
  assert.throws(() => dividePorts([10_000, 10_001], 2), { code: 'config.invalid', message: /media\.ports/ });
});
