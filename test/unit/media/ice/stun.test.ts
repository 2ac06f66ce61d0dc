import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integrityKey, isAuthentic } from '../../../../core/media/ice/integrity.ts';
import { answer, writeError, writeSuccess } from '../../../../core/media/ice/stun-answer.ts';
import { parseStun, StunMessage, stunLocalUfrag } from '../../../../core/media/ice/stun-message.ts';
import { newSockAddr, setSockAddr } from '../../../../core/runtime/index.ts';
import { attribute, check, readAnswer, stun } from './checks.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const header = (type: string, length: string): string => `${type} ${length} 2112a442 b7e7a701bc34d686fa87dfae`;
const password = 'VOkJxbRl1RmTxUk/WvJxBt';

// RFC 5769, section 2.
const request = hex(`${header('0001', '0058')}
  80220010 5354554e2074657374 20636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  00060009 6576746a3a68367659 202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`);
const ipv4Response = hex(`${header('0101', '003c')}
  8022000b 7465737420766563746f72 20
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96`);
const ipv6Response = hex(`${header('0101', '0048')}
  8022000b 7465737420766563746f72 20
  00200014 0002a147 0113a9faa5d3f179 bc25f4b5bed2b9d9
  00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004 c8fb0b4c`);

test('the sample request of RFC 5769 is read, and its MESSAGE-INTEGRITY and FINGERPRINT are right {webrtc}', () => {
  const message = new StunMessage();
  assert.ok(parseStun(request, request.length, message));
  assert.equal(message.priority, 0x6e0001ff);
  assert.equal(message.controlled, true);
  assert.equal(stunLocalUfrag(request, message), 'evtj');
  const before = Buffer.from(request);
  assert.ok(isAuthentic(request, message.integrityAt, integrityKey(password)));
  assert.ok(!isAuthentic(request, message.integrityAt, integrityKey(`${password}x`)));
  assert.deepEqual(request, before, 'the length field was not put back');
});

test('the sample responses of RFC 5769 have the address that we write, and sums that we agree with {webrtc}', () => {
  const key = integrityKey(password);
  const message = new StunMessage();
  for (const [response, address] of [
    [ipv4Response, '192.0.2.1'],
    [ipv6Response, '2001:db8:1234:5678:11:2233:4455:6677'],
  ] as const) {
    assert.ok(parseStun(response, response.length, message));
    assert.ok(isAuthentic(response, message.integrityAt, key));
    const length = writeSuccess(request, setSockAddr(newSockAddr(), address, 32853), key);
    // Ours has no SOFTWARE (16 bytes of the sample): the address comes first.
    const size = address.includes(':') ? 24 : 12;
    assert.deepEqual(Buffer.from(answer.subarray(20, 20 + size)), response.subarray(36, 36 + size));
    const read = readAnswer(answer.subarray(0, length), password);
    assert.deepEqual([read.type, read.authentic, read.mapped], [0x0101, true, `${address} 32853`]);
  }
});

test('an IPv4 peer of a socket of both families is told its IPv4 address {webrtc}', () => {
  const from = setSockAddr(newSockAddr(), '::ffff:192.0.2.7', 40_000);
  const length = writeSuccess(request, from, integrityKey(password));
  assert.equal(readAnswer(answer.subarray(0, length), password).mapped, '192.0.2.7 40000');
});

test('errors say what is wrong, signed only where the question was authentic {webrtc}', () => {
  const key = integrityKey(password);
  let length = writeError(request, 420, [0x0030, 0x7fff, 0x0031], key);
  let read = readAnswer(answer.subarray(0, length), password);
  assert.deepEqual([read.type, read.code, read.unknown, read.authentic], [0x0111, 420, [0x30, 0x7fff, 0x31], true]);
  length = writeError(request, 401, [], null);
  read = readAnswer(answer.subarray(0, length), password);
  assert.deepEqual([read.code, read.unknown, read.authentic], [401, [], null]);
});

test('what is no STUN, or is broken, is not read {webrtc}', () => {
  const message = new StunMessage();
  const good = check({ username: 'us:them', password: 'x'.repeat(22) });
  const isRead = (bytes: Uint8Array, length = bytes.length): boolean => parseStun(bytes, length, message);
  const changed = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = value;
    return bytes;
  };
  assert.ok(isRead(good));
  assert.ok(!isRead(good, 19), 'shorter than a header');
  assert.ok(!isRead(good, good.length - 4), 'shorter than it says');
  assert.ok(!isRead(good, good.length + 4), 'longer than its buffer');
  assert.ok(!isRead(changed(0, 0x40)), 'its first two bits');
  assert.ok(!isRead(changed(4, 0)), 'its cookie');
  assert.ok(!isRead(changed(good.length - 1, (good.at(-1) ?? 0) ^ 1)), 'its FINGERPRINT');
  assert.ok(!isRead(changed(23, 200)), 'an attribute beyond its end');
  const many = Array.from({ length: 33 }, () => attribute(0x8000, Buffer.alloc(0)));
  assert.ok(!isRead(stun(1, 1, many, null)), 'more attributes than anybody has');
  const early = stun(1, 1, [attribute(0x8028, Buffer.alloc(4)), attribute(0x8000, Buffer.alloc(0))], null, false);
  assert.ok(!isRead(early), 'FINGERPRINT before others');
  const long = stun(1, 1, [attribute(0x8000, Buffer.alloc(1100))], null);
  assert.ok(!isRead(long), 'longer than a check');
  assert.ok(isRead(stun(1, 1, [], null, false)), 'without FINGERPRINT it is only not sure');
});

test('attributes behind MESSAGE-INTEGRITY are not believed {webrtc}', () => {
  const signed = stun(1, 1, [attribute(0x0006, Buffer.from('us:them'))], 'x'.repeat(22), false);
  const bytes = Buffer.concat([signed, attribute(0x0025, Buffer.alloc(0))]);
  bytes.writeUInt16BE(bytes.length - 20, 2);
  const message = new StunMessage();
  assert.ok(parseStun(bytes, bytes.length, message));
  assert.equal(message.useCandidate, false);
});
