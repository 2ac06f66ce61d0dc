import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from '../../../core/runtime/index.ts';
import { answerStun, isStun } from '../../../core/sip/stun.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');
const transaction = 'b7e7a701bc34d686fa87dfae';
const request = (attributes = '', length = attributes.replace(/\s/g, '').length / 2): Uint8Array =>
  hex(`0001 ${length.toString(16).padStart(4, '0')} 2112a442 ${transaction} ${attributes}`);
const source = { address: '192.0.2.1', port: 32853 };

test('a binding request is answered with the address it came from, XORed {sip-keepalive}', () => {
  // Port, address and transaction of RFC 5769 2.2: 32853 is a147, 192.0.2.1 is e112a643.
  const v4 = answerStun(request(), source);
  assert.deepEqual(Buffer.from(v4 ?? []), hex(`0101 000c 2112a442 ${transaction} 0020 0008 0001 a147 e112a643`));
  // RFC 5769 2.3.
  const v6 = answerStun(request(), { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 });
  const xored = '0113a9faa5d3f179bc25f4b5bed2b9d9';
  assert.deepEqual(Buffer.from(v6 ?? []), hex(`0101 0018 2112a442 ${transaction} 0020 0014 0002 a147 ${xored}`));
});

test('FINGERPRINT is checked, and given where it was {sip-keepalive}', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  const head = request('', 8);
  const print = ((crc32(head) ^ 0x5354554e) >>> 0).toString(16).padStart(8, '0');
  const answer = answerStun(request(`8028 0004 ${print}`), source);
  assert.equal(answer?.length, 20 + 12 + 8);
  const sum = Buffer.from(answer ?? []).readUInt32BE(36);
  assert.equal(sum, (crc32((answer ?? new Uint8Array(0)).subarray(0, 32)) ^ 0x5354554e) >>> 0);
  assert.equal(answerStun(request('8028 0004 00000000'), source), null);
  assert.equal(answerStun(request(`8028 0004 ${print} 8022 0000`), source), null);
});

test('an unknown attribute that must be understood gets 420 with its number, an optional one does not {sip-keepalive}', () => {
  const answer = Buffer.from(answerStun(request('7fff 0002 abcd0000'), source) ?? []);
  assert.equal(answer.readUInt16BE(0), 0x0111);
  assert.equal(answer.readUInt16BE(2), answer.length - 20);
  assert.deepEqual([answer[26], answer[27]], [4, 20]);
  assert.equal(answer.readUInt16BE(answer.length - 4), 0x7fff);
  assert.equal(Buffer.from(answerStun(request('8022 0003 61626300'), source) ?? []).readUInt16BE(0), 0x0101);
});

test('what is not well-formed is not answered {sip-keepalive} {sip-robust}', () => {
  for (const bytes of [
    request().subarray(0, 19),
    request('', 4),
    request('0006 0008 61626364'),
    request('0006'.padEnd(8, '0').slice(0, 6), 3),
    hex(`0001 0000 00000000 ${transaction}`),
    hex(`0101 0000 2112a442 ${transaction}`),
    hex(`0011 0000 2112a442 ${transaction}`),
    request('80220000'.repeat(33)),
  ]) {
    assert.equal(answerStun(bytes, source), null, Buffer.from(bytes).toString('hex'));
  }
  assert.equal(isStun(Buffer.from('OPTIONS sip:a SIP/2.0\r\n\r\n')), false);
});
