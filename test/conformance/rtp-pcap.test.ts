/** Captured RTP through a whole stream: sockets, latch, jitter buffer, statistics. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseRtp, RtpHeader } from '../../core/media/index.ts';
import type { StreamStats } from '../../core/media/worker/protocol.ts';
import { agreed, bench, type TestEngine } from '../unit/media/harness.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;
const folder = join(root ?? '', 'pcap');

interface Captured {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** UDP payloads over IPv4 of a classic pcap file of either byte order; none where it is another format. */
function captured(path: string): Captured[] {
  const file = readFileSync(path);
  if (file.length < 24) return [];
  const isLittle = file.readUInt32LE(0) === 0xa1b2c3d4;
  if (!isLittle && file.readUInt32BE(0) !== 0xa1b2c3d4) return [];
  const word = (at: number): number => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linkBytes = { 1: 14, 113: 16, 101: 0 }[word(20)];
  if (linkBytes === undefined) return [];
  const list: Captured[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = word(at + 8);
    const atMs = word(at) * 1000 + word(at + 4) / 1000;
    const ip = file.subarray(at + 16 + linkBytes, at + 16 + length);
    at += 16 + length;
    if (ip.length < 28 || (ip[0] ?? 0) >> 4 !== 4 || ip[9] !== 17) continue;
    const udp = ((ip[0] ?? 0) & 0x0f) * 4;
    if (udp + 8 > ip.length) continue;
    list.push({ atMs, bytes: ip.subarray(udp + 8, udp + ip.readUInt16BE(udp + 4)) });
  }
  return list;
}

/** Replays a capture as it came in time; whatever is in it is sent to the RTP port. */
async function replay(
  packets: readonly Captured[],
  payloadType: number,
): Promise<{ engine: TestEngine; stats: StreamStats }> {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  const event = { sendPayloadType: payloadType, receivePayloadType: payloadType };
  await engine.stream(1, peer, { ...agreed(peer), telephoneEvent: event });
  const startMs = packets[0]?.atMs ?? 0;
  let next = 0;
  for (let tick = 0; next < packets.length && tick < 4000; tick++) {
    await world.ticks(1, () => {
      for (; next < packets.length && (packets[next]?.atMs ?? 0) - startMs <= tick * 20; next++) {
        peer.raw(packets[next]?.bytes ?? new Uint8Array(0));
      }
    });
  }
  await world.ticks(20);
  const stats = await engine.ask<StreamStats>((request) => ({ kind: 'stats', request, stream: 1 }));
  return { engine, stats };
}

const files =
  skip === false
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pcap'))
    : [];

/** By their names captures of RTP, in which the key or tone is what they are of. */
const isRtp = (name: string): boolean => /dtmf_2833|g711|rtp/.test(name);

test('captured RTP is received whole: nothing lost, late, malformed or of another source {rtp}', {
  skip,
}, async (t) => {
  for (const name of files.filter(isRtp)) {
    await t.test(name, async () => {
      const packets = captured(join(folder, name)).slice(0, 3000);
      const header = new RtpHeader();
      const types = packets.map(({ bytes }) => (parseRtp(bytes, bytes.length, header) ? header.payloadType : -1));
      const dynamic = types.find((type) => type >= 96) ?? 101;
      const { engine, stats } = await replay(packets, dynamic);
      assert.equal(stats.packetsReceived + stats.packetsDuplicate, packets.length - stats.packetsUnknownPayload);
      assert.deepEqual([stats.packetsMalformed, stats.packetsOtherSource, stats.packetsLost], [0, 0, 0]);
      const key = /dtmf_2833_(\w+)\./.exec(name)?.[1];
      if (key === undefined) return;
      const keys = engine.events.flatMap((event) => (event.kind === 'key' ? [event.key] : []));
      assert.deepEqual(keys, [{ star: '*', pound: '#' }[key] ?? key]);
    });
  }
});

test('captures of anything else sent to an RTP port are counted and do no harm {rtp}', { skip }, async () => {
  for (const name of files.filter((file) => !isRtp(file))) {
    const packets = captured(join(folder, name)).slice(0, 200);
    const { stats } = await replay(
      packets.map(({ bytes }, i) => ({ atMs: i, bytes })),
      101,
    );
    assert.ok(stats.packetsReceived <= packets.length, name);
  }
});
