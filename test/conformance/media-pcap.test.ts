import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alawToLinear, DtmfReceiver, decodeG711, parseRtp, RtpHeader, ulawToLinear } from '../../core/media/index.ts';
import { JitterBuffer } from '../../core/media/worker/jitter-buffer.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

/** UDP payloads of a classic pcap file with Ethernet (or raw cooked) frames and IPv4. */
function datagrams(path: string): Uint8Array[] {
  const file = readFileSync(join(root ?? '', 'pcap', path));
  assert.equal(file.readUInt32LE(0), 0xa1b2c3d4, 'classic pcap, little endian');
  const linkBytes = { 1: 14, 113: 16, 101: 0 }[file.readUInt32LE(20)];
  assert.ok(linkBytes !== undefined);
  const list: Uint8Array[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const ip = file.subarray(at + 16 + linkBytes, at + 16 + length);
    at += 16 + length;
    if (ip.length < 28 || (ip[0] ?? 0) >> 4 !== 4 || ip[9] !== 17) continue;
    const udp = ((ip[0] ?? 0) & 0x0f) * 4;
    list.push(ip.subarray(udp + 8, udp + ip.readUInt16BE(udp + 4)));
  }
  return list;
}

const headers = (packets: readonly Uint8Array[]): RtpHeader[] =>
  packets.map((packet) => {
    const header = new RtpHeader();
    assert.ok(parseRtp(packet, packet.length, header));
    return header;
  });

for (const [name, key] of Object.entries({ '0': '0', '1': '1', '2': '2', '5': '5', '9': '9', star: '*', pound: '#' })) {
  test(`the captured RFC 2833 key ${key} is one press {dtmf}`, { skip }, () => {
    const packets = datagrams(`debian-sip-tester/dtmf_2833_${name}.pcap`);
    const keys: string[] = [];
    const dtmf = new DtmfReceiver((pressed, durationMs) => keys.push(`${pressed} ${durationMs}`));
    const parsed = headers(packets);
    for (const [i, packet] of packets.entries()) {
      const { payloadStart, payloadLength, timestamp } = parsed[i] ?? new RtpHeader();
      assert.ok(dtmf.push(packet, payloadStart, payloadLength, timestamp));
    }
    assert.deepEqual(keys, [`${key} 280`]);
  });
}

test('the captured G.711 A-law talk of 30 ms packets plays without a hole {rtp}', { skip }, () => {
  const packets = datagrams('debian-sip-tester/g711a.pcap');
  const parsed = headers(packets);
  const codec = {
    encode: () => 0,
    decode: (payload: Uint8Array, length: number, samples: Int16Array) =>
      decodeG711(alawToLinear, payload, length, samples),
  };
  const decoder = { codec, clockRateHz: 8000, sampleRateHz: 8000, table: alawToLinear, resampler: null };
  const buffer = new JitterBuffer({
    playout: { type: 'fixed', minMs: 20, maxMs: 240, fixedMs: 60 },
    longestBytes: 640,
    sampleRateHz: 8000,
    decoders: [decoder],
  });
  const out = new Int16Array(160);
  const heard: number[] = [];
  let next = 0;
  const { length } = packets;
  for (let nowMs = 0; next < length; nowMs += 20) {
    for (; next < length && next * 30 <= nowMs; next++) {
      const { sequence, timestamp, payloadStart, payloadLength } = parsed[next] ?? new RtpHeader();
      buffer.push(sequence, timestamp, packets[next] ?? new Uint8Array(0), payloadStart, payloadLength, 0);
    }
    if (buffer.pull(out, 160)) heard.push(...out);
  }
  const expected = packets.flatMap((packet, i) => {
    const { payloadStart, payloadLength } = parsed[i] ?? new RtpHeader();
    return [...packet.subarray(payloadStart, payloadStart + payloadLength)].map((byte) => alawToLinear[byte]);
  });
  assert.equal(buffer.concealedMs, 0);
  assert.deepEqual(heard, expected.slice(0, heard.length));
  assert.ok(heard.length > expected.length - 1000);
});

test('the milliwatt capture decodes to 1004 Hz at its level {g711}', { skip }, () => {
  const packets = datagrams('freeswitch/milliwatt.pcmu.rtp.pcap');
  const parsed = headers(packets).map((header, i) => ({ header, packet: packets[i] ?? new Uint8Array(0) }));
  const samples = parsed
    .filter(({ header }) => header.payloadType === 0)
    .flatMap(({ header, packet }) => [
      ...packet.subarray(header.payloadStart, header.payloadStart + header.payloadLength),
    ])
    .map((byte) => ulawToLinear[byte] ?? 0);
  const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  assert.ok(Math.abs(rms - 7198) < 80, `RMS ${rms}`);
  let crossings = 0;
  for (let i = 1; i < samples.length; i++) if ((samples[i - 1] ?? 0) < 0 && (samples[i] ?? 0) >= 0) crossings++;
  const frequency = (crossings * 8000) / samples.length;
  assert.ok(Math.abs(frequency - 1004) < 2, `${frequency} Hz`);
});
