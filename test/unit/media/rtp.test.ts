import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtcpPacketConverter, RtcpRrPacket, RtcpSourceDescriptionPacket, RtcpSrPacket, RtpPacket } from 'werift-rtp';
import { parseRtp, RtpHeader, writeRtpHeader } from '../../../core/media/index.ts';
import { middleNtp, roundTripMs, writeRtcp } from '../../../core/media/worker/rtcp.ts';
import { readRtcp } from '../../../core/media/worker/rtcp-read.ts';
import { bench } from './harness.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
const parse = (packet: Uint8Array): RtpHeader | null => {
  const header = new RtpHeader();
  return parseRtp(packet, packet.length, header) ? header : null;
};

test('headers with CSRC, extension and padding are read as werift-rtp reads them {rtp}', () => {
  const packets = [
    '80 00 0001 00000002 00000003 aabbcc',
    '80 e5 ffff ffffffff fedcba98 01',
    '82 08 1234 89abcdef 00000003 11111111 22222222 aabb',
    '90 00 0001 00000002 00000003 bede 0001 10ff0000 aabb',
    'b1 00 0001 00000002 00000003 11111111 bede 0001 10ff0000 aabb 000003',
    'a0 00 0001 00000002 00000003 aabb 01',
  ].map(bytes);
  for (const packet of packets) {
    const ours = parse(packet);
    const theirs = RtpPacket.deSerialize(Buffer.from(packet));
    assert.ok(ours);
    assert.deepEqual(
      { ...ours, payload: packet.subarray(ours.payloadStart, ours.payloadStart + ours.payloadLength) },
      {
        ...ours,
        marker: theirs.header.marker,
        payloadType: theirs.header.payloadType,
        sequence: theirs.header.sequenceNumber,
        timestamp: theirs.header.timestamp,
        ssrc: theirs.header.ssrc,
        payload: new Uint8Array(theirs.payload),
      },
    );
  }
});

test('a written header is what werift-rtp reads', () => {
  const packet = new Uint8Array(13);
  writeRtpHeader(packet, true, 101, 65_535, 0xffff_fff0, 0x8000_0001);
  const { header } = RtpPacket.deSerialize(Buffer.from(packet));
  assert.deepEqual(
    [header.version, header.marker, header.payloadType, header.sequenceNumber, header.timestamp, header.ssrc],
    [2, true, 101, 65_535, 0xffff_fff0, 0x8000_0001],
  );
});

test('what is no RTP is refused: other versions, and parts that reach beyond the packet', () => {
  const refused = {
    'too short': '80 00 0001 00000002 000000',
    'version 1': '40 00 0001 00000002 00000003 aa',
    'CSRC list beyond the end': '8f 00 0001 00000002 00000003 aabbccdd',
    'extension header beyond the end': '90 00 0001 00000002 00000003 bede',
    'extension beyond the end': '90 00 0001 00000002 00000003 bede ffff 00000000',
    'padding longer than the payload': 'a0 00 0001 00000002 00000003 aabb 04',
    'padding of nothing': 'a0 00 0001 00000002 00000003 aabb 00',
  };
  for (const [what, hex] of Object.entries(refused)) assert.equal(parse(bytes(hex)), null, what);
});

test('no bytes at all make the parsers throw or read beyond the packet', () => {
  let seed = 7;
  const random = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return (seed >> 8) % limit;
  };
  for (let i = 0; i < 20_000; i++) {
    const packet = Uint8Array.from({ length: random(80) }, () => random(256));
    if (packet.length > 1 && random(2) === 0) packet[0] = 0x80 | random(64);
    if (packet.length > 1 && random(2) === 0) packet[1] = 200 + random(4);
    const header = parse(packet);
    if (header !== null) assert.ok(header.payloadStart + header.payloadLength <= packet.length);
    readRtcp(packet, packet.length, 1);
  }
});

test('our reports are read by werift-rtp and by us {rtcp}', () => {
  const buffer = new Uint8Array(1500);
  const unixMs = Date.UTC(2026, 0, 1, 0, 0, 0, 500);
  const reception = {
    ssrc: 0xbb000001,
    fractionLost: 64,
    packetsLost: 1000,
    highestSequence: 0x1_0005,
    jitter: 80,
    lastSr: 0x11223344,
    delaySinceLastSr: 65_536,
  };
  const sender = { unixMs, rtpTimestamp: 160, packets: 10, octets: 1600 };
  const length = writeRtcp(buffer, 0xaa000001, 'abcdef', sender, reception, true);
  const [sr, sdes] = RtcpPacketConverter.deSerialize(Buffer.from(buffer.subarray(0, length)));
  assert.ok(sr instanceof RtcpSrPacket && sdes instanceof RtcpSourceDescriptionPacket);
  assert.deepEqual([sr.senderInfo.packetCount, sr.senderInfo.octetCount, sr.senderInfo.rtpTimestamp], [10, 1600, 160]);
  assert.equal(Number(sr.senderInfo.ntpTimestamp >> 32n) - 2_208_988_800, Math.floor(unixMs / 1000));
  const [report] = sr.reports;
  assert.deepEqual(
    [report?.ssrc, report?.fractionLost, report?.packetsLost, report?.highestSequence, report?.jitter, report?.dlsr],
    [0xbb000001, 64, 1000, 0x1_0005, 80, 65_536],
  );
  assert.equal(sdes.chunks[0]?.items[0]?.text, 'abcdef');
  const reading = readRtcp(buffer, length, 0xbb000001);
  assert.equal(reading?.senderReportNtp, middleNtp(unixMs));
  assert.equal(reading?.aboutUs?.lastSr, 0x11223344);
  assert.equal(reading?.bye, true);
  const rr = writeRtcp(buffer, 1, 'x', null, null, false);
  assert.ok(RtcpPacketConverter.deSerialize(Buffer.from(buffer.subarray(0, rr)))[0] instanceof RtcpRrPacket);
});

test('a compound packet whose lengths do not add up is malformed', () => {
  const buffer = new Uint8Array(1500);
  const length = writeRtcp(buffer, 1, 'cname', null, null, false);
  assert.ok(readRtcp(buffer, length, 1));
  assert.equal(readRtcp(buffer, length - 4, 1), null);
  assert.equal(readRtcp(buffer, length + 4, 1), null);
  const sdesFirst = buffer.slice(8, length);
  assert.equal(readRtcp(sdesFirst, sdesFirst.length, 1), null);
  const overlong = buffer.slice(0, length);
  overlong[0] = 0x81; // one report block that is not there
  assert.equal(readRtcp(overlong, length, 1), null);
});

test('the round trip is arrival less the time of our report less the wait at the peer', () => {
  const sentMs = 1_767_225_600_000;
  const lastSr = middleNtp(sentMs);
  assert.equal(Math.round(roundTripMs(sentMs + 350, lastSr, 0.3 * 65_536) ?? -1), 50);
  assert.equal(roundTripMs(sentMs, 0, 0), null);
  assert.equal(roundTripMs(sentMs + 100, lastSr, 10 * 65_536), null);
});

test('a stream reports every few seconds, learns its round trip, and says BYE when it is closed {rtcp}', async () => {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  await world.ticks(1000, () => peer.speak(0xff));
  peer.take();
  assert.ok(peer.rtcp.length >= 3 && peer.rtcp.length <= 9, `${peer.rtcp.length} reports in 20 s`);
  const last = peer.rtcp.at(-1) ?? new Uint8Array(0);
  const [sr] = RtcpPacketConverter.deSerialize(Buffer.from(last));
  assert.ok(sr instanceof RtcpSrPacket);
  assert.equal(sr.reports[0]?.ssrc, peer.ssrc);
  assert.equal(sr.reports[0]?.packetsLost, 0);
  const answer = new Uint8Array(200);
  const lsr = readRtcp(last, last.length, 0)?.senderReportNtp ?? 0;
  const aboutThem = { ssrc: 0xaa000001, fractionLost: 0, packetsLost: 0, highestSequence: 1, jitter: 0, lastSr: lsr };
  const length = writeRtcp(answer, peer.ssrc, 'peer', null, { ...aboutThem, delaySinceLastSr: 0 }, false);
  peer.raw(answer.slice(0, length), true);
  await world.ticks(1);
  const stats = await engine.ask<{ roundTripMs: number | null; packetsMalformed: number }>((request) => ({
    kind: 'close',
    request,
    stream: 1,
  }));
  assert.notEqual(stats.roundTripMs, null);
  assert.equal(stats.packetsMalformed, 0);
  await world.clock.advance(5);
  peer.take();
  const bye = peer.rtcp.at(-1) ?? new Uint8Array(0);
  assert.equal(readRtcp(bye, bye.length, 0)?.bye, true);
});
