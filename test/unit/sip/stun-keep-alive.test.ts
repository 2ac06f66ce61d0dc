/** A registration keeps its UDP flow alive with STUN and registers anew when the flow fails (RFC 5626 4.4.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerStun, isStun } from '../../../core/sip/stun.ts';
import { readStunAnswer, stunRequest } from '../../../core/sip/stun-answer.ts';
import { type Lab, lab, type Peer } from './lab.ts';

const registrarAddress = '10.0.0.9';

interface Setting extends Lab {
  readonly registrar: Peer;
  /** Binding requests that came. */
  readonly pings: Uint8Array[];
  /** What the registrar sees of us, or `silent`. */
  view: { address: string; port: number } | 'silent';
  registers(): number;
  stop(): Promise<void>;
}

async function registered(headers: readonly string[]): Promise<Setting> {
  const room = await lab();
  const registrar = await room.peer(registrarAddress);
  const pings: Uint8Array[] = [];
  const it: Setting = {
    ...room,
    registrar,
    pings,
    view: { address: '203.0.113.7', port: 40_000 },
    registers: () => registrar.methods.filter((method) => method === 'REGISTER').length,
    async stop() {
      const stopped = registration.stop();
      await room.pass(5000);
      await stopped;
      await room.assertEmpty();
    },
  };
  const take = registrar.take.bind(registrar);
  registrar.take = (bytes, from) => {
    if (!isStun(bytes)) {
      take(bytes, from);
      const contact = `Contact: <sip:a@10.0.0.1:5060>;expires=3600`;
      const reply = registrar.response(registrar.lastRequest('REGISTER'), 200, {
        headers: [contact, ...headers],
        contact: '',
      });
      registrar.socket?.send(Buffer.from(reply.replaceAll(/\r?\n/g, '\r\n')), from);
      return;
    }
    pings.push(bytes);
    const answer = it.view === 'silent' ? null : answerStun(bytes, it.view);
    if (answer !== null) registrar.socket?.send(answer, from);
  };
  const registration = room.stack.register({
    registrar: `sip:${registrarAddress}`,
    addressOfRecord: `<sip:a@${registrarAddress}>`,
    outbound: { instanceId: 'urn:uuid:00000000-0000-1000-8000-000A95A0E128', regId: 1 },
  });
  await room.pass(100);
  assert.equal(registration.status.state, 'registered');
  return it;
}

test('a UDP flow that the registrar keeps is pinged each 24 to 29 s {registration} {sip-outbound}', async () => {
  const it = await registered(['Require: outbound']);
  await it.pass(23_000);
  assert.equal(it.pings.length, 0);
  await it.pass(100_000);
  assert.ok(it.pings.length >= 4 && it.pings.length <= 5, `${it.pings.length}`);
  assert.equal(it.registers(), 1);
  await it.stop();
});

test('Flow-Timer says how often; without either nothing is pinged {registration} {sip-outbound}', async () => {
  const it = await registered(['Flow-Timer: 100']);
  await it.pass(79_000);
  assert.equal(it.pings.length, 0);
  await it.pass(22_000);
  assert.equal(it.pings.length, 1);
  await it.stop();
  const plain = await registered([]);
  await plain.pass(300_000);
  assert.equal(plain.pings.length, 0);
  await plain.stop();
});

test('seven pings without an answer: the flow has failed, and is registered anew {registration} {sip-outbound}', async () => {
  const it = await registered(['Require: outbound']);
  it.view = 'silent';
  await it.pass(29_000 + 39_000);
  assert.equal(it.pings.length, 7);
  assert.equal(new Set(it.pings.map((ping) => Buffer.from(ping).toString('hex'))).size, 1);
  await it.pass(1000);
  assert.equal(it.registers(), 2);
  assert.equal(it.counter('flows_failed'), 1);
  await it.stop();
});

test('a mapped address that changes is a failure of the flow {registration} {sip-outbound}', async () => {
  const it = await registered(['Require: outbound']);
  await it.pass(60_000);
  assert.equal(it.registers(), 1);
  it.view = { address: '203.0.113.7', port: 40_001 };
  await it.pass(30_000);
  assert.equal(it.registers(), 2);
  await it.stop();
});

test('an answer from elsewhere, or to another transaction, is none {sip-outbound} {sip-robust}', async () => {
  const it = await registered(['Require: outbound']);
  it.view = 'silent';
  await it.pass(29_000);
  const [ping] = it.pings;
  assert.ok(ping);
  const answer = answerStun(ping, { address: '203.0.113.7', port: 1 });
  const other = answerStun(stunRequest(new Uint8Array(12)), { address: '203.0.113.7', port: 1 });
  assert.ok(answer && other);
  const stranger = await it.peer('10.0.0.66');
  stranger.socket?.send(answer, { address: '10.0.0.1', port: 5060 });
  it.registrar.socket?.send(other, { address: '10.0.0.1', port: 5060 });
  await it.pass(40_000);
  assert.equal(it.registers(), 2);
  await it.stop();
});

test('answers are read to the bit in both families, and what is cut off is none {sip-outbound}', () => {
  const request = stunRequest(Uint8Array.from({ length: 12 }, (_, index) => index * 7));
  for (const [address, mapped] of [
    ['192.0.2.1', '9c40c0000201'],
    ['2001:db8::9', '9c4020010db8000000000000000000000009'],
  ] as const) {
    const answer = answerStun(request, { address, port: 40_000 });
    assert.ok(answer);
    assert.deepEqual(readStunAnswer(answer), {
      transactionId: Buffer.from(request.subarray(8)).toString('hex'),
      refused: false,
      mapped,
    });
    for (let length = 0; length < answer.length; length++)
      assert.equal(readStunAnswer(answer.subarray(0, length)), null);
  }
  assert.equal(readStunAnswer(request), null);
});
