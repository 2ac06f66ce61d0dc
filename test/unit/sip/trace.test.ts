import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimClock } from '../../../core/runtime/index.ts';
import type { Flow, SipConfig } from '../../../core/sip/index.ts';
import { ladder } from '../../../core/sip/index.ts';
import { MessageTrace } from '../../../core/sip/trace.ts';
import { callIdOf } from '../../../core/sip/trace-call-id.ts';
import { hepPacket } from '../../../core/sip/trace-hep.ts';
import { maskMessage } from '../../../core/sip/trace-mask.ts';
import { pcapPacket } from '../../../core/sip/trace-pcap.ts';
import { lab, sipConfig } from './lab.ts';

const flow: Flow = {
  transport: 'udp',
  local: { address: '10.0.0.1', port: 5060 },
  remote: { address: '10.0.0.2', port: 5070 },
  connectionId: 0,
  trusted: false,
};
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'));

function traceOf(overrides: Partial<SipConfig['trace']> = {}) {
  const clock = new SimClock();
  const trace = new MessageTrace({ ...sipConfig().trace, ...overrides }, clock);
  const say = (callId: string, what = 'OPTIONS sip:a@b SIP/2.0'): void =>
    trace.message('in', bytesOf(`${what}\nCall-ID: ${callId}\n\n`), flow);
  return { clock, trace, say };
}

test('a call can be read back: by Call-ID and by either tag, each message with its direction {sip-trace}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { callId: 'call1' }));
  const [dialog] = room.dialogs;
  dialog?.respond(486);
  await room.pass(50);
  const { trace } = room.stack;
  const messages = trace.messages('call1');
  assert.deepEqual(
    messages
      .map(({ direction, text }) => `${direction} ${text.split(' ').slice(0, 2).join(' ')}`)
      .map((line) => line.replace(/sip:.*/, 'uri')),
    ['in INVITE uri', 'out SIP/2.0 100', 'out SIP/2.0 486'],
  );
  assert.deepEqual(trace.find(dialog?.ids.localTag ?? '-'), ['call1']);
  assert.deepEqual(trace.find((dialog?.ids.localTag ?? '-').slice(1)), []);
  assert.deepEqual(messages[0]?.remote, { address: '10.0.0.2', port: 5060 });
});

test('the rings are bounded in calls, messages, bytes and minutes {sip-trace}', async () => {
  const { clock, trace, say } = traceOf({ calls: 3, messagesPerCall: 4, minutes: 10 });
  for (const id of ['a', 'b', 'c']) say(id);
  say('a', 'INFO sip:a@b SIP/2.0'); // now b was quiet the longest
  say('d');
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((id) => trace.messages(id).length),
    [2, 0, 1, 1],
  );
  for (let at = 3; at <= 10; at++) say('a', `M${at} sip:a@b SIP/2.0`);
  assert.deepEqual(
    trace.messages('a').map(({ text }) => text.split(' ')[0]),
    ['OPTIONS', 'INFO', 'M9', 'M10'],
    'the beginning and the newest',
  );
  await clock.advance(10 * 60_000 + 1);
  assert.deepEqual(trace.find('a'), []);
  say('e');
  assert.equal(trace.size.calls, 1);

  const small = traceOf({ bytes: 100_000 });
  for (let at = 0; at < 50; at++) small.say(`big${at}`, `OPTIONS sip:${'x'.repeat(10_000)}@b SIP/2.0`);
  assert.ok(small.trace.size.bytes <= 100_000);
  assert.equal(small.trace.messages('big49').length, 1);

  const off = traceOf({ calls: 0 });
  off.say('a');
  assert.deepEqual(off.trace.size, { calls: 0, bytes: 0 });
});

test('the Call-ID is found in any spelling, and not in a body {sip-trace}', () => {
  const found = [
    'X\nCall-ID: one@host\n\n',
    'X\ni:two\n\n',
    'X\ncall-id  :\n three\n\n',
    'X\ni: four\n\nbody\nCall-ID: wrong\n',
    'X\nVia: x\n\nbody\nCall-ID: wrong\n',
    '',
  ].map((text) => callIdOf(bytesOf(text)));
  assert.deepEqual(found, ['one@host', 'two', 'three', 'four', '', '']);
});

test('secrets are stars of the same length: digest proofs, other credentials, SRTP keys {sip-trace}', () => {
  const message = [
    'INVITE sip:a@b SIP/2.0',
    'Authorization: Digest username="bob", response="0123456789abcdef", uri="sip:a",',
    ' response=abc',
    'proxy-authorization : Basic dXNlcjpwYXNz',
    'X-Response: response="kept"',
    '',
    'v=0',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4',
    'a=crypto : 2 AES_CM_128_HMAC_SHA1_80 inline: QUJDREVGR0hJSktM;inline:TU5PUFFSU1RV',
    'a= key-mgmt:mikey  c3RpbGwgc2VjcmV0',
    'k=base64:c2VjcmV0',
  ].join('\r\n');
  const masked = maskMessage(message);
  assert.equal(masked.length, message.length);
  for (const secret of [
    '0123456789abcdef',
    'abc\r',
    'dXNlcjpwYXNz',
    'WVNfX19z',
    'QUJDREVG',
    'TU5PUFFS',
    'c3RpbGwg',
    'c2VjcmV0',
  ]) {
    assert.ok(!masked.includes(secret), secret);
  }
  for (const kept of ['username="bob"', 'response="****************"', 'X-Response: response="kept"', '|2^20|1:4']) {
    assert.ok(masked.includes(kept), kept);
  }
});

test('the ladder shows who said what to whom {sip-trace}', () => {
  const { trace, say } = traceOf();
  say('a', 'INVITE sip:a@b SIP/2.0\nContent-Type: application/sdp');
  trace.message('out', bytesOf('SIP/2.0 486 Busy Here\nCSeq: 1 INVITE\nCall-ID: a\n\n'), flow);
  assert.equal(
    ladder(trace.messages('a')),
    [
      '         10.0.0.2:5070                 10.0.0.1:5060',
      '   0.000 |-- INVITE (SDP) ------------>',
      '   0.000 |<-- 486 Busy Here INVITE ----',
      '',
    ].join('\n'),
  );
});

test('a pcap packet has right lengths and checksums, in IPv4 and IPv6 {sip-trace}', () => {
  const record = { unixMs: 1_500.25, direction: 'in' as const, flow, bytes: bytesOf('X\n\n') };
  const packet = Buffer.from(pcapPacket(record));
  assert.deepEqual(
    [packet.readUInt32LE(0), packet.readUInt32LE(4), packet.readUInt32LE(8), packet.length],
    [1, 500_250, 33, 16 + 20 + 8 + 5],
  );
  assert.equal(packet.subarray(28, 36).join('.'), '10.0.0.2.10.0.0.1');
  const v6 = { ...flow, local: { address: '2001:db8::1', port: 5060 }, remote: { address: '2001:db8::2', port: 1 } };
  const other = Buffer.from(pcapPacket({ ...record, flow: v6 }));
  assert.equal(other.length, 16 + 40 + 8 + 5);
  assert.equal((other[16] ?? 0) >> 4, 6);
  assert.notEqual(other.readUInt16BE(16 + 40 + 6), 0);
});

test('a HEP packet carries its chunks with their lengths {sip-trace}', () => {
  const record = { unixMs: 1500, direction: 'out' as const, flow, bytes: bytesOf('X\n\n') };
  const packet = Buffer.from(hepPacket(record, 'call1', { id: 7, password: 'pw' }));
  assert.equal(packet.toString('latin1', 0, 4), 'HEP3');
  assert.equal(packet.readUInt16BE(4), packet.length);
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < packet.length; at += packet.readUInt16BE(at + 4)) {
    chunks.set(packet.readUInt16BE(at + 2), packet.subarray(at + 6, at + packet.readUInt16BE(at + 4)));
  }
  assert.deepEqual([...chunks.keys()], [1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 14, 17, 15]);
  assert.deepEqual([chunks.get(3)?.join('.'), chunks.get(7)?.readUInt16BE(0)], ['10.0.0.1', 5060]);
  assert.deepEqual([String(chunks.get(17)), String(chunks.get(15))], ['call1', 'X\r\n\r\n']);
});

test('every message goes to the HEP collector, when there is one {sip-trace}', async () => {
  const { trace } = sipConfig();
  const hep = { host: '10.0.0.9', port: 9060, id: 1, password: '' };
  const room = await lab({ trace: { ...trace, hep } });
  const collector = await room.peer('10.0.0.9', 9060);
  const packets: string[] = [];
  collector.take = (bytes) => packets.push(Buffer.from(bytes).toString('latin1', 0, 4));
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE'));
  room.dialogs[0]?.respond(486);
  await room.pass(50);
  assert.deepEqual(packets, ['HEP3', 'HEP3', 'HEP3']);
});
