/** A callee that a proxy forks to, behind the B2BUA: several early dialogs there, one on the caller's side (RFC 3261 12.1.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParsedRequest, type ParsedResponse } from '../../core/sip/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { sdp, type Wire, wire } from './wire.ts';

const able = ['Supported: 100rel', 'Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK'];
const reliable = (rseq: number): string[] => [
  'Require: 100rel',
  `RSeq: ${rseq}`,
  'Allow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK',
];
const bypass = { media: 'bypass' };

const portIn = (message: ParsedRequest | ParsedResponse): string =>
  /m=audio (\d+)/.exec(Buffer.from(message.body).toString())?.[1] ?? '';

/** Tags of the dialogs in which bob got these requests. */
const tagsOf = ({ bob }: Wire, method: string): string[] =>
  bob.heard.flatMap((message) =>
    message instanceof ParsedRequest && message.method === method ? [message.toTag] : [],
  );

async function prack(it: Wire, cseq: number): Promise<void> {
  const rseq = it.alice.lastResponse().header('rseq');
  await it.fromAlice('PRACK', cseq, { headers: [`RAck: ${rseq} 1 INVITE`] });
}

async function hangUp(it: Wire, cseq: number): Promise<void> {
  await it.fromAlice('BYE', cseq);
  await it.bobSays(200, {}, 'BYE');
  assert.equal(it.alice.lastResponse().status, 200);
  await assertNothingLeft(it.w);
}

test('18x of several forks are told in the one dialog of the caller {b2bua} {sip-forks}', async () => {
  const it = await wire(bypass);
  await it.invite();
  await it.bobSays(180, { toTag: 'f1' });
  await it.bobSays(183, { toTag: 'f2', body: sdp('10.0.2.2', 42_000) });
  await it.bobSays(180, { toTag: 'f3' });
  assert.deepEqual(it.alice.statuses, [100, 180, 183, 180]);
  assert.equal(new Set(it.alice.heard.map(({ toTag }) => toTag).filter((tag) => tag !== '')).size, 1);
  await it.bobSays(486, { toTag: 'f3' });
  await it.fromAlice('ACK', 1, { branch: 'z9hG4bKINVITE1' });
  await assertNothingLeft(it.w);
});

test('through the B2BUA the 2xx of a second fork is acknowledged and ended, the caller hears nothing of it {b2bua} {sip-forks}', async () => {
  const it = await wire(bypass);
  const invite = await it.invite();
  await it.bobSays(180, { toTag: 'f1' });
  await it.bobSays(180, { toTag: 'f2' });
  await it.bobSays(200, { toTag: 'f1', body: sdp('10.0.2.2', 41_000) }, invite);
  await it.fromAlice('ACK', 1);
  const heard = it.alice.heard.length;
  await it.bobSays(200, { toTag: 'f2', body: sdp('10.0.2.2', 42_000) }, invite);
  await it.bobSays(200, { toTag: 'f4', body: sdp('10.0.2.2', 44_000) }, invite);
  assert.deepEqual(tagsOf(it, 'ACK'), ['f1', 'f2', 'f4']);
  assert.deepEqual(tagsOf(it, 'BYE'), ['f2', 'f4']);
  for (const bye of it.bob.heard) {
    if (bye instanceof ParsedRequest && bye.method === 'BYE') await it.bobSays(200, {}, bye);
  }
  assert.equal(it.alice.heard.length, heard);
  await it.fromAlice('INFO', 2);
  assert.deepEqual(tagsOf(it, 'INFO'), ['f1']);
  await it.bobSays(200, {}, 'INFO');
  await hangUp(it, 3);
});

test('PRACK goes to the fork that it is for, UPDATE both ways in early dialogs {b2bua} {sip-forks} {sip-100rel} {sip-update}', async () => {
  const it = await wire();
  const invite = await it.invite({ headers: able });
  await it.bobSays(183, { toTag: 'f1', body: sdp('10.0.2.2', 41_000), headers: reliable(5) }, invite);
  await it.bobSays(200, {}, 'PRACK');
  await prack(it, 2);
  await it.bobSays(183, { toTag: 'f2', body: sdp('10.0.2.2', 42_000), headers: reliable(900) }, invite);
  await it.bobSays(200, {}, 'PRACK');
  await prack(it, 3);
  const racks = it.bob.heard.flatMap((each) =>
    each instanceof ParsedRequest && each.method === 'PRACK' ? [`${each.toTag} ${each.header('rack')}`] : [],
  );
  assert.deepEqual(racks, ['f1 5 1 INVITE', 'f2 900 1 INVITE']);
  // The caller's goes to the fork that was heard last.
  await it.fromAlice('UPDATE', 4, { body: sdp('10.0.2.1') });
  assert.deepEqual(tagsOf(it, 'UPDATE'), ['f2']);
  await it.bobSays(200, { body: sdp('10.0.2.2', 42_000) }, 'UPDATE');
  // One of either fork comes to the caller.
  await it.fromBob('UPDATE', 1, { fromTag: 'f1', body: sdp('10.0.2.2', 41_010) });
  await it.aliceSays(200, { body: sdp('10.0.2.1') }, 'UPDATE');
  assert.equal(it.bob.lastResponse().header('cseq'), '1 UPDATE');
  assert.equal(it.bob.lastResponse().status, 200);
  await it.bobSays(200, { toTag: 'f2' }, invite);
  await it.fromAlice('ACK', 1);
  await hangUp(it, 5);
});

test('a fork that wins after another was heard: its 2xx without SDP means its own 18x, which a re-INVITE tells {b2bua} {sip-forks}', async () => {
  const it = await wire(bypass);
  const invite = await it.invite({ headers: able });
  await it.bobSays(183, { toTag: 'f1', body: sdp('10.0.2.2', 41_000), headers: reliable(5) }, invite);
  await it.bobSays(200, {}, 'PRACK');
  await prack(it, 2);
  await it.bobSays(183, { toTag: 'f2', body: sdp('10.0.2.2', 42_000), headers: reliable(6) }, invite);
  await it.bobSays(200, {}, 'PRACK');
  await prack(it, 3);
  await it.bobSays(183, { toTag: 'f3', body: sdp('10.0.2.2', 43_000), headers: reliable(7) }, invite);
  await it.bobSays(200, {}, 'PRACK');
  await prack(it, 4);
  await it.bobSays(200, { toTag: 'f2' }, invite);
  assert.equal(it.alice.lastResponse().status, 200);
  assert.equal(portIn(it.alice.lastResponse()), '42000');
  await it.fromAlice('ACK', 1);
  await it.w.advance(100);
  const again = it.alice.lastRequest('INVITE');
  assert.equal(portIn(again), '42000');
  await it.aliceSays(200, { body: sdp('10.0.2.1') }, again);
  assert.equal(it.alice.lastRequest('ACK').cseq.number, again.cseq.number);
  assert.equal(tagsOf(it, 'INVITE').length, 1, 'the callee has its answer');
  await hangUp(it, 5);
});

test('one fork, or forks that say the same, need no further re-INVITE {b2bua} {sip-forks}', async () => {
  const it = await wire(bypass);
  const invite = await it.invite();
  await it.bobSays(183, { toTag: 'f1', body: sdp('10.0.2.2', 41_000) }, invite);
  await it.bobSays(183, { toTag: 'f2', body: sdp('10.0.2.2', 41_000) }, invite);
  await it.bobSays(200, { toTag: 'f2', body: sdp('10.0.2.2', 41_000) }, invite);
  await it.fromAlice('ACK', 1);
  await it.w.advance(1000);
  assert.deepEqual(it.alice.methods, []);
  await hangUp(it, 2);
});

test('CANCEL reaches a forked callee once, and a 2xx that crosses it is ended in its own dialog {b2bua} {sip-forks} {cancel}', async () => {
  const it = await wire(bypass);
  const invite = await it.invite();
  await it.bobSays(180, { toTag: 'f1' });
  await it.bobSays(180, { toTag: 'f2' });
  await it.alice.send(it.alice.request('CANCEL', { callId: 'wire', branch: 'z9hG4bKINVITE1' }));
  await it.fromAlice('ACK', 1, { branch: 'z9hG4bKINVITE1' });
  await it.bobSays(200, {}, 'CANCEL');
  await it.bobSays(200, { toTag: 'f1', body: sdp('10.0.2.2') }, invite);
  assert.deepEqual(tagsOf(it, 'ACK'), ['f1']);
  assert.deepEqual(tagsOf(it, 'BYE'), ['f1']);
  await it.bobSays(200, {}, 'BYE');
  assert.deepEqual(it.alice.statuses, [100, 180, 180, 200, 487]);
  await assertNothingLeft(it.w);
});

test('a callee that says BYE before its ACK gets both {b2bua} {bye}', async () => {
  const it = await wire(bypass);
  const invite = await it.invite();
  await it.bobSays(200, { body: sdp('10.0.2.2') }, invite);
  await it.fromBob('BYE', 1);
  assert.deepEqual(it.bob.methods, ['INVITE', 'ACK']);
  assert.equal(it.bob.lastResponse().status, 200);
  await it.bobSays(200, { body: sdp('10.0.2.2') }, invite);
  assert.deepEqual(it.bob.methods, ['INVITE', 'ACK', 'ACK']);
  await it.fromAlice('ACK', 1);
  await it.w.advance(100);
  await it.aliceSays(200, {}, 'BYE');
  await assertNothingLeft(it.w);
});
