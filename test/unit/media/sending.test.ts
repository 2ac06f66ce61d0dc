import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs as g711 } from '../../../core/media/worker/codecs/g711.ts';
import { longestSentPayload, planPackets } from '../../../core/media/worker/packet-plan.ts';
import type { StreamStats } from '../../../core/media/worker/protocol.ts';
import type { Codec, CodecRecord } from '../../../core/media/worker/records.ts';
import { SilenceDetector } from '../../../core/media/worker/silence-detector.ts';
import type { NegotiatedCodec } from '../../../core/sdp/index.ts';
import { bench, type Peer, type ReceivedPacket } from './harness.ts';

/** A codec whose frames tell their number, and nothing where `silent` says so. */
function numbered(name: string, frameMs: number, bytes: number, silent: (frame: number) => boolean = () => false) {
  const record: CodecRecord = {
    name,
    clockRateHz: 8000,
    sampleRateHz: 8000,
    channels: 1,
    staticPayloadType: null,
    fmtp: null,
    maxFrameBytes: bytes,
    create(): Codec {
      let frames = 0;
      return {
        frameMs,
        encode(_samples, count, payload) {
          assert.equal(count, frameMs * 8);
          const frame = frames++;
          if (silent(frame)) return 0;
          payload.fill(frame & 0xff, 0, bytes);
          return bytes;
        },
        decode: () => 0,
        snapshot: () => null,
      };
    },
  };
  return record;
}

const agreedOn = ({ name, clockRateHz }: CodecRecord, payloadType: number): NegotiatedCodec => ({
  name,
  clockRateHz,
  channels: 1,
  sendPayloadType: payloadType,
  receivePayloadType: payloadType,
  fmtp: null,
});

async function sending(record: CodecRecord, ptimeMs: number) {
  const world = bench({ codecs: [...g711, record] });
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { codecs: [agreedOn(record, 97)], ptimeMs });
  return { world, engine, peer };
}

const steps = (packets: readonly ReceivedPacket[]): number[] =>
  packets.slice(1).map(({ timestamp }, i) => (timestamp - (packets[i]?.timestamp ?? 0)) >>> 0);

test('a codec of 30 ms frames gets its samples collected and sends every 30 ms {rtp}', async () => {
  const { world, peer } = await sending(numbered('THIRTY', 30, 50), 30);
  await world.ticks(31);
  const packets = peer.take();
  assert.equal(packets.length, 20);
  assert.ok(
    packets.every(({ payload, marker }, i) => payload.length === 50 && payload[0] === i && marker === (i === 0)),
  );
  assert.ok(steps(packets).every((units) => units === 240));
});

test('a codec of 10 ms frames sends two packets a tick, or as many frames in one as ptime wants {rtp}', async () => {
  for (const [ptimeMs, bytes] of [
    [10, 10],
    [20, 20],
    [50, 50],
  ] as const) {
    const { world, peer } = await sending(numbered('TEN', 10, 10), ptimeMs);
    await world.ticks(10);
    const packets = peer.take();
    assert.equal(packets.length, 200 / ptimeMs);
    assert.ok(packets.every(({ payload }) => payload.length === bytes));
    assert.ok(steps(packets).every((units) => units === ptimeMs * 8));
  }
});

test('several frames of a frame codec share a packet, one behind the other {rtp}', async () => {
  const { world, peer } = await sending(numbered('GSMLIKE', 20, 33), 60);
  await world.ticks(9);
  const packets = peer.take();
  assert.deepEqual(
    packets.map(({ payload }) => [payload.length, payload[0], payload[33], payload[66]]),
    [
      [99, 0, 1, 2],
      [99, 3, 4, 5],
      [99, 6, 7, 8],
    ],
  );
});

for (const ptimeMs of [10, 20, 30, 40, 50, 60]) {
  test(`G.711 is sent in packets of ${ptimeMs} ms, sequence and timestamp in step {rtp}`, async () => {
    const world = bench();
    const engine = world.engine();
    const peer = await world.peer();
    await engine.stream(1, peer, { ptimeMs });
    await world.ticks(60);
    const packets = peer.take();
    assert.equal(packets.length, 1200 / ptimeMs);
    assert.ok(packets.every(({ payload }) => payload.length === ptimeMs * 8));
    assert.ok(steps(packets).every((units) => units === ptimeMs * 8));
    assert.ok(
      packets.every(({ sequence }, i) => i === 0 || sequence === ((packets[i - 1]?.sequence ?? 0) + 1) % 65536),
    );
  });
}

test('a new ptime in mid-call takes effect and the clock goes on without a jump {rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { ptimeMs: 20 });
  const started: ReceivedPacket[] = [];
  for (const ptimeMs of [20, 60, 10, 40]) {
    engine.send({ kind: 'configure', stream: 1, parameters: { ...agreedWith(peer), ptimeMs } });
    await world.ticks(6);
    const packets = peer.take();
    assert.ok(packets.length > 0);
    assert.ok(packets.every(({ payload }) => payload.length === ptimeMs * 8));
    started.push(packets[0] as ReceivedPacket);
  }
  // Six ticks of 20 ms a turn, whatever the packets.
  assert.deepEqual(steps(started), [960, 960, 960]);
});

function agreedWith(peer: Peer) {
  return {
    remote: { address: peer.address, port: 5000 },
    remoteRtcp: null,
    direction: 'sendrecv' as const,
    codecs: [agreedOn(g711[0] as CodecRecord, 0)] as const,
    telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101 },
  };
}

test('the payload number changes in mid-call with the agreement, sequence and timestamp go on {rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  await world.ticks(5);
  const codecs = [agreedOn(g711[1] as CodecRecord, 8)] as const;
  engine.send({ kind: 'configure', stream: 1, parameters: { ...agreedWith(peer), ptimeMs: 20, codecs } });
  await world.ticks(5);
  const packets = peer.take();
  assert.deepEqual(
    packets.map(({ payloadType }) => payloadType),
    [0, 0, 0, 0, 0, 8, 8, 8, 8, 8],
  );
  assert.ok(steps(packets).every((units) => units === 160));
});

test('what the codec need not send is not sent: time goes on, and the next packet has the marker {rtp}', async () => {
  const { world, peer } = await sending(
    numbered('QUIET', 20, 20, (frame) => frame >= 3 && frame < 8),
    20,
  );
  await world.ticks(11);
  const packets = peer.take();
  assert.deepEqual(
    packets.map(({ payload, marker }) => [payload[0], marker]),
    [
      [0, true],
      [1, false],
      [2, false],
      [8, true],
      [9, false],
      [10, false],
    ],
  );
  assert.deepEqual(steps(packets), [160, 160, 960, 160, 160]);
  assert.ok(steps(packets.map((packet) => ({ ...packet, timestamp: packet.sequence }))).every((one) => one === 1));
});

test('a pause of the codec sends what waits in a packet of several frames {rtp}', async () => {
  const { world, peer } = await sending(
    numbered('QUIET', 20, 20, (frame) => frame === 4),
    60,
  );
  await world.ticks(8);
  assert.deepEqual(
    peer.take().map(({ payload, marker }) => [payload.length, payload[0], marker]),
    [
      [60, 0, true],
      [20, 3, false],
      [60, 5, true],
    ],
  );
});

test('no packet is longer than an Ethernet frame carries, however long ptime is {rtp}', () => {
  const record = (sampleRateHz: number, channels: 1 | 2): CodecRecord => ({
    ...numbered('L16', 20, 4000),
    bytesPerSample: 2,
    sampleRateHz,
    clockRateHz: sampleRateHz,
    channels,
  });
  for (const rateHz of [8000, 16_000, 44_100, 48_000]) {
    for (const channels of [1, 2] as const) {
      for (const ptimeMs of [10, 20, 30, 60, 200, Number.NaN]) {
        const plan = planPackets(record(rateHz, channels), undefined, ptimeMs);
        assert.ok(plan.payloadBytes > 0 && plan.payloadBytes <= longestSentPayload, `${rateHz} ${channels} ${ptimeMs}`);
        assert.equal(plan.payloadBytes % (2 * channels), 0);
      }
    }
  }
  assert.equal(planPackets(numbered('BIG', 20, 500), 20, 60).framesPerPacket, 2);
  assert.equal(planPackets({ ...numbered('ONE', 20, 50), singleFrame: true }, 20, 60).framesPerPacket, 1);
  const g722: CodecRecord = { ...record(16_000, 1), bytesPerSample: 0.5, clockRateHz: 8000 };
  assert.deepEqual(
    [10, 20, 25, 30, 60].map((ptimeMs) => {
      const { payloadBytes, packetUnits } = planPackets(g722, undefined, ptimeMs);
      return [payloadBytes, packetUnits];
    }),
    [
      [80, 80],
      [160, 160],
      [160, 160],
      [240, 240],
      [480, 480],
    ],
  );
});

/** Speech-like: noise of this amplitude. */
function noise(amplitude: number, count: number): number[] {
  let seed = 1;
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return Math.round((seed / 2 ** 31) * amplitude);
  });
}

async function suppressing(comfortNoise: { sendPayloadType: number; receivePayloadType: number } | null) {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { comfortNoise }, { silenceSuppression: true });
  engine.prompt(1, [...noise(8000, 8000), ...noise(20, 24_000), ...noise(8000, 8000)]);
  engine.play(1, { kind: 'prompt', item: 1, prompt: 1, loop: false });
  await world.ticks(250);
  return peer.take();
}

test('silence is not sent where comfort noise was agreed: its description is, and a marker after it {comfort-noise}', async () => {
  const packets = await suppressing({ sendPayloadType: 13, receivePayloadType: 13 });
  const described = packets.filter(({ payloadType }) => payloadType === 13);
  const spoken = packets.filter(({ payloadType }) => payloadType === 0);
  assert.ok(described.length >= 2 && described.length < 20, `${described.length} descriptions in 3 s`);
  // Two seconds of speech, and the end of it until the pause is sure.
  assert.ok(spoken.length >= 100 && spoken.length < 130, `${spoken.length} packets of speech`);
  assert.equal(spoken.filter(({ marker }) => marker).length, 2);
  const [first] = packets;
  for (const [i, packet] of packets.entries()) {
    assert.equal(packet.sequence, ((first?.sequence ?? 0) + i) & 0xffff);
    assert.equal(((packet.timestamp - (first?.timestamp ?? 0)) >>> 0) % 160, 0);
  }
  const last = spoken.at(-1);
  assert.ok(((last?.timestamp ?? 0) - (first?.timestamp ?? 0)) >>> 0 >= 39_000, 'the clock goes on in silence');
});

test('without an agreement on comfort noise silence is sent as audio {comfort-noise}', async () => {
  const packets = await suppressing(null);
  assert.equal(packets.length, 250);
});

test('speech is not taken for silence, and a quieter room is noticed {comfort-noise}', () => {
  const detector = new SilenceDetector();
  const frame = (amplitude: number): Int16Array => Int16Array.from(noise(amplitude, 160));
  for (let i = 0; i < 100; i++) assert.equal(detector.isSilence(frame(3000), 160, 20), false);
  let silent = 0;
  for (let i = 0; i < 100; i++) if (detector.isSilence(frame(30), 160, 20)) silent++;
  assert.ok(silent > 80);
  assert.equal(detector.isSilence(frame(3000), 160, 20), false, 'the first loud frame is speech');
});

test('a peer whose packets the system refuses is told once and tried now and then, until one goes out {rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  const { io } = engine.engine;
  const send = io.send.bind(io);
  let tried = 0;
  io.send = () => {
    tried++;
    return false;
  };
  await world.ticks(150);
  assert.ok(tried >= 50 && tried < 75, `${tried} of 150 were tried`);
  assert.equal(engine.kinds().filter((kind) => kind === 'peerUnreachable').length, 1);
  io.send = send;
  await world.ticks(12);
  peer.take();
  await world.ticks(10);
  assert.equal(peer.take().length, 10);
});

test('packets that a batch was refused for count for their stream as if they had been refused at once {rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  const other = await world.peer();
  const { rtp } = await engine.stream(1, peer);
  await engine.stream(2, other);
  const { io } = engine.engine;
  const send = io.send.bind(io);
  let refused: (socket: number) => void = () => {};
  let waiting = 0;
  io.gather = (told) => {
    refused = told;
  };
  io.flush = () => {
    for (; waiting > 0; waiting--) refused(rtp);
  };
  io.send = (socket, ...rest) => {
    if (socket !== rtp) return send(socket, ...rest);
    waiting++;
    return true;
  };
  await world.ticks(150);
  assert.equal(engine.kinds().filter((kind) => kind === 'peerUnreachable').length, 1);
  const stats = await engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));
  assert.equal(stats.packetsSent, 0);
  assert.ok(stats.sendErrors >= 50);
  io.send = send;
  await world.ticks(30);
  peer.take();
  await world.ticks(10);
  assert.equal(peer.take().length, 10);
  assert.ok(other.take().length >= 180);
});
