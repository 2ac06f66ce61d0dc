import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSample, linearToUlaw, ulawToLinear } from '../../../core/media/index.ts';
import { codecs as g711 } from '../../../core/media/worker/codecs/g711.ts';
import type { StreamSnapshot, StreamStats } from '../../../core/media/worker/protocol.ts';
import { agreed, bench } from './harness.ts';

const loud = encodeSample(linearToUlaw, 1000);
const faint = encodeSample(linearToUlaw, 100);
const level = (code: number | undefined): number => ulawToLinear[code ?? 0xff] ?? 0;

test('an echo sends back what it hears, and every tick has its packet with sequence and timestamp in step', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  engine.play(1, { kind: 'echo', item: 1 });
  await world.ticks(20, () => peer.speak(loud));
  const packets = peer.take();
  assert.equal(packets.length, 20);
  packets.forEach((packet, i) => {
    const first = packets[0] ?? packet;
    assert.equal((packet.sequence - first.sequence) & 0xffff, i);
    assert.equal((packet.timestamp - first.timestamp) >>> 0, i * 160);
    assert.equal(packet.payload.length, 160);
    assert.equal(packet.marker, i === 0);
  });
  assert.equal(level(packets[2]?.payload[0]), 0);
  assert.equal(
    packets.findIndex(({ payload }) => payload[0] === loud),
    3,
    'after the 60 ms of the buffer',
  );
  assert.ok(packets.slice(3).every(({ payload }) => payload.every((code) => code === loud)));
});

test('in a room everybody hears the others and not itself; who leaves is heard no more {mixer}', async () => {
  const world = bench();
  const engine = world.engine();
  const peers = [await world.peer(), await world.peer(), await world.peer()];
  const codes = [1000, 200, 3000].map((value) => encodeSample(linearToUlaw, value));
  for (const [i, peer] of peers.entries()) {
    await engine.stream(i, peer);
    engine.play(i, { kind: 'room', item: 10 + i, room: 'r', listenOnly: false });
  }
  const talk = (): void => {
    for (const [i, peer] of peers.entries()) peer.speak(codes[i] ?? 0);
  };
  await world.ticks(20, talk);
  const heard = peers.map((peer) => level(peer.take().at(-1)?.payload[80]));
  const spoken = codes.map(level);
  const sum = spoken.reduce((total, value) => total + value, 0);
  heard.forEach((value, i) => {
    const expected = sum - (spoken[i] ?? 0);
    assert.ok(Math.abs(value - expected) <= expected / 16, `${i} hears ${value}, not ${expected}`);
  });
  engine.send({ kind: 'setMuted', stream: 2, muted: true });
  await world.ticks(5, talk);
  assert.equal(level(peers[0]?.take().at(-1)?.payload[80]), spoken[1]);
  const last = level(peers[2]?.take().at(-1)?.payload[80]);
  assert.ok(Math.abs(last - 1200) < 60, 'a muted participant hears all others');
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  await world.ticks(5, talk);
  assert.equal(level(peers[0]?.take().at(-1)?.payload[80]), 0);
});

test('a stranger is counted and never obeyed once the peer was learned {symmetric-rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const [named, real, stranger] = [await world.peer(), await world.peer(), await world.peer()];
  await engine.stream(1, named);
  engine.play(1, { kind: 'echo', item: 1 });
  real.target = named.target;
  stranger.target = named.target;
  await world.ticks(10, () => {
    real.speak(loud);
    stranger.speak(faint);
  });
  assert.deepEqual(
    engine.events.filter(({ kind }) => kind === 'peerLearned'),
    [{ kind: 'peerLearned', stream: 1, address: real.address, port: 5000 }],
  );
  assert.equal(stranger.take().length, 0);
  const packets = real.take();
  assert.ok(packets.length >= 9);
  assert.ok(packets.every(({ payload }) => payload[0] === loud || level(payload[0]) === 0));
  const stats = await engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));
  assert.equal(stats.packetsFromStrangers, 10);
  assert.equal(stats.packetsReceived, 10);
});

test('the same address in a new description keeps what was learned; another one starts over', async () => {
  const world = bench();
  const engine = world.engine();
  const [named, real] = [await world.peer(), await world.peer()];
  await engine.stream(1, named);
  real.target = named.target;
  await world.ticks(2, () => real.speak(loud));
  engine.send({ kind: 'configure', stream: 1, parameters: agreed(named) });
  await world.ticks(2);
  assert.equal(named.take().length, 0, 'learned before the first packet went out');
  assert.equal(real.take().length, 4);
  const other = await world.peer();
  other.target = named.target;
  engine.send({ kind: 'configure', stream: 1, parameters: agreed(other) });
  await world.ticks(2);
  assert.equal(other.take().length, 2);
});

test('a stream moves between two engines without a lost packet in either direction {media-workers}', async () => {
  const world = bench();
  const [left, right] = [world.engine(), world.engine()];
  const peer = await world.peer();
  await left.stream(1, peer);
  left.play(1, { kind: 'echo', item: 1 });
  let value = 0;
  const next = (): void => {
    value++;
    peer.speak(new Uint8Array(160).fill(value));
  };
  await world.ticks(10, next);
  const snapshot = await left.ask<StreamSnapshot>((request) => ({ kind: 'detach', request, stream: 1 }));
  next();
  await right.ask((request) => ({ kind: 'attach', request, snapshot: structuredClone(snapshot), reopen: false }));
  value--;
  await world.ticks(10, () => {
    value++;
    if (value > 11) peer.speak(new Uint8Array(160).fill(value));
  });
  const packets = peer.take();
  assert.deepEqual(
    packets.map(({ sequence }) => (sequence - (packets[0]?.sequence ?? 0)) & 0xffff),
    Array.from({ length: 20 }, (_, i) => i),
  );
  assert.deepEqual(
    packets.slice(3).map(({ payload }) => payload[0]),
    Array.from({ length: 17 }, (_, i) => i + 1),
    'every packet that came in went out, in order',
  );
  assert.equal(left.engine.streams, 0);
  assert.deepEqual(right.kinds(), [], 'nothing is reported twice');
});

test('a snapshot survives JSON and goes on in a fresh engine: numbers, latch, jitter buffer, playlist {media-snapshot}', async () => {
  const world = bench();
  const engine = world.engine();
  const [peer, real] = [await world.peer(), await world.peer()];
  await engine.stream(1, peer);
  real.target = peer.target;
  engine.prompt(
    7,
    Int16Array.from({ length: 1600 }, (_, i) => i * 10),
  );
  engine.play(1, { kind: 'prompt', item: 5, prompt: 7, loop: false });
  await world.ticks(5, () => real.speak(loud));
  const before = real.take().at(-1);
  const snapshot = await engine.ask<StreamSnapshot>((request) => ({ kind: 'snapshot', request, stream: 1 }));
  const text = JSON.stringify(snapshot);
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  const fresh = world.engine();
  fresh.prompt(
    7,
    Int16Array.from({ length: 1600 }, (_, i) => i * 10),
  );
  await fresh.ask((request) => ({ kind: 'attach', request, snapshot: JSON.parse(text), reopen: true }));
  await world.ticks(6, () => real.speak(loud));
  const after = real.take();
  assert.equal(after[0]?.sequence, ((before?.sequence ?? 0) + 1) & 0xffff);
  assert.equal(after[0]?.timestamp, ((before?.timestamp ?? 0) + 160) >>> 0);
  assert.ok(Math.abs(level(after[0]?.payload[0]) - 8000) < 300, 'the prompt goes on at sample 800');
  assert.deepEqual(
    fresh.events.filter(({ kind }) => kind === 'itemEnded'),
    [{ kind: 'itemEnded', stream: 1, item: 5, reason: 'finished', playedSamples: 1600 }],
  );
  assert.equal(engine.kinds().includes('itemEnded'), true);
});

test('a damaged snapshot is refused with the field that is wrong', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const snapshot = await engine.ask<StreamSnapshot>((request) => ({ kind: 'snapshot', request, stream: 1 }));
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  const damaged = { ...snapshot, state: { ...snapshot.state, sender: { sequence: 'x' } } };
  await assert.rejects(
    engine.ask((request) => ({ kind: 'attach', request, snapshot: damaged, reopen: true })),
    /media\.failed: the snapshot cannot be used: state\.sender\.sequence is no number/,
  );
  assert.equal(engine.engine.streams, 0);
});

test('on hold nothing is sent and nothing times out; without RTP the time-out comes once {rtp-timeout}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { direction: 'inactive' });
  await world.ticks(100);
  assert.equal(peer.take().length, 0);
  assert.deepEqual(engine.kinds(), []);
  engine.send({ kind: 'configure', stream: 1, parameters: agreed(peer) });
  await world.ticks(100);
  assert.equal(peer.take().length, 100);
  assert.deepEqual(engine.kinds(), ['rtpTimeout']);
});

test('packet lengths of 10, 30 and 60 ms go out as agreed and come in as they are', async () => {
  for (const ptimeMs of [10, 30, 40, 60]) {
    const world = bench();
    const engine = world.engine();
    const peer = await world.peer();
    await engine.stream(1, peer, { ptimeMs });
    engine.play(1, { kind: 'echo', item: 1 });
    let sentMs = 0;
    await world.ticks(30, (tick) => {
      for (; sentMs + ptimeMs <= (tick + 1) * 20; sentMs += ptimeMs) {
        peer.speak(new Uint8Array(ptimeMs * 8).fill(loud));
      }
    });
    const packets = peer.take();
    assert.equal(packets.length, Math.floor(600 / ptimeMs), `${ptimeMs} ms`);
    packets.forEach(({ payload, timestamp }, i) => {
      assert.equal(payload.length, ptimeMs * 8);
      assert.equal((timestamp - (packets[0]?.timestamp ?? 0)) >>> 0, i * ptimeMs * 8);
    });
    const codes = packets.flatMap(({ payload }) => [...payload]);
    const start = codes.indexOf(loud);
    assert.ok(
      codes.slice(start).every((code) => code === loud),
      `${ptimeMs} ms: no hole`,
    );
    assert.ok(start <= 8 * (60 + 2 * ptimeMs + 20), `${ptimeMs} ms: starts in time`);
  }
});

test('all ports of the range in use is media.noPort, and a closed stream gives its ports back', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  for (let i = 0; i < 50; i++) await engine.stream(i, peer);
  await assert.rejects(engine.stream(99, peer), /media\.noPort: 10\.0\.0\.1: all 50 pairs of ports 20000 to 20099/);
  await engine.ask((request) => ({ kind: 'close', request, stream: 7 }));
  const { rtpPort } = await engine.stream(100, peer);
  assert.equal(rtpPort % 2, 0);
});

test('a codec that throws silences its own stream only', async () => {
  const broken = {
    name: 'BROKEN',
    clockRateHz: 8000,
    sampleRateHz: 8000,
    channels: 1 as const,
    staticPayloadType: null,
    fmtp: null,
    maxFrameBytes: 160,
    create: () => ({
      encode: () => 160,
      decode: () => {
        throw new Error('bad frame');
      },
      snapshot: () => null,
    }),
  };
  const world = bench({ codecs: [...g711, broken] });
  const engine = world.engine();
  const [well, ill] = [await world.peer(), await world.peer()];
  await engine.stream(1, well);
  await engine.stream(2, ill, {
    codecs: [
      { name: 'BROKEN', clockRateHz: 8000, channels: 1, sendPayloadType: 97, receivePayloadType: 97, fmtp: null },
    ],
  });
  for (const stream of [1, 2]) engine.play(stream, { kind: 'room', item: stream, room: 'r', listenOnly: false });
  await world.ticks(10, () => {
    well.speak(loud);
    ill.speak(loud, 97);
  });
  assert.equal(well.take().length, 10);
  assert.ok(ill.take().length < 6);
  const logs = engine.events.flatMap((event) => (event.kind === 'log' ? [event.message] : []));
  assert.deepEqual(logs, ['the stream falls silent: Error: bad frame']);
});

test('the state of a codec moves along', async () => {
  /** 16-bit samples, each the difference to the one before. */
  const delta = {
    name: 'DELTA',
    clockRateHz: 16_000,
    sampleRateHz: 16_000,
    channels: 1 as const,
    staticPayloadType: null,
    fmtp: null,
    maxFrameBytes: 640,
    create() {
      let [sent, got] = [0, 0];
      return {
        encode(samples: Int16Array, count: number, payload: Uint8Array) {
          const view = new DataView(payload.buffer, payload.byteOffset);
          for (let i = 0; i < count; i++) {
            view.setInt16(i * 2, (samples[i] ?? 0) - sent);
            sent = samples[i] ?? 0;
          }
          return count * 2;
        },
        decode(payload: Uint8Array, length: number, samples: Int16Array) {
          const view = new DataView(payload.buffer, payload.byteOffset);
          for (let i = 0; i < length / 2; i++) {
            got = (got + view.getInt16(i * 2)) | 0;
            samples[i] = got;
          }
          return length / 2;
        },
        snapshot: () => [sent, got],
        restore(state: unknown) {
          if (Array.isArray(state)) [sent, got] = state;
        },
      };
    },
  };
  const world = bench({ codecs: [...g711, delta] });
  const [left, right] = [world.engine(), world.engine()];
  const peer = await world.peer();
  await left.stream(1, peer, {
    codecs: [
      { name: 'DELTA', clockRateHz: 16_000, channels: 1, sendPayloadType: 97, receivePayloadType: 97, fmtp: null },
    ],
  });
  left.play(1, { kind: 'echo', item: 1 });
  const step = (value: number): Uint8Array => {
    const payload = new Uint8Array(640);
    new DataView(payload.buffer).setInt16(0, value);
    return payload;
  };
  let tick = 0;
  const speak = (): void => {
    peer.packet(tick, tick * 320, step(tick === 0 ? 1000 : 0), 97);
    tick++;
  };
  await world.ticks(6, speak);
  const snapshot = await left.ask<StreamSnapshot>((request) => ({ kind: 'detach', request, stream: 1 }));
  const copy = JSON.parse(JSON.stringify(snapshot));
  await right.ask((request) => ({ kind: 'attach', request, snapshot: copy, reopen: false }));
  right.prompt(3, new Int16Array(640).fill(300), 16_000);
  right.send({ kind: 'play', stream: 1, where: 'front', items: [{ kind: 'prompt', item: 2, prompt: 3, loop: false }] });
  await world.ticks(6, speak);
  let level = 0;
  const levels = peer.take().map(({ payload }) => {
    const view = new DataView(payload.buffer, payload.byteOffset);
    for (let i = 0; i < 320; i++) level += view.getInt16(i * 2);
    return level;
  });
  assert.deepEqual(levels, [0, 0, 0, 1000, 1000, 1000, 300, 300, 1000, 1000, 1000, 1000]);
});
