import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtcpPacketConverter, RtcpRrPacket, RtcpSourceDescriptionPacket, RtcpSrPacket } from 'werift-rtp';
import { codecs as g711 } from '../../../core/media/worker/codecs/g711.ts';
import type { StreamStats } from '../../../core/media/worker/protocol.ts';
import type { CodecRecord } from '../../../core/media/worker/records.ts';
import { writeRtcp } from '../../../core/media/worker/rtcp.ts';
import { rtcpIntervalMs } from '../../../core/media/worker/rtcp-interval.ts';
import { readRtcp } from '../../../core/media/worker/rtcp-read.ts';
import { bench, type Peer, type TestEngine } from './harness.ts';

const ours = 0xaa000001;
const statsOf = (engine: TestEngine): Promise<StreamStats> =>
  engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));

/** A report of the peer about our source. */
function about(peer: Peer, fractionLost: number, jitter: number, bye = false): Uint8Array {
  const buffer = new Uint8Array(400);
  const report = {
    ssrc: ours,
    fractionLost,
    packetsLost: 3,
    highestSequence: 9,
    jitter,
    lastSr: 0,
    delaySinceLastSr: 0,
  };
  return buffer.slice(0, writeRtcp(buffer, peer.ssrc, 'peer', null, report, bye));
}

async function talking(parameters: Parameters<TestEngine['stream']>[2] = {}, codecs?: readonly CodecRecord[]) {
  const world = bench(codecs === undefined ? {} : { codecs });
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer, parameters);
  await world.ticks(5, () => peer.speak(0x55));
  return { world, engine, peer };
}

test('corner case 118: SR with CNAME while we send, RR while we only hear, ptime kept, no audio beside a key {rtcp}', async () => {
  const { world, engine, peer } = await talking({ ptimeMs: 40 });
  await world.ticks(500, () => peer.speak(0x55));
  assert.ok(peer.take().every(({ payload }) => payload.length === 320));
  const [sr, sdes] = RtcpPacketConverter.deSerialize(Buffer.from(peer.rtcp.at(-1) ?? []));
  assert.ok(sr instanceof RtcpSrPacket && sdes instanceof RtcpSourceDescriptionPacket);
  assert.equal(sdes.chunks[0]?.items[0]?.text, 'test');
  engine.send({ kind: 'sendKeys', stream: 1, keys: '5', durationMs: 100, gapMs: 0 });
  await world.ticks(6, () => peer.speak(0x55));
  const types = peer.take().map(({ payloadType }) => payloadType);
  // The audio that had been collected goes first.
  assert.deepEqual([...new Set(types.slice(types.indexOf(101)))], [101]);
  peer.rtcp.length = 0;
  const remote = { address: peer.address, port: 5000 };
  const codecs = [
    { name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null },
  ] as const;
  engine.send({
    kind: 'configure',
    stream: 1,
    parameters: { remote, remoteRtcp: null, direction: 'recvonly', codecs, telephoneEvent: null, ptimeMs: 20 },
  });
  await world.ticks(800, () => peer.speak(0x55));
  peer.take();
  const [rr] = RtcpPacketConverter.deSerialize(Buffer.from(peer.rtcp.at(-1) ?? []));
  assert.ok(rr instanceof RtcpRrPacket);
  assert.equal(rr.reports[0]?.ssrc, peer.ssrc);
});

test('reports are 5 s apart in the mean, vary by half, and are sooner for a fast session and at first {rtcp}', () => {
  const interval = (sessionKbps: number, random: number, isFirst = false): number =>
    Math.round(rtcpIntervalMs({ sessionKbps, averageBytes: 120, isFirst, random }) * (Math.E - 1.5));
  assert.deepEqual(
    [interval(64, 0), interval(64, 0.5), interval(64, 0.999)].map((ms) => Math.round(ms / 100)),
    [25, 50, 75],
  );
  assert.equal(interval(64, 0.5, true), 2500);
  assert.equal(interval(144, 0.5), 2500, '360 / kbps seconds');
  assert.equal(interval(1_000_000, 0.5), 1000);
  // 5 % of a very slow session is the limit: 2 * 120 bytes at 0.2 kbit/s.
  assert.equal(interval(4, 0.5), 9600);
  assert.ok(Number.isFinite(interval(0, 0.5)));
});

test('with rtcp-mux reports share the RTP port both ways (RFC 5761) {rtcp}', async () => {
  const { world, engine, peer } = await talking({ rtcpMux: true });
  peer.raw(about(peer, 64, 80));
  const seen: number[] = [];
  for (let i = 0; i < 500; i++) {
    await world.ticks(1, () => peer.speak(0x55));
    peer.io.poll((_socket, packet) => seen.push(packet[1] ?? 0), 1000);
  }
  assert.ok(seen.includes(200), 'a sender report came to the RTP port');
  assert.equal(peer.rtcp.length, 0);
  const stats = await statsOf(engine);
  assert.deepEqual([stats.remoteLossFraction, stats.remoteJitterMs], [0.25, 10]);
});

test('reports go to where a=rtcp says {rtcp}', async () => {
  const world = bench();
  const engine = world.engine();
  const [peer, other] = [await world.peer(), await world.peer()];
  await engine.stream(1, peer, { remoteRtcp: { address: other.address, port: 5001 } });
  await world.ticks(500, () => peer.speak(0x55));
  peer.take();
  other.target = peer.target + 1;
  other.take();
  assert.equal(peer.rtcp.length, 0);
  assert.ok(other.rtcp.length > 0);
});

test('what the peer says it loses reaches the codec {rtcp}', async () => {
  const losses: number[] = [];
  const adaptive: CodecRecord = {
    ...(g711[0] as CodecRecord),
    create: (options) => ({
      ...(g711[0] as CodecRecord).create(options),
      encode: (_samples, _count, payload) => payload.fill(0xff, 0, 160).length && 160,
      decode: () => 0,
      snapshot: () => null,
      setPeerLoss: (fraction) => losses.push(fraction),
    }),
  };
  const { world, peer } = await talking({}, [adaptive, g711[1] as CodecRecord]);
  peer.raw(about(peer, 128, 0), true);
  await world.ticks(1);
  assert.deepEqual(losses, [0.5]);
});

test('a BYE of the source that is heard is told once, and another source may follow at once {rtcp}', async () => {
  const { world, engine, peer } = await talking();
  await world.ticks(10, () => peer.speak(0x55));
  peer.raw(about(peer, 0, 0, true), true);
  await world.ticks(1);
  assert.equal(engine.kinds().filter((kind) => kind === 'peerBye').length, 1);
  peer.ssrc = 0xcc01;
  peer.sequence = 5;
  await world.ticks(3, () => peer.speak(0x55));
  assert.equal((await statsOf(engine)).packetsOtherSource, 0);
  // A BYE of somebody else is none.
  const stranger = about({ ...peer, ssrc: 0x99 } as unknown as Peer, 0, 0, true);
  peer.raw(stranger, true);
  await world.ticks(1);
  assert.equal(engine.kinds().filter((kind) => kind === 'peerBye').length, 1);
});

test("the report of a peer's source is not dated by another source's report {rtcp}", async () => {
  const { world, peer } = await talking();
  const buffer = new Uint8Array(300);
  const sender = { unixMs: 1_767_225_600_000, rtpTimestamp: 1, packets: 1, octets: 1 };
  peer.raw(buffer.slice(0, writeRtcp(buffer, 0x7777, 'x', sender, null, false)), true);
  await world.ticks(500, () => peer.speak(0x55));
  peer.take();
  const [sr] = RtcpPacketConverter.deSerialize(Buffer.from(peer.rtcp.at(-1) ?? []));
  assert.ok(sr instanceof RtcpSrPacket);
  assert.equal(sr.reports[0]?.lsr, 0);
});

test('VoIP metrics of the peer are read (RFC 3611), unknown blocks passed over {rtcp}', () => {
  const report = '80c90001bb000001';
  const unknown = '04000001' + '00000000';
  const metrics =
    `07000008${ours.toString(16)}` +
    '00000000' +
    '00640064' +
    '00280050' +
    '0000000a' +
    '5d7f2a29' +
    '00000000' +
    '00000000';
  const words = 1 + (unknown.length + metrics.length) / 8;
  const xr = `80cf${words.toString(16).padStart(4, '0')}bb000001${unknown}${metrics}`;
  const packet = new Uint8Array(Buffer.from(report + xr, 'hex'));
  assert.deepEqual(readRtcp(packet, packet.length, ours)?.voip, { mosConversational: 4.1, endSystemDelayMs: 80 });
  assert.equal(readRtcp(packet, packet.length, 1)?.voip, null);
  for (let length = 8; length < packet.length; length += 4)
    assert.equal(readRtcp(packet, length, ours)?.voip ?? null, null);
});

test('a receiver reference time is answered once, with the delay since it came (RFC 3611 4.5) {rtcp}', async () => {
  const { world, peer } = await talking();
  const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
  const ssrc = peer.ssrc.toString(16).padStart(8, '0');
  const asked = `80c90001${ssrc}80cf0004${ssrc}040000020000aaaabbbb0000`;
  peer.rtcp.length = 0;
  peer.raw(new Uint8Array(Buffer.from(asked, 'hex')), true);
  const sentAt: number[] = [];
  for (let tick = 1; tick <= 1000; tick++) {
    const before = peer.rtcp.length;
    await world.ticks(1, () => peer.speak(0x55));
    peer.take();
    if (peer.rtcp.length > before) sentAt.push(tick);
  }
  const [first, second] = peer.rtcp.map(hex);
  const at = first?.indexOf(`80cf0005${ours.toString(16)}05000003${ssrc}aaaabbbb`) ?? -1;
  assert.ok(at > 0, first);
  const delay = Number.parseInt(first?.slice(-8) ?? '', 16) / 65_536;
  assert.ok(Math.abs(delay - (sentAt[0] ?? 0) * 0.02) < 0.05, `${delay} s`);
  assert.equal(first?.length, at + 48);
  assert.equal(second?.includes('80cf'), false);
});

test('no bytes make the reader throw or read beyond the packet {rtcp}', () => {
  let seed = 7;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % limit;
  };
  const buffer = new Uint8Array(1500);
  const peer = { ssrc: 5 } as unknown as Peer;
  for (let round = 0; round < 5000; round++) {
    const good = about(peer, random(256), random(1000), random(2) === 0);
    buffer.set(good);
    for (let i = random(6); i > 0; i--) buffer[random(good.length)] = random(256);
    const length = random(3) === 0 ? random(good.length + 40) : good.length;
    const reading = readRtcp(buffer, length, ours);
    if (reading !== null) assert.ok(length % 4 === 0 && length >= 8);
  }
});

test('RTCP that makes no sense is counted and changes nothing; a flood of it neither {rtcp}', async () => {
  const { world, engine, peer } = await talking();
  peer.raw(about(peer, 64, 80), true);
  await world.ticks(2, () => {
    for (let i = 0; i < 200; i++) peer.raw(about(peer, 255, 9).slice(0, 20), true);
    peer.speak(0x55);
  });
  const stats = await statsOf(engine);
  assert.equal(stats.remoteLossFraction, 0.25);
  assert.ok(stats.packetsMalformed > 100);
});
