import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipConfig } from '../../../core/sip/index.ts';
import { body, callOut, fromCallee, names } from './invite-lab.ts';
import { lab } from './lab.ts';

/** A call of a peer that supports 100rel: 100 heard. */
async function callIn(
  headers: readonly string[] = ['Supported: 100rel'],
  config: Partial<SipConfig> = {},
  offer = 'offer',
) {
  const room = await lab(config);
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { headers, body: offer }));
  const [dialog] = room.dialogs;
  return { room, peer, dialog, toTag: dialog?.ids.localTag ?? '' };
}

const rseqOf = (value: string | null): number => Number(value);

test('a 183 with SDP goes reliably to a peer that supports it, is repeated until PRACK, and the 200 waits {sip-100rel}', async () => {
  const { room, peer, dialog, toTag } = await callIn();
  dialog?.respond(180);
  dialog?.respond(183, undefined, { body: body('answer') });
  dialog?.respond(200, undefined, { body: body('answer') });
  await room.pass(20);
  assert.deepEqual(peer.statuses, [100, 180, 183], 'RFC 3262 3: no 2xx before the PRACK of a session description');
  const reliable = peer.lastResponse();
  assert.deepEqual([reliable.header('require'), peer.heard[1]?.header('require')], ['100rel', null]);
  const rseq = rseqOf(reliable.header('rseq'));
  assert.ok(rseq >= 1 && rseq <= 1024);
  await room.pass(3600);
  assert.equal(peer.statuses.filter((status) => status === 183).length, 4, '0, 0.5, 1.5, 3.5 s');
  await peer.send(peer.request('PRACK', { toTag, cseq: 2, headers: [`RAck: ${rseq} 1 INVITE`] }));
  assert.deepEqual(peer.statuses.slice(-2), [200, 200]);
  assert.equal(peer.heard.at(-1)?.cseq.method, 'INVITE');
  assert.deepEqual(names(room.events), ['provisionalAcknowledged']);
  assert.equal(dialog?.state, 'confirmed');
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  dialog?.end();
  await room.assertEmpty();
});

test('without a PRACK within 64*T1 the INVITE is refused with 504 and the owner is told {sip-100rel}', async () => {
  const { room, peer, dialog } = await callIn();
  dialog?.respond(183, undefined, { body: body('answer') });
  await room.pass(32_100);
  assert.equal(peer.statuses.filter((status) => status === 183).length, 7);
  assert.equal(peer.lastResponse().status, 504);
  assert.deepEqual(names(room.events), ['noPrack']);
  assert.equal(room.counter('no_prack'), 1);
  assert.equal(dialog?.state, 'terminated');
  await room.assertEmpty();
});

test('further reliable responses wait in order for the PRACK of the one before {sip-100rel}', async () => {
  const { room, peer, dialog, toTag } = await callIn(['Require: 100rel']);
  dialog?.respond(180);
  dialog?.respond(181);
  dialog?.respond(183, undefined, { body: body('answer') });
  await room.pass(20);
  assert.deepEqual(peer.statuses, [100, 180]);
  const first = rseqOf(peer.lastResponse().header('rseq'));
  for (const [step, status] of [181, 183].entries()) {
    const prack = { toTag, cseq: 2 + step, headers: [`RAck: ${first + step} 1 INVITE`] };
    await peer.send(peer.request('PRACK', prack));
    assert.equal(peer.lastResponse().status, status);
    assert.equal(rseqOf(peer.lastResponse().header('rseq')), first + step + 1);
  }
  dialog?.end();
  await room.pass(20);
  assert.equal(peer.lastResponse().status, 487);
  await room.assertEmpty();
});

test('a refusal and a 2xx without SDP before do not wait; the PRACK that still comes gets 200 {sip-100rel}', async () => {
  const { room, peer, dialog, toTag } = await callIn();
  dialog?.respond(180, undefined, { reliable: true });
  dialog?.respond(200, undefined, { body: body('answer') });
  await room.pass(20);
  assert.deepEqual(peer.statuses, [100, 180, 200]);
  const rseq = peer.heard[1]?.header('rseq');
  await peer.send(peer.request('PRACK', { toTag, cseq: 2, headers: [`RAck: ${rseq} 1 INVITE`] }));
  assert.equal(peer.heard.at(-1)?.cseq.method, 'PRACK');
  assert.equal(peer.lastResponse().status, 200);
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  dialog?.end();
  await room.assertEmpty();
});

test('corner case 135: the mode decides 420 and 421, PRACK names the right RSeq, repetitions are ignored {sip-100rel}', async () => {
  const off = await callIn(['Require: 100rel'], { reliableProvisional: 'off' });
  assert.equal(off.peer.lastResponse().status, 420);
  assert.equal(off.peer.lastResponse().header('unsupported'), '100rel');
  await off.room.assertEmpty();
  const required = await callIn([], { reliableProvisional: 'required' });
  assert.equal(required.peer.lastResponse().status, 421);
  assert.equal(required.peer.lastResponse().header('require'), '100rel');
  await required.room.assertEmpty();

  const { room, peer, dialog, events } = await callOut();
  const sent = peer.lastRequest();
  assert.match(sent.header('supported') ?? '', /\b100rel\b/);
  const send = (rseq: string, status = 183) =>
    peer.send(peer.response(sent, status, { headers: ['Require: 100rel', ...(rseq === '' ? [] : [`RSeq: ${rseq}`])] }));
  await send('5');
  await send('5');
  await send('7');
  await send('4');
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  await send('6', 180);
  assert.deepEqual(
    peer.heard.flatMap((each) => (each.kind === 'request' && each.method === 'PRACK' ? [each.header('rack')] : [])),
    ['5 1 INVITE', '6 1 INVITE'],
  );
  assert.deepEqual(names(events), ['provisional 183 callee', 'provisional 180 callee']);
  await send('');
  assert.deepEqual(names(events).at(-1), 'failed 500');
  assert.equal(peer.methods.at(-1), 'CANCEL');
  await peer.send(peer.response(sent, 487));
  assert.equal(dialog.state, 'terminated');
  await room.assertEmpty();
});

test('a PRACK without RAck gets 400, one for nothing 481, and the call goes on {sip-100rel}', async () => {
  const { room, peer, dialog, toTag } = await callIn();
  await peer.send(peer.request('PRACK', { toTag, cseq: 2, headers: ['RAck: 1 1 INVITE'] }));
  assert.equal(peer.lastResponse().status, 481);
  dialog?.respond(183, undefined, { body: body('answer') });
  await room.pass(20);
  const rseq = rseqOf(peer.lastResponse().header('rseq'));
  const wrong = [[], ['RAck: x'], [`RAck: ${rseq + 1} 1 INVITE`], [`RAck: ${rseq} 9 INVITE`], [`RAck: ${rseq} 1 BYE`]];
  for (const [index, headers] of wrong.entries()) {
    await peer.send(peer.request('PRACK', { toTag, cseq: 3 + index, headers }));
    assert.equal(peer.lastResponse().status, index < 2 ? 400 : 481);
  }
  await peer.send(peer.request('PRACK', { toTag, cseq: 9, headers: [`RAck: ${rseq} 1 INVITE`] }));
  assert.equal(peer.lastResponse().status, 200);
  dialog?.respond(200);
  await room.pass(20);
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  dialog?.end();
  await room.assertEmpty();
});

test('an offer in a reliable 183 waits for the answer of the owner, which its PRACK carries {sip-100rel} {late-offer}', async () => {
  const { room, peer, dialog, events } = await callOut({ offer: async () => null });
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 183, { headers: ['Require: 100rel', 'RSeq: 1'], body: 'offer' }));
  assert.deepEqual(peer.methods, ['INVITE']);
  const outcome = dialog.acknowledgeProvisional(body('answer'));
  await room.pass(20);
  assert.equal(Buffer.from(peer.lastRequest('PRACK').body).toString(), 'answer');
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  assert.equal((await outcome).status, 200);
  assert.equal((await dialog.acknowledgeProvisional()).status, 481, 'nothing waits any more');
  await peer.send(peer.response(sent, 200));
  dialog.acknowledge();
  assert.deepEqual(names(events), ['provisional 183 callee', 'answered 200']);
  dialog.end();
  await room.assertEmpty();
});

test('a late offer that a PRACK has answered is not made again in the 200 {sip-100rel} {late-offer}', async () => {
  const { room, peer, dialog, toTag } = await callIn(['Supported: 100rel'], {}, '');
  dialog?.respond(183, undefined, { body: body('our offer') });
  await room.pass(20);
  const rseq = peer.lastResponse().header('rseq');
  await peer.send(peer.request('PRACK', { toTag, cseq: 2, headers: [`RAck: ${rseq} 1 INVITE`], body: 'answer' }));
  const [event] = room.events;
  assert.ok(event?.kind === 'provisionalAcknowledged' && !event.request.answered, 'a body waits for the owner');
  event.request.respond(200);
  dialog?.respond(200, undefined, { body: body('our offer') });
  await room.pass(20);
  assert.equal(peer.lastResponse().body.length, 0);
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  dialog?.end();
  await room.assertEmpty();
});

test('a PRACK that is refused ends the call {sip-100rel}', async () => {
  const { room, peer, events } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 183, { headers: ['Require: 100rel', 'RSeq: 1'] }));
  await peer.send(peer.response(peer.lastRequest('PRACK'), 500));
  assert.deepEqual(names(events), ['provisional 183 callee', 'failed 500']);
  assert.equal(peer.methods.at(-1), 'CANCEL');
  await peer.send(peer.response(sent, 487));
  await room.assertEmpty();
});

test('modes of an INVITE of ours: required, off, relay {sip-100rel}', async () => {
  const required = await callOut({ reliableProvisional: 'required' });
  assert.equal(required.peer.lastRequest().header('require'), '100rel');
  const off = await callOut({ reliableProvisional: 'off' });
  assert.doesNotMatch(off.peer.lastRequest().header('supported') ?? '', /100rel/);
  const relay = await callOut({ reliableProvisional: 'relay', headers: [['Require', '100rel']] });
  const { room, peer, dialog } = relay;
  await peer.send(peer.response(peer.lastRequest(), 183, { headers: ['Require: 100rel', 'RSeq: 1'] }));
  assert.deepEqual(peer.methods, ['INVITE'], 'its owner sends the PRACK');
  void dialog.acknowledgeProvisional();
  await room.pass(20);
  assert.equal(peer.lastRequest('PRACK').header('rack'), '1 1 INVITE');
  for (const call of [required, off, relay]) await call.room.stack.close();
});

test('a reliable 1xx to a re-INVITE is acknowledged too {sip-100rel}', async () => {
  const { room, peer, dialog } = await callOut();
  await peer.send(peer.response(peer.lastRequest(), 200));
  dialog.acknowledge();
  const outcome = dialog.request('INVITE', { body: body('offer') });
  await room.pass(20);
  const again = peer.lastRequest('INVITE');
  for (const _ of [1, 2]) await peer.send(peer.response(again, 183, { headers: ['Require: 100rel', 'RSeq: 3'] }));
  assert.equal(peer.methods.filter((method) => method === 'PRACK').length, 1);
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  await peer.send(peer.response(again, 200));
  assert.equal((await outcome).status, 200);
  dialog.end();
  await room.assertEmpty();
});

test('an offer in a reliable 1xx to our re-INVITE without body is answered in the PRACK {sip-100rel} {late-offer}', async () => {
  const { room, peer, dialog } = await callOut();
  await peer.send(peer.response(peer.lastRequest(), 200));
  dialog.acknowledge();
  const outcome = dialog.request('INVITE', { answerProvisional: async () => body('answer') });
  await room.pass(20);
  const again = peer.lastRequest('INVITE');
  await peer.send(peer.response(again, 183, { headers: ['Require: 100rel', 'RSeq: 3'], body: 'offer' }));
  assert.equal(Buffer.from(peer.lastRequest('PRACK').body).toString(), 'answer');
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  await peer.send(peer.response(again, 183, { headers: ['Require: 100rel', 'RSeq: 4'], body: 'offer' }));
  assert.equal(peer.lastRequest('PRACK').body.length, 0, 'a repetition of the same offer is no offer');
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  await peer.send(peer.response(again, 200));
  assert.equal((await outcome).status, 200);
  dialog.end();
  await room.assertEmpty();
});

test('to a re-INVITE that requires 100rel nothing provisional goes unreliably {sip-100rel}', async () => {
  const call = await callOut();
  const { room, peer, dialog, events } = call;
  await peer.send(peer.response(peer.lastRequest(), 200));
  dialog.acknowledge();
  await peer.send(fromCallee(call, 'INVITE', { headers: ['Require: 100rel'] }));
  const event = events.at(-1);
  assert.ok(event?.kind === 'request');
  event.request.respond(183);
  await room.pass(300);
  assert.deepEqual(peer.statuses, [100], 'only the 100, which is never reliable');
  event.request.respond(200);
  await room.pass(20);
  assert.deepEqual(peer.statuses, [100, 200]);
  await peer.send(fromCallee(call, 'ACK'));
  dialog.end();
  await room.assertEmpty();
});

test('what the peer allows and supports is read of its newest message {sip-100rel} {sip-update}', async () => {
  const { room, dialog } = await callIn(['Supported: 100rel, TIMER', 'Allow: INVITE, ACK', 'Allow: UPDATE']);
  assert.deepEqual(
    ['UPDATE', 'INFO', 'BYE'].map((each) => dialog?.peerAllows(each)),
    [true, false, true],
  );
  assert.deepEqual(
    ['100rel', 'timer', 'replaces'].map((each) => dialog?.peerSupports(each)),
    [true, true, false],
  );
  await room.stack.close();
  const call = await callOut();
  const { peer } = call;
  assert.equal(call.dialog.peerAllows('UPDATE'), false);
  await peer.send(peer.response(peer.lastRequest(), 200, { headers: ['Allow: UPDATE', 'Supported: timer'] }));
  call.dialog.acknowledge();
  assert.ok(call.dialog.peerAllows('UPDATE') && call.dialog.peerSupports('timer'));
  await peer.send(fromCallee(call, 'UPDATE', { headers: ['Allow: INFO'] }));
  const request = call.events.at(-1);
  assert.ok(request?.kind === 'request');
  request.request.respond(200);
  assert.ok(call.dialog.peerAllows('INFO') && !call.dialog.peerAllows('UPDATE'));
  await call.room.stack.close();
});

test('a flood of reliable 1xx draws one PRACK at a time, in order, and no more than a few wait {sip-100rel} {sip-robust}', async () => {
  const { room, peer, dialog, events } = await callOut();
  const invite = peer.lastRequest('INVITE');
  const reliable = (rseq: number) =>
    peer.send(peer.response(invite, 183, { headers: ['Require: 100rel', `RSeq: ${rseq}`] }));
  const racks = () => [
    ...new Set(
      peer.heard.flatMap((each) => (each.kind === 'request' && each.method === 'PRACK' ? [each.header('rack')] : [])),
    ),
  ];
  for (let rseq = 1; rseq <= 100; rseq++) await reliable(rseq);
  assert.deepEqual(racks(), ['1 1 INVITE']);
  assert.equal(events.length, 8, 'the others are left to their repetitions');
  assert.equal(room.counter('messages_dropped'), 1, 'the ninth, as the rest are out of order');
  for (let at = 1; at <= 8; at++) {
    assert.equal(racks().length, at);
    await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  }
  assert.equal(racks().at(-1), '8 1 INVITE');
  await reliable(9);
  await reliable(10);
  assert.equal(racks().at(-1), '9 1 INVITE', 'a repetition is taken again');
  await peer.send(peer.response(invite, 200));
  dialog.acknowledge();
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  assert.equal(racks().at(-1), '9 1 INVITE', 'an answered INVITE needs no further PRACK');
  assert.equal(dialog.state, 'confirmed');
  dialog.end();
  await room.assertEmpty();
});

test('of 1000 forks 32 make early dialogs, and reliable 1xx of the others are dropped {sip-forks} {sip-robust}', async () => {
  const { room, peer, dialog } = await callOut();
  const invite = peer.lastRequest('INVITE');
  for (let at = 0; at < 1000; at++) {
    const headers = ['Require: 100rel', 'RSeq: 1'];
    peer.socket?.send(
      Buffer.from(peer.response(invite, 183, { toTag: `fork${at}`, headers }).replaceAll('\n', '\r\n')),
      peer.to,
    );
  }
  await room.pass(100);
  assert.equal(dialog.earlyDialogs.length, 32);
  const pracks = peer.heard.flatMap((each) => (each.kind === 'request' && each.method === 'PRACK' ? [each.toTag] : []));
  assert.equal(new Set(pracks).size, 32);
  assert.equal(room.counter('messages_dropped'), 968);
  await room.stack.close();
});
