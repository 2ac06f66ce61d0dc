import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSample, linearToUlaw, ulawToLinear } from '../../../core/media/index.ts';
import { codecs as g711 } from '../../../core/media/worker/codecs/g711.ts';
import { codecs as g722 } from '../../../core/media/worker/codecs/g722.ts';
import { codecs as l16 } from '../../../core/media/worker/codecs/l16.ts';
import type { MediaEvent, StreamStats } from '../../../core/media/worker/protocol.ts';
import { ReceptionStatistics } from '../../../core/media/worker/reception-statistics.ts';
import type { CodecRecord } from '../../../core/media/worker/records.ts';
import type { NegotiatedCodec } from '../../../core/sdp/index.ts';
import { agreed, bench, type Peer, type TestEngine } from './harness.ts';

const loud = encodeSample(linearToUlaw, 8000);
const faint = encodeSample(linearToUlaw, 500);
const level = (code: number | undefined): number => ulawToLinear[code ?? 0xff] ?? 0;

const agreedOn = (name: string, clockRateHz: number, payloadType: number): NegotiatedCodec => ({
  name,
  clockRateHz,
  channels: 1,
  sendPayloadType: payloadType,
  receivePayloadType: payloadType,
  fmtp: null,
});

const statsOf = (engine: TestEngine, stream = 1): Promise<StreamStats> =>
  engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream }));

async function echoing(parameters: Parameters<TestEngine['stream']>[2] = {}, codecs?: readonly CodecRecord[]) {
  const world = bench(codecs === undefined ? {} : { codecs });
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, parameters);
  engine.play(1, { kind: 'echo', item: 1 });
  return { world, engine, peer };
}

/** Somebody at another address who sends as if it were the peer. */
async function twin(world: ReturnType<typeof bench>, peer: Peer): Promise<Peer> {
  const other = await world.peer();
  other.target = peer.target;
  other.ssrc = peer.ssrc;
  other.sequence = peer.sequence;
  other.timestamp = peer.timestamp;
  return other;
}

const learned = (events: readonly MediaEvent[]): MediaEvent[] => events.filter(({ kind }) => kind === 'peerLearned');

test('corner case 99: CSRC, padding and a header extension are skipped, and checked against the length {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  const audio = Buffer.alloc(160, loud).toString('hex');
  const packet = (flags: string, sequence: number, middle: string, tail = ''): Uint8Array => {
    const timestamp = (50_000 + sequence * 160).toString(16).padStart(8, '0');
    const head = `${flags}00${sequence.toString(16).padStart(4, '0')}${timestamp}bb000001`;
    return new Uint8Array(Buffer.from(head + middle + audio + tail, 'hex'));
  };
  const csrc = '1111111122222222';
  const extension = 'bede00011000ff00';
  const forms = [
    (n: number) => packet('82', n, csrc),
    (n: number) => packet('90', n, extension),
    (n: number) => packet('b2', n, csrc + extension, '000003'),
    (n: number) => packet('a0', n, '', '01'),
  ];
  await world.ticks(16, (tick) => peer.raw((forms[tick % 4] ?? forms[0])?.(tick + 1) ?? new Uint8Array(0)));
  const heard = peer.take().slice(6);
  assert.ok(heard.length > 0 && heard.every(({ payload }) => payload.every((code) => code === loud)));
  // Fifteen CSRCs, an extension of 65535 words, 255 bytes of padding: none of them is there.
  for (const bad of [packet('8f', 30, ''), packet('90', 31, '', ''), packet('a0', 32, '', 'ff')]) {
    const cut = bad.slice(0, 40);
    if (bad[0] === 0x90) cut.set([0xff, 0xff], 14);
    if (bad[0] === 0xa0) cut[39] = 0xff;
    peer.raw(cut);
  }
  await world.ticks(2);
  assert.equal((await statsOf(engine)).packetsMalformed, 3);
});

for (const [rateHz, name] of [
  [8000, 'PCMU'],
  [16_000, 'L16'],
  [32_000, 'L16'],
] as const) {
  test(`sequence and timestamp wrap without a hole at ${rateHz} Hz {rtp}`, async () => {
    const isPcmu = name === 'PCMU';
    const wide: CodecRecord = {
      ...(l16[0] as CodecRecord),
      sampleRateHz: rateHz,
      clockRateHz: rateHz,
      maxFrameBytes: rateHz / 25,
    };
    const codecs = isPcmu ? g711 : [wide];
    const { world, engine, peer } = await echoing({ codecs: [agreedOn(name, rateHz, 97)] }, codecs);
    const units = rateHz / 50;
    const bytes = isPcmu ? units : units * 2;
    let sequence = 0xfffa;
    let timestamp = (0x1_0000_0000 - 6 * units) >>> 0;
    await world.ticks(40, () => {
      peer.packet(sequence, timestamp, new Uint8Array(bytes).fill(0x11), 97);
      sequence = (sequence + 1) & 0xffff;
      timestamp = (timestamp + units) >>> 0;
    });
    const heard = peer.take();
    assert.ok(heard.slice(6).every(({ payload }) => payload.every((byte) => byte === 0x11)));
    const stats = await statsOf(engine);
    assert.deepEqual([stats.packetsLost, stats.concealedMs, stats.packetsLate], [0, 0, 0]);
  });
}

test('corner case 100: a wrap of the sequence counts as one packet further, also with loss over it {rtp}', () => {
  const statistics = new ReceptionStatistics();
  for (const sequence of [65_533, 65_534, 2, 3]) statistics.received(sequence, sequence * 160, 160, 0, 8000);
  assert.deepEqual([statistics.lost, statistics.lossRuns, statistics.lostInRuns], [3, 1, 3]);
  assert.equal(statistics.extendedHighest, 65_536 + 3);
});

test('corner case 101: G.722 has 16000 samples a second and a clock of 8000 {g722}', async () => {
  const { world, engine, peer } = await echoing({ codecs: [agreedOn('G722', 8000, 9)] }, g722);
  await world.ticks(50, () => peer.speak(new Uint8Array(160).fill(0x5a), 9));
  const packets = peer.take();
  assert.ok(packets.slice(1).every(({ timestamp }, i) => (timestamp - (packets[i]?.timestamp ?? 0)) >>> 0 === 160));
  assert.ok(packets.every(({ payload }) => payload.length === 160));
  const stats = await statsOf(engine);
  assert.deepEqual([stats.concealedMs, stats.packetsLost, stats.jitterMs], [0, 0, 0]);
});

test('corner case 102: the peer switches to another agreed codec in mid-stream, is understood, and answered in it {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud, 0));
  peer.take();
  await world.ticks(40, () => peer.speak(0x2a, 8));
  const packets = peer.take();
  assert.equal(packets[0]?.payloadType, 0);
  assert.equal(packets.at(-1)?.payloadType, 8);
  assert.ok(packets.at(-1)?.payload.every((code) => code === 0x2a));
  assert.equal(packets.filter(({ payloadType }, i) => payloadType !== packets[i - 1]?.payloadType).length, 2);
  assert.equal((await statsOf(engine)).codec, 'PCMA/8000');
  assert.equal((await statsOf(engine)).concealedMs, 0);
});

test('a peer that switches to a codec of another rate is followed too {rtp}', async () => {
  const { world, engine, peer } = await echoing({ codecs: [agreedOn('PCMU', 8000, 0), agreedOn('G722', 8000, 9)] }, [
    ...g711,
    ...g722,
  ]);
  await world.ticks(20, () => peer.speak(loud, 0));
  await world.ticks(40, () => peer.speak(new Uint8Array(160).fill(0x5a), 9));
  const packets = peer.take();
  assert.equal(packets.at(-1)?.payloadType, 9);
  assert.ok(packets.slice(1).every(({ timestamp }, i) => (timestamp - (packets[i]?.timestamp ?? 0)) >>> 0 === 160));
  assert.equal((await statsOf(engine)).codec, 'G722/8000');
});

for (const ptimeMs of [10, 20, 30, 40, 60, 80]) {
  test(`packets of ${ptimeMs} ms are played without a hole, whatever we send {rtp}`, async () => {
    const { world, engine, peer } = await echoing();
    let dueMs = 0;
    await world.ticks(60, (tick) => {
      for (; dueMs <= tick * 20; dueMs += ptimeMs) peer.speak(new Uint8Array(ptimeMs * 8).fill(loud));
    });
    const heard = peer.take().slice(10);
    assert.ok(heard.every(({ payload }) => payload.length === 160 && payload.every((code) => code === loud)));
    assert.equal((await statsOf(engine)).concealedMs, 0);
  });
}

test('corner case 94: the first packet after an offer and answer teaches the address, on hold, and of any payload {symmetric-rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { direction: 'inactive', remote: { address: '10.9.9.9', port: 4444 } });
  peer.speak(loud, 77);
  await world.ticks(2);
  assert.equal(learned(engine.events).length, 1);
  // A new agreement on the same address: the peer sends from elsewhere now.
  const moved = await twin(world, peer);
  const again = { ...agreed(peer), remote: { address: '10.9.9.9', port: 4444 } };
  engine.send({ kind: 'configure', stream: 1, parameters: again });
  await world.ticks(15);
  moved.speak(loud);
  await world.ticks(2);
  assert.equal(learned(engine.events).length, 2);
});

test('after a new offer and answer a peer that still sends is not displaced {symmetric-rtp}', async () => {
  const { world, engine, peer } = await echoing();
  const stranger = await twin(world, peer);
  await world.ticks(10, () => peer.speak(loud));
  engine.send({ kind: 'configure', stream: 1, parameters: agreed(peer) });
  await world.ticks(20, () => {
    stranger.speak(faint);
    peer.speak(loud);
  });
  assert.deepEqual(learned(engine.events), []);
  assert.equal((await statsOf(engine)).packetsFromStrangers, 20);
});

test('corner case 95: RTCP has a latch of its own {symmetric-rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, { remote: { address: '10.9.9.9', port: 4444 } });
  await world.ticks(3, () => peer.speak(loud));
  peer.raw(new Uint8Array(Buffer.from('80c90001bb000001', 'hex')), true);
  await world.ticks(600, () => peer.speak(loud));
  peer.take();
  assert.ok(peer.rtcp.length > 0, 'reports come to where the peer sent its own from');
});

test('a locked peer that goes on from another address after two seconds of silence is found again {symmetric-rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud));
  const moved = await twin(world, peer);
  await world.ticks(50, () => moved.speak(loud));
  assert.deepEqual(learned(engine.events), [], 'one second is too soon');
  await world.ticks(100, () => moved.speak(loud));
  assert.equal(learned(engine.events).length, 1);
  const stats = await statsOf(engine);
  assert.equal(stats.relearned, 1);
  const before = moved.take().length;
  await world.ticks(10, () => moved.speak(loud));
  assert.ok(moved.take().length >= 10 && before > 0);
  // Back again: no more than once in ten seconds.
  peer.sequence = moved.sequence;
  await world.ticks(150, () => peer.speak(loud));
  assert.equal((await statsOf(engine)).relearned, 1);
});

test('who does not know the stream of a silent peer cannot take its place {symmetric-rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud));
  const stranger = await twin(world, peer);
  const attempts: ((tick: number) => void)[] = [
    () => {
      stranger.ssrc = 0x1234; // another source
      stranger.speak(faint);
    },
    (tick) => {
      stranger.ssrc = peer.ssrc;
      stranger.packet(30_000 + tick, 0, new Uint8Array(160)); // far from where it stopped
    },
    (tick) => stranger.packet(peer.sequence + 2 * tick, 0, new Uint8Array(160)), // not in sequence
  ];
  for (const attempt of attempts) await world.ticks(150, attempt);
  assert.deepEqual(learned(engine.events), []);
  assert.equal((await statsOf(engine)).packetsFromStrangers, 450);
});

test('a new source of the peer is heard at once when the old one is gone {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud));
  await world.ticks(4);
  peer.take();
  peer.ssrc = 0xcc000002;
  peer.sequence = 7;
  peer.timestamp = 3_000_000_000;
  await world.ticks(10, () => peer.speak(faint));
  const heard = peer.take();
  assert.equal(level(heard.at(-1)?.payload[80]), level(faint));
  const stats = await statsOf(engine);
  assert.deepEqual([stats.packetsOtherSource, stats.packetsLost], [0, 0]);
});

test('a new source that follows without a pause is heard from its second packet on {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud));
  peer.ssrc = 0xcc000002;
  peer.sequence = 40_000;
  await world.ticks(10, () => peer.speak(faint));
  assert.equal(level(peer.take().at(-1)?.payload[80]), level(faint));
  assert.equal((await statsOf(engine)).packetsOtherSource, 1);
});

test('a second source that speaks into the first is left aside and counted {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  const { ssrc } = peer;
  await world.ticks(10, () => peer.speak(loud));
  await world.ticks(50, (tick) => {
    peer.ssrc = ssrc;
    peer.speak(loud);
    peer.ssrc = 0xdead;
    peer.packet(tick, tick * 160, new Uint8Array(160).fill(faint));
  });
  const heard = peer.take().slice(10);
  assert.ok(heard.every(({ payload }) => payload.every((code) => code === loud)));
  assert.equal((await statsOf(engine)).packetsOtherSource, 50);
});

test('corner case 97: a codec that decodes to nothing leaves the stream going {rtp}', async () => {
  const dumb: CodecRecord = {
    ...(g711[0] as CodecRecord),
    name: 'DUMB',
    create: () => ({
      encode: (_samples, _count, payload) => payload.fill(1, 0, 20).length && 20,
      decode: () => 0,
      snapshot: () => null,
    }),
  };
  const plain = Object.fromEntries(
    Object.entries(dumb).filter(([key]) => !['bytesPerSample', 'encodingTable', 'decodingTable'].includes(key)),
  ) as unknown as CodecRecord;
  const { world, engine, peer } = await echoing({ codecs: [agreedOn('DUMB', 8000, 97)] }, [plain]);
  await world.ticks(30, () => peer.speak(loud, 97));
  assert.equal(peer.take().length, 30);
  assert.equal((await statsOf(engine)).packetsReceived, 30);
});

test('corner case 111: an agreement with a rate of zero or a codec that is not there makes a silent stream, no fault {rtp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, {
    codecs: [agreedOn('NOSUCH', 0, 97)],
    telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101, clockRateHz: 0 },
    ptimeMs: 0,
  });
  await world.ticks(10, () => {
    peer.speak(loud, 97);
    peer.packet(peer.sequence++, 1, new Uint8Array([1, 0x8a, 0, 100]), 101);
  });
  assert.equal(peer.take().length, 0);
  assert.ok(engine.events.some((event) => event.kind === 'log' && event.message.includes('NOSUCH')));
});

test('corner case 112: RTCP and what cannot be read are signs of life; without any the time-out comes once {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud));
  const rr = new Uint8Array(Buffer.from('80c90001bb000001', 'hex'));
  await world.ticks(80, (tick) => {
    if (tick % 20 === 0) peer.raw(rr, true);
  });
  await world.ticks(80, (tick) => {
    if (tick % 20 === 0) peer.raw(new Uint8Array([1, 2, 3]));
  });
  assert.ok(!engine.kinds().includes('rtpTimeout'));
  await world.ticks(150);
  assert.equal(engine.kinds().filter((kind) => kind === 'rtpTimeout').length, 1);
  // Held: nobody is expected.
  engine.send({ kind: 'configure', stream: 1, parameters: { ...agreed(peer), direction: 'sendonly' } });
  await world.ticks(150);
  assert.equal(engine.kinds().filter((kind) => kind === 'rtpTimeout').length, 1);
});

test('packets without payload are counted, keep the stream alive, and are no audio {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(5, () => peer.packet(peer.sequence++, 0, new Uint8Array(0)));
  const stats = await statsOf(engine);
  assert.deepEqual([stats.packetsMalformed, stats.packetsReceived], [5, 0]);
});

test('a flood of payloads that nobody agreed on, of noise and of other sources fills nothing {rtp}', async () => {
  const { world, engine, peer } = await echoing();
  const { ssrc } = peer;
  await world.ticks(30, (tick) => {
    peer.ssrc = ssrc;
    peer.speak(loud);
    for (let i = 0; i < 20; i++) {
      peer.packet(10_000 + 100 * i + tick, i, new Uint8Array(160), 77);
      peer.ssrc = 0xf000 + i;
      peer.packet(i, i, new Uint8Array(160), 0);
      peer.ssrc = ssrc;
    }
  });
  const heard = peer.take().slice(8);
  assert.ok(heard.every(({ payload }) => payload.every((code) => code === loud)));
  const stats = await statsOf(engine);
  assert.deepEqual([stats.packetsUnknownPayload, stats.packetsOtherSource], [600, 600]);
});

test('the pause of a peer with comfort noise sounds as it says, until it speaks again {comfort-noise}', async () => {
  const { world, engine, peer } = await echoing();
  await world.ticks(20, () => peer.speak(loud));
  peer.packet(peer.sequence++, peer.timestamp, new Uint8Array([40]), 13);
  await world.ticks(60);
  peer.take();
  await world.ticks(50);
  const noise = peer.take().flatMap(({ payload }) => [...payload].map(level));
  const rms = Math.sqrt(noise.reduce((sum, sample) => sum + sample * sample, 0) / noise.length);
  // -40 dBov: a hundredth of full scale.
  assert.ok(rms > 200 && rms < 500, `${rms}`);
  peer.timestamp += 110 * 160;
  await world.ticks(20, () => peer.speak(loud));
  assert.ok(
    peer
      .take()
      .at(-1)
      ?.payload.every((code) => code === loud),
  );
  assert.equal((await statsOf(engine)).packetsUnknownPayload, 0);
});

test('comfort noise has the number that was agreed {comfort-noise}', async () => {
  const { world, engine, peer } = await echoing({ comfortNoise: { sendPayloadType: 98, receivePayloadType: 98 } });
  await world.ticks(5, () => peer.packet(peer.sequence++, 0, new Uint8Array([50, 127, 127]), 98));
  const stats = await statsOf(engine);
  assert.deepEqual([stats.packetsUnknownPayload, stats.packetsReceived], [0, 5]);
});

test('a key of a telephone-event clock of 48000 Hz has its true length {dtmf}', async () => {
  const { world, engine, peer } = await echoing({
    telephoneEvent: { sendPayloadType: 101, receivePayloadType: 101, clockRateHz: 48_000 },
  });
  await world.ticks(3, () => peer.speak(loud));
  // 100 ms are 4800 units.
  for (const end of [0x0a, 0x8a])
    peer.packet(peer.sequence++, 90_000, new Uint8Array([5, end, 4800 >> 8, 4800 & 255]), 101);
  await world.ticks(3);
  const keys = engine.events.filter((event) => event.kind === 'key');
  assert.deepEqual(
    keys.map((event) => event.kind === 'key' && [event.key, event.durationMs]),
    [['5', 100]],
  );
});

test('loss is counted once, a jump of the sequence is a new beginning only when the next packet agrees {rtp}', () => {
  const statistics = new ReceptionStatistics();
  const receive = (...sequences: number[]): void => {
    for (const sequence of sequences) statistics.received(sequence, 0, 160, 0, 0);
  };
  receive(10, 11, 14, 13, 15);
  assert.equal(statistics.lost, 1);
  receive(40_000, 16, 17);
  assert.equal(statistics.lost, 1, 'one stray packet is no restart');
  receive(40_001, 40_002, 40_003);
  assert.equal(statistics.lost, 1);
  assert.equal(statistics.highest, 40_003);
});
