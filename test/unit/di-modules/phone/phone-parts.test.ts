import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyReader, planKeys } from '../../../../di-modules/phone/keys.ts';
import { readPhoneOptions } from '../../../../di-modules/phone/options.ts';
import { Recording } from '../../../../di-modules/phone/recording.ts';
import { readRtp, writeRtp } from '../../../../di-modules/phone/rtp-packet.ts';

test('RTP with CSRC, extension and padding gives its payload, cut packets none {phone}', () => {
  const packet = {
    marker: true,
    payloadType: 8,
    sequence: 65535,
    timestamp: 2 ** 32 - 1,
    ssrc: 7,
    payload: Buffer.from('ab'),
  };
  const plain = writeRtp(packet);
  assert.deepEqual({ ...readRtp(plain), payload: Buffer.from(readRtp(plain)?.payload ?? '') }, packet);
  const head = Buffer.from(plain.subarray(0, 12));
  head[0] = 0x80 | 0x30 | 1;
  const full = Buffer.concat([
    head,
    Buffer.alloc(4),
    Buffer.from([0, 0, 0, 1, 9, 9, 9, 9]),
    Buffer.from('ab'),
    Buffer.from([0, 2]),
  ]);
  assert.equal(Buffer.from(readRtp(full)?.payload ?? '').toString(), 'ab');
  for (let length = 0; length < 24; length++) assert.equal(readRtp(full.subarray(0, length)), null);
});

test('a pressed key is one event: marker first, growing duration, three ends {phone}', () => {
  const frames = [...planKeys('5,#', 50, 160)].map(([frame, key]) => [
    frame,
    key.marker,
    key.startFrame,
    ...key.payload,
  ]);
  assert.deepEqual(frames[0], [50, true, 50, 5, 10, 0, 160]);
  assert.deepEqual(frames.slice(7, 10), [
    [57, false, 50, 5, 0x8a, 5, 0],
    [58, false, 50, 5, 0x8a, 5, 0],
    [59, false, 50, 5, 0x8a, 5, 0],
  ]);
  assert.deepEqual(frames[10]?.slice(0, 4), [115, true, 115, 11]);
  const reader = new KeyReader();
  const read = frames.map(([, , start, ...payload]) =>
    reader.read(Number(start), Uint8Array.from(payload.map(Number))),
  );
  assert.deepEqual(
    read.filter((key) => key !== null),
    ['5', '#'],
  );
});

test('a recording keeps packets in their place in time, whatever their order {phone}', () => {
  const recording = new Recording(8000, 1000);
  const audio = (value: number) => new Int16Array(8).fill(value);
  recording.add(1, 2 ** 32 - 8, 2, audio(1));
  recording.add(1, 8, 5, audio(3));
  recording.add(1, 0, 5, audio(2));
  recording.add(2, 99, 10, audio(4));
  recording.add(2, 90_000_000, 12, audio(5));
  recording.add(3, 5, 999.9, audio(6));
  const at = (ms: number) => recording.audio(20)[ms * 8];
  assert.deepEqual([0, 2, 3, 4, 5, 10, 12].map(at), [0, 1, 2, 3, 0, 4, 5]);
  assert.equal(recording.audio(5000).length, 8000);
});

const usage: readonly [string, RegExp][] = [
  ['', /call <uri>/],
  ['call', /exactly one URI/],
  ['call sip:a@127.0.0.1 more', /exactly one URI/],
  ['call tel:1', /not a SIP URI/],
  ['call sip:a@[::1]', /not a SIP URI/],
  ['call sip:a@192.0.2.1', /not loopback/],
  ['answer --address 192.0.2.1', /not loopback/],
  ['answer --address ::1', /no IPv6/],
  ['answer x', /unexpected x/],
  ['answer --from sip:a', /unknown option --from/],
  ['call sip:a@127.0.0.1 --seconds x', /--seconds takes a number/],
  ['call sip:a@127.0.0.1 --keys 1x', /--keys takes/],
  ['call sip:a@127.0.0.1 --play', /--play needs a value/],
];
for (const [line, fault] of usage) {
  test(`callbus phone ${line}: says ${fault.source} {phone}`, () => {
    const options = readPhoneOptions(line.split(' ').filter((word) => word !== ''));
    assert.match('fault' in options ? options.fault : 'no fault', fault);
  });
}

test('other hosts are for --allow-remote only {phone}', () => {
  const options = readPhoneOptions([
    'call',
    'sip:a@192.0.2.1:5070',
    '--allow-remote',
    '--keys=12#',
    '--seconds',
    '2.5',
  ]);
  assert.ok(!('fault' in options) && options.kind === 'call');
  assert.deepEqual([options.keys, options.seconds, options.port], ['12#', 2.5, 0]);
});
