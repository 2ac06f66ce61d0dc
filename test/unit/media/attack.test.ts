/** A peer, or somebody in its place, that wants to break the engine: it goes on, and its figures are right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSample, linearToUlaw } from '../../../core/media/index.ts';
import { codecs as loaded } from '../../../core/media/worker/codecs/index.ts';
import type { StreamSnapshot, StreamStats } from '../../../core/media/worker/protocol.ts';
import type { CodecRecord } from '../../../core/media/worker/records.ts';
import { rtcpTypes, writeRtcp } from '../../../core/media/worker/rtcp.ts';
import { SrtpContext } from '../../../core/media/worker/srtp.ts';
import type { AudioParameters, SrtpParameters } from '../../../core/sdp/index.ts';
import { agreed, bench, type TestEngine } from './harness.ts';

const loud = encodeSample(linearToUlaw, 1000);

/** Numbers of one seed. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * limit);
  };
}

function statsOf(engine: TestEngine): Promise<StreamStats> {
  return engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));
}

async function echo(parameters: Partial<AudioParameters> = {}, records: readonly CodecRecord[] = loaded) {
  const world = bench({ codecs: records });
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, parameters);
  engine.play(1, { kind: 'echo', item: 1 });
  return { world, engine, peer };
}

/** Talks as usual; how many frames of it come back. */
async function echoed({ world, peer }: Awaited<ReturnType<typeof echo>>, ticks = 50): Promise<number> {
  peer.take();
  await world.ticks(ticks, () => peer.speak(loud));
  return peer.take().filter(({ payload }) => payload.includes(loud)).length;
}

function refuseFaults(engine: TestEngine): void {
  const faults = engine.events.filter((event) => event.kind === 'log' && /falls silent|cannot/.test(event.message));
  assert.deepEqual(faults, []);
}

test('a storm of key presses tells what a hand could press, counts the rest, and the audio goes on {dtmf}', async () => {
  const talk = await echo();
  const { world, engine, peer } = talk;
  await echoed(talk);
  await world.ticks(50, () => {
    for (let i = 0; i < 200; i++) {
      peer.packet(peer.sequence, peer.timestamp, Uint8Array.of(i % 16, 0x80 | 10, 0, 160), 101);
      peer.sequence = (peer.sequence + 1) & 0xffff;
      peer.timestamp += 160;
    }
  });
  const keys = engine.kinds().filter((kind) => kind === 'key').length;
  assert.ok(keys > 20 && keys < 110, `${keys} keys`);
  assert.ok((await statsOf(engine)).packetsMalformed > 5000);
  await world.ticks(100);
  assert.ok((await echoed(talk)) > 30);
});

test('a BYE that is said again and again is told once {rtcp}', async () => {
  const { world, engine, peer } = await echo();
  const bye = new Uint8Array(200);
  const length = writeRtcp(bye, peer.ssrc, 'x', null, null, true);
  await world.ticks(20, () => {
    peer.speak(loud);
    for (let i = 0; i < 20; i++) peer.raw(bye.slice(0, length), true);
  });
  assert.equal(engine.kinds().filter((kind) => kind === 'peerBye').length, 1);
});

test('jumps of the sequence, of the timestamp and of the source in every packet harm only their own audio {rtp}', async () => {
  const talk = await echo();
  const { world, engine, peer } = talk;
  const random = seeded(3);
  for (const attack of ['sequence', 'timestamp', 'ssrc', 'all'] as const) {
    const before = { ssrc: peer.ssrc };
    await world.ticks(250, () => {
      if (attack === 'sequence' || attack === 'all') peer.sequence = random(0x1_0000);
      if (attack === 'timestamp' || attack === 'all') peer.timestamp = random(0x1_0000_0000);
      if (attack === 'ssrc' || attack === 'all') peer.ssrc = random(0x1_0000_0000);
      peer.speak(loud);
    });
    peer.ssrc = before.ssrc;
    await world.ticks(20);
    assert.ok((await echoed(talk, 100)) > 60, attack);
  }
  const { packetsLost, packetsReceived, jitterMs } = await statsOf(engine);
  assert.ok(packetsLost >= 0 && packetsReceived > 0 && Number.isFinite(jitterMs));
  refuseFaults(engine);
});

test('packets of any bytes change nothing for the call, whoever they are from {rtp} {rtcp}', async () => {
  const talk = await echo();
  const { world, engine, peer } = talk;
  await echoed(talk);
  const random = seeded(11);
  await world.ticks(500, () => {
    for (let i = 0; i < 10; i++) {
      const bytes = Uint8Array.from({ length: random(120) }, () => random(256));
      if (bytes.length > 1 && random(2) === 0) bytes[0] = 0x80 | random(64);
      if (bytes.length > 1 && random(3) === 0) bytes[1] = 200 + random(8);
      peer.raw(bytes, random(2) === 0);
    }
    peer.speak(loud);
  });
  await world.ticks(20);
  assert.ok((await echoed(talk, 100)) > 60);
  refuseFaults(engine);
});

test('RTCP whose lengths lie is refused whole {rtcp}', async () => {
  const { world, engine, peer } = await echo();
  const good = new Uint8Array(200);
  const length = writeRtcp(good, peer.ssrc, 'somebody', null, null, true);
  const random = seeded(5);
  await world.ticks(300, () => {
    const lying = good.slice(0, length);
    // The length field of one of the three packets of the compound.
    const at = [0, 8, 8][random(3)] ?? 0;
    lying[at + 2] = random(256);
    lying[at + 3] = random(256) | 0x40;
    peer.raw(lying, true);
    const bomb = new Uint8Array(1480);
    bomb.set([0x80, rtcpTypes.rr, 0, 1]);
    for (let i = 8; i + 4 <= bomb.length; i += 4)
      bomb.set([0x9f, random(2) === 0 ? rtcpTypes.sdes : rtcpTypes.xr, 0, 0], i);
    peer.raw(bomb, true);
    peer.speak(loud);
  });
  assert.equal(engine.kinds().includes('peerBye'), false);
  assert.ok((await statsOf(engine)).packetsMalformed >= 590);
});

test('payloads of any bytes and lengths go through every codec for a minute, each codec in every packet {transcoding}', async () => {
  const codecs = loaded.map(({ name, clockRateHz, channels, fmtp }, index) => ({
    ...{ name, clockRateHz, channels, fmtp },
    sendPayloadType: 40 + index,
    receivePayloadType: 40 + index,
  }));
  const [first, ...rest] = codecs;
  assert.ok(first !== undefined);
  const { world, engine, peer } = await echo({ codecs: [first, ...rest] });
  const random = seeded(17);
  await world.ticks(3000, (tick) => {
    // First one codec for a while, then another with each packet.
    const index = tick < 1500 ? Math.floor(tick / 60) % codecs.length : random(codecs.length);
    const payload = Uint8Array.from({ length: random(400) }, () => random(256));
    peer.packet(peer.sequence, peer.timestamp, payload, 40 + index);
    peer.sequence = (peer.sequence + (random(20) === 0 ? 2 : 1)) & 0xffff;
    peer.timestamp += 160;
  });
  refuseFaults(engine);
  const { packetsSent, packetsReceived } = await statsOf(engine);
  assert.equal(packetsSent, 3000);
  assert.ok(packetsReceived > 2900);
});

test('200 re-offers at speed, with another codec, packet time and keys each, and the last one holds {transcoding} {srtp}', async () => {
  const talk = await echo();
  const { world, engine, peer } = talk;
  const random = seeded(23);
  const key = (byte: number) => Buffer.alloc(30, byte).toString('base64');
  for (let i = 0; i < 200; i++) {
    const record = loaded[random(loaded.length)];
    assert.ok(record !== undefined);
    const { name, clockRateHz, channels, fmtp } = record;
    const codec = { name, clockRateHz, channels, fmtp, sendPayloadType: 96, receivePayloadType: 96 };
    const ptimeMs = [10, 20, 30, 40, 60][random(5)] ?? 20;
    const suite = random(2) === 0 ? 'AES_CM_128_HMAC_SHA1_80' : 'AES_CM_128_HMAC_SHA1_32';
    const srtp =
      random(3) === 0 ? {} : { srtp: { suite, sendKey: key(random(9)), receiveKey: key(random(9)) } as const };
    engine.send({ kind: 'configure', stream: 1, parameters: { ...agreed(peer), codecs: [codec], ptimeMs, ...srtp } });
    await world.ticks(2, () => peer.speak(loud, 96));
  }
  engine.send({ kind: 'configure', stream: 1, parameters: agreed(peer) });
  await world.ticks(20);
  assert.ok((await echoed(talk, 100)) > 70);
  refuseFaults(engine);
});

test('bursts of replayed packets over the wrap change nothing {srtp}', async () => {
  const key = (byte: number) => Buffer.alloc(30, byte).toString('base64');
  const keys: SrtpParameters = { suite: 'AES_CM_128_HMAC_SHA1_80', sendKey: key(1), receiveKey: key(2) };
  const { world, engine, peer } = await echo({ srtp: keys });
  const theirs = new SrtpContext({ ...keys, sendKey: keys.receiveKey, receiveKey: keys.sendKey });
  const sent: Uint8Array[] = [];
  peer.sequence = 65_400;
  const random = seeded(29);
  const packet = new Uint8Array(400);
  await world.ticks(400, () => {
    packet.fill(loud, 12, 172);
    packet.set([0x80, 0, peer.sequence >> 8, peer.sequence & 0xff, 0, 0, 0, 0, 1, 2, 3, 4]);
    new DataView(packet.buffer).setUint32(4, peer.timestamp);
    const sealed = packet.slice(0, theirs.protect(packet, 172));
    peer.sequence = (peer.sequence + 1) & 0xffff;
    peer.timestamp += 160;
    peer.raw(sealed);
    sent.push(sealed);
    for (let i = 0; i < 15; i++) peer.raw((sent[random(sent.length)] as Uint8Array).slice());
  });
  const { packetsReceived, packetsLost, packetsReplayed, packetsNotAuthentic } = await statsOf(engine);
  assert.deepEqual([packetsReceived, packetsLost, packetsNotAuthentic], [400, 0, 0]);
  assert.equal(packetsReplayed, 6000);
});

test('a stream that opens and closes 5000 times leaves no port, socket or timer behind {rtp}', async () => {
  const world = bench({ codecs: loaded });
  const engine = world.engine();
  const peer = await world.peer();
  const timers = world.clock.pendingDelaysMs().length;
  for (let i = 0; i < 5000; i++) {
    await engine.stream(1, peer);
    await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  }
  assert.equal(engine.engine.streams, 0);
  await world.clock.advance(10_000);
  assert.equal(world.clock.pendingDelaysMs().length, timers);
  // All fifty pairs of the range can be had at once.
  for (let i = 0; i < 50; i++) await engine.stream(100 + i, peer);
  assert.equal(engine.engine.streams, 50);
});

test('what was not read while the application did not listen is not lost {rtcp}', async () => {
  const { world, engine, peer } = await echo();
  await world.ticks(20, () => peer.speak(loud));
  engine.send({ kind: 'setReceiving', stream: 1, receiving: false });
  await world.ticks(100, () => peer.speak(loud));
  engine.send({ kind: 'setReceiving', stream: 1, receiving: true });
  await world.ticks(20, () => peer.speak(loud));
  const { packetsReceived, packetsLost } = await statsOf(engine);
  assert.deepEqual([packetsReceived, packetsLost], [40, 0]);
});

test('a report tells the loss of the source that it names, not of those before {rtcp}', async () => {
  const { world, peer } = await echo();
  await world.ticks(50, (tick) => {
    if (tick % 2 === 0) peer.sequence++; // every second one is lost
    peer.speak(loud);
  });
  peer.ssrc++;
  peer.sequence = 100;
  peer.take();
  peer.rtcp.length = 0;
  await world.ticks(600, () => peer.speak(loud));
  peer.take();
  const report = peer.rtcp.at(-1);
  assert.ok(report !== undefined);
  const view = new DataView(report.buffer, report.byteOffset);
  assert.equal(view.getUint32(28), peer.ssrc);
  assert.equal(view.getUint32(32), 0, 'lost, and its fraction');
});

test('comfort noise that is agreed later is sent and understood {comfort-noise}', async () => {
  const world = bench({ codecs: loaded });
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, {}, { silenceSuppression: true });
  await world.ticks(20, () => peer.speak(loud));
  const comfortNoise = { sendPayloadType: 13, receivePayloadType: 13 };
  engine.send({ kind: 'configure', stream: 1, parameters: { ...agreed(peer), comfortNoise } });
  peer.take();
  await world.ticks(100, () => peer.speak(loud));
  assert.ok(peer.take().some(({ payloadType }) => payloadType === 13));
});

test('a stream that moves in a pause keeps its noise, and one that followed the peer its codec {comfort-noise} {transcoding}', async () => {
  const { world, engine, peer } = await echo();
  await world.ticks(40, () => peer.speak(loud, 8));
  peer.packet(peer.sequence, peer.timestamp, Uint8Array.of(30), 13);
  peer.sequence++;
  await world.ticks(30);
  assert.equal(peer.take().at(-1)?.payloadType, 8);
  const snapshot = await engine.ask<StreamSnapshot>((request) => ({ kind: 'detach', request, stream: 1 }));
  const other = world.engine();
  await other.ask((request) => ({ kind: 'attach', request, snapshot: structuredClone(snapshot), reopen: false }));
  await world.ticks(10);
  const after = peer.take();
  assert.deepEqual([...new Set(after.map(({ payloadType }) => payloadType))], [8]);
  assert.ok(
    after.every(({ payload }) => new Set(payload).size > 4),
    'the pause fell silent',
  );
});

test('a codec that says that it wrote a million bytes sends what it wrote {transcoding}', async () => {
  for (const said of [1_000_000, Number.NaN, -1]) {
    for (const ptimeMs of [20, 40]) {
      const [pcmu] = loaded;
      assert.ok(pcmu !== undefined);
      const { decodingTable: _table, ...plain } = pcmu;
      const record: CodecRecord = {
        ...plain,
        maxFrameBytes: 160,
        create: () => ({ encode: () => said, decode: () => 0, snapshot: () => null }),
      };
      const { world, peer } = await echo({ ptimeMs }, [record]);
      await world.ticks(10, () => peer.speak(loud));
      const lengths = peer.take().map(({ payload }) => payload.length);
      assert.equal(lengths.length > 0, said > 0, `${said} at ${ptimeMs} ms: ${lengths.join()}`);
      assert.ok(lengths.every((length) => length <= 1460));
    }
  }
});
