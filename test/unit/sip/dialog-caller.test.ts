import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialog, DialogEvent, InviteOptions, SipConfig } from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer } from './lab.ts';

interface Call {
  readonly room: Lab;
  readonly peer: Peer;
  readonly dialog: Dialog;
  readonly events: DialogEvent[];
}

/** A call to `peer`: the INVITE has arrived. */
async function calling(options: Partial<InviteOptions> = {}, config: Partial<SipConfig> = {}): Promise<Call> {
  const room = await lab(config);
  const peer = await room.peer('10.0.0.2');
  const { dialog, events } = invite(room, options);
  await room.pass(20);
  return { room, peer, dialog, events };
}

function invite(room: Lab, options: Partial<InviteOptions> = {}): { dialog: Dialog; events: DialogEvent[] } {
  const events: DialogEvent[] = [];
  const dialog = room.stack.invite({
    requestUri: 'sip:bob@10.0.0.2',
    from: '"Alice" <sip:alice@10.0.0.1>',
    to: '<sip:bob@10.0.0.2>',
    localTag: 'our-tag',
    offer: async () => ({ contentType: 'application/sdp', content: Buffer.from('v=0\r\n') }),
    ...options,
  });
  dialog.onEvent = (event) => events.push(event);
  return { dialog, events };
}

async function answered(options: Partial<InviteOptions> = {}): Promise<Call> {
  const call = await calling(options);
  await call.peer.send(call.peer.response(call.peer.lastRequest('INVITE'), 200));
  call.dialog.acknowledge();
  await call.room.pass(20);
  return call;
}

const names = (events: readonly DialogEvent[]): string[] =>
  events.map((event) =>
    event.kind === 'failed' || event.kind === 'provisional' || event.kind === 'answered'
      ? `${event.kind} ${event.response.status}`
      : event.kind,
  );

test('a call out: INVITE, 180, 200, ACK, BYE {sip-udp}', async () => {
  const { room, peer, dialog, events } = await calling({ headers: [['X-Test', 'yes']] });
  const sent = peer.lastRequest('INVITE');
  assert.equal(sent.uri, 'sip:bob@10.0.0.2');
  assert.equal(sent.header('from'), '"Alice" <sip:alice@10.0.0.1>;tag=our-tag');
  assert.equal(sent.header('to'), '<sip:bob@10.0.0.2>');
  assert.equal(sent.header('contact'), '<sip:our-tag@10.0.0.1:5060>');
  assert.match(sent.header('via') ?? '', /^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;rport;branch=z9hG4bK[0-9a-f]{24}$/);
  assert.equal(sent.header('max-forwards'), '70');
  assert.equal(sent.header('user-agent'), 'Callbus');
  assert.equal(sent.header('x-test'), 'yes');
  assert.equal(Buffer.from(sent.body).toString(), 'v=0\r\n');
  assert.equal(dialog.invite.header('x-test'), 'yes');
  assert.equal(dialog.localAddress, '10.0.0.1');
  await peer.send(peer.response(sent, 180));
  assert.equal(dialog.state, 'early');
  await peer.send(peer.response(sent, 200, { headers: ['Record-Route: <sip:10.0.0.2;lr>'] }));
  assert.equal(dialog.state, 'confirmed');
  assert.deepEqual(names(events), ['provisional 180', 'answered 200']);
  dialog.acknowledge({ contentType: 'application/sdp', content: Buffer.from('answer') });
  await room.pass(20);
  const ack = peer.lastRequest('ACK');
  assert.equal(ack.cseq.number, sent.cseq.number);
  assert.equal(ack.uri, 'sip:callee@10.0.0.2:5060');
  assert.equal(ack.toTag, 'callee');
  assert.notEqual(ack.via.branch, sent.via.branch);
  assert.deepEqual(ack.headers('route'), ['<sip:10.0.0.2;lr>']);
  assert.equal(Buffer.from(ack.body).toString(), 'answer');
  dialog.end();
  await room.pass(20);
  const bye = peer.lastRequest('BYE');
  assert.equal(bye.cseq.number, sent.cseq.number + 1);
  await peer.send(peer.response(bye, 200));
  await room.assertEmpty();
});

test('the INVITE is repeated at 0.5, 1.5, 3.5 … s and fails with 408 after timer B {sip-udp}', async () => {
  const { room, peer, events } = await calling();
  await room.pass(33_000);
  assert.equal(peer.methods.filter((method) => method === 'INVITE').length, 7);
  assert.deepEqual(names(events), ['failed 408']);
  assert.ok(events[0]?.kind === 'failed' && events[0].cause === 'timeout');
  await room.assertEmpty();
});

test('corner case 39: a 100 stops the repetitions, and a following 503 is still seen {sip-udp}', async () => {
  const { room, peer, events } = await calling();
  await peer.send(peer.response(peer.lastRequest(), 100, { toTag: 'wrong' }));
  await room.pass(40_000);
  assert.deepEqual(peer.methods, ['INVITE']);
  await peer.send(peer.response(peer.lastRequest(), 503));
  assert.deepEqual(names(events), ['provisional 100', 'failed 503']);
  assert.deepEqual(peer.methods, ['INVITE', 'ACK']);
  const ack = peer.lastRequest('ACK');
  assert.equal(ack.via.branch, peer.heard[0]?.via.branch);
  assert.equal(ack.toTag, 'callee');
  await room.assertEmpty();
});

test('every repetition of the 2xx is ACKed again, with the same body {sip-udp}', async () => {
  const { room, peer, dialog } = await calling();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 200));
  dialog.acknowledge({ contentType: 'application/sdp', content: Buffer.from('answer') });
  await peer.send(peer.response(sent, 200));
  await peer.send(peer.response(sent, 200));
  const acks = peer.heard.filter((message) => message.kind === 'request' && message.method === 'ACK');
  assert.deepEqual(
    acks.map(({ body }) => Buffer.from(body).toString()),
    ['answer', 'answer', 'answer'],
  );
  dialog.end();
  await room.pass(100);
});

test('corner case 32: CANCEL waits for a provisional response, is sent once, and the call fails with 487 {sip-udp}', async () => {
  const { room, peer, dialog, events } = await calling();
  dialog.cancel([['Reason', 'SIP;cause=600']]);
  dialog.cancel();
  await room.pass(100);
  assert.deepEqual(peer.methods, ['INVITE']);
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180));
  await peer.send(peer.response(sent, 183));
  const cancel = peer.lastRequest('CANCEL');
  assert.deepEqual(peer.methods, ['INVITE', 'CANCEL']);
  assert.equal(cancel.via.branch, sent.via.branch);
  assert.equal(cancel.header('cseq'), `${sent.cseq.number} CANCEL`);
  assert.equal(cancel.header('to'), sent.header('to'));
  assert.equal(cancel.header('reason'), 'SIP;cause=600');
  await peer.send(peer.response(cancel, 200));
  await peer.send(peer.response(sent, 487));
  assert.deepEqual(names(events), ['failed 487']);
  assert.equal(peer.methods.at(-1), 'ACK');
  await room.assertEmpty();
});

test('corner case 34: a 2xx that crosses the CANCEL is ACKed and ended with BYE {sip-udp}', async () => {
  const { room, peer, dialog, events } = await calling();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180));
  dialog.cancel();
  await peer.send(peer.response(sent, 200));
  assert.deepEqual(peer.methods, ['INVITE', 'CANCEL', 'ACK', 'BYE']);
  assert.deepEqual(names(events), ['provisional 180', 'failed 487']);
  await peer.send(peer.response(peer.lastRequest('CANCEL'), 481));
  await peer.send(peer.response(peer.lastRequest('BYE'), 200));
  await room.assertEmpty();
});

test('a CANCEL that nobody obeys ends the INVITE after 64*T1 {sip-udp}', async () => {
  const { room, peer, dialog, events } = await calling();
  await peer.send(peer.response(peer.lastRequest(), 180));
  dialog.cancel();
  await room.pass(33_000);
  assert.deepEqual(names(events), ['provisional 180', 'failed 487']);
  await room.assertEmpty();
});

test('end before any answer cancels silently; end before the INVITE left sends nothing {sip-udp}', async () => {
  const { room, peer, dialog, events } = await calling();
  dialog.end();
  assert.equal(dialog.state, 'terminated');
  await peer.send(peer.response(peer.lastRequest(), 180));
  await peer.send(peer.response(peer.lastRequest('INVITE'), 487));
  assert.deepEqual(peer.methods, ['INVITE', 'CANCEL', 'ACK']);
  assert.deepEqual(events, []);
  const other = invite(room, { localTag: 'other' });
  other.dialog.end();
  const third = invite(room, { localTag: 'third' });
  third.dialog.cancel();
  await room.pass(100);
  assert.equal(peer.methods.length, 3);
  assert.deepEqual(names(third.events), ['failed 487']);
  await room.assertEmpty();
});

test('of two forks that answer the first wins, the second is ACKed and ended {sip-udp}', async () => {
  const { room, peer, dialog, events } = await calling();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180, { toTag: 'one' }));
  await peer.send(peer.response(sent, 180, { toTag: 'two' }));
  assert.equal(dialog.ids.remoteTag, 'two');
  await peer.send(peer.response(sent, 200, { toTag: 'one' }));
  dialog.acknowledge();
  await peer.send(peer.response(sent, 200, { toTag: 'two' }));
  await peer.send(peer.response(sent, 200, { toTag: 'two' }));
  const after = peer.heard
    .flatMap((each) => (each.kind === 'request' ? [`${each.method} ${each.toTag}`] : []))
    .slice(1);
  assert.deepEqual(after, ['ACK one', 'ACK two', 'BYE two', 'ACK two']);
  assert.deepEqual(names(events), ['provisional 180', 'provisional 180', 'answered 200']);
  await peer.send(peer.response(peer.lastRequest('BYE'), 200));
  dialog.end();
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('BYE'), 200));
  await room.assertEmpty();
});

test('corner case 43: a 2xx without To tag is ACKed, ended, and counts as failure {sip-robust}', async () => {
  const { room, peer, events } = await calling();
  await peer.send(peer.response(peer.lastRequest(), 200, { toTag: '' }));
  assert.deepEqual(peer.methods, ['INVITE', 'ACK', 'BYE']);
  assert.deepEqual(names(events), ['failed 500']);
  await peer.send(peer.response(peer.lastRequest('BYE'), 481));
  await room.assertEmpty();
});

const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"';

test('a 401 is answered once with credentials and a higher CSeq {sip-digest}', async () => {
  const credentials = { user: 'alice', password: 'secret', realm: '' };
  const { room, peer, dialog, events } = await calling({ credentials });
  const first = peer.lastRequest('INVITE');
  await peer.send(peer.response(first, 401, { headers: [challenge] }));
  const second = peer.lastRequest('INVITE');
  assert.equal(second.callId, first.callId);
  assert.equal(second.cseq.number, first.cseq.number + 1);
  assert.notEqual(second.via.branch, first.via.branch);
  assert.equal(second.toTag, '');
  assert.match(second.header('authorization') ?? '', /username="alice".*nonce="n1".*nc=00000001/);
  await peer.send(peer.response(second, 200));
  dialog.acknowledge();
  await room.pass(20);
  assert.match(peer.lastRequest('ACK').header('authorization') ?? '', /nonce="n1"/);
  dialog.end();
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('BYE'), 401, { headers: [challenge.replace('n1', 'n2')] }));
  const bye = peer.lastRequest('BYE');
  assert.match(bye.header('authorization') ?? '', /nonce="n2"/);
  await peer.send(peer.response(bye, 200));
  assert.deepEqual(names(events), ['answered 200']);
  await room.assertEmpty();
});

test('wrong credentials end the call with the second 401; a stale nonce gives another try {sip-digest}', async () => {
  const credentials = { user: 'alice', password: 'secret', realm: 'r' };
  const { room, peer, events } = await calling({ credentials });
  await peer.send(peer.response(peer.lastRequest('INVITE'), 401, { headers: [challenge] }));
  await peer.send(
    peer.response(peer.lastRequest('INVITE'), 401, { headers: [`${challenge.replace('n1', 'n2')}, stale=TRUE`] }),
  );
  assert.match(peer.lastRequest('INVITE').header('authorization') ?? '', /nonce="n2"/);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 401, { headers: [challenge.replace('n1', 'n3')] }));
  assert.deepEqual(names(events), ['failed 401']);
  await room.assertEmpty();
});

test('corner case 49: a re-INVITE of ours is ACKed by the stack, a refused one leaves the call up {sip-udp}', async () => {
  const { room, peer, dialog } = await answered();
  const outcome = dialog.request('INVITE', { body: { contentType: 'application/sdp', content: Buffer.from('v=1') } });
  await room.pass(20);
  const again = peer.lastRequest('INVITE');
  assert.equal(again.toTag, 'callee');
  await peer.send(peer.response(again, 200));
  await peer.send(peer.response(again, 200));
  assert.equal((await outcome).status, 200);
  assert.deepEqual(peer.methods, ['INVITE', 'ACK', 'INVITE', 'ACK', 'ACK']);
  const refused = dialog.request('INVITE');
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 488));
  assert.equal((await refused).status, 488);
  assert.equal(dialog.state, 'confirmed');
});

test('corner case 50: re-INVITEs that cross: 491 each way, and ours is tried again after 2.1 to 4 s {sip-glare}', async () => {
  const { room, peer, dialog } = await answered();
  const outcome = dialog.request('INVITE');
  await room.pass(20);
  await peer.send(peer.request('INVITE', { callId: dialog.ids.callId, fromTag: 'callee', toTag: 'our-tag', cseq: 9 }));
  assert.equal(peer.lastResponse().status, 491);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 491));
  const count = peer.methods.length;
  await room.pass(2000);
  assert.equal(peer.methods.length, count);
  await room.pass(2100);
  assert.equal(peer.methods.at(-1), 'INVITE');
  await peer.send(peer.response(peer.lastRequest('INVITE'), 200));
  assert.equal((await outcome).status, 200);
});

test('a second re-INVITE of ours waits for the first {sip-glare}', async () => {
  const { room, peer, dialog } = await answered();
  const outcomes = Promise.all([dialog.request('INVITE'), dialog.request('INVITE')]);
  await room.pass(20);
  assert.deepEqual(peer.methods, ['INVITE', 'ACK', 'INVITE']);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 200));
  assert.deepEqual(peer.methods, ['INVITE', 'ACK', 'INVITE', 'ACK', 'INVITE']);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 200));
  assert.deepEqual(
    (await outcomes).map(({ status }) => status),
    [200, 200],
  );
});

test('a re-INVITE of ours without final answer is cancelled after three minutes and leaves nothing {sip-udp}', async () => {
  const { room, peer, dialog } = await answered();
  const outcome = dialog.request('INVITE');
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 100));
  await room.pass(181_000);
  assert.equal((await outcome).status, 408);
  assert.ok(peer.methods.includes('CANCEL'));
  dialog.end();
  await room.assertEmpty();
});

test('408 and 481 to requests in the dialog mean that the peer is gone {sip-udp}', async () => {
  const { room, peer, dialog, events } = await answered();
  const info = dialog.request('INFO');
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('INFO'), 481));
  assert.equal((await info).status, 481);
  const silent = dialog.request('OPTIONS');
  await room.pass(33_000);
  assert.equal((await silent).status, 408);
  assert.deepEqual(names(events), ['answered 200', 'remoteGone', 'remoteGone']);
  dialog.end();
  assert.equal((await dialog.request('INFO')).status, 481);
});

test('no final answer within three minutes: CANCEL and 408 {sip-udp}', async () => {
  const { room, peer, events } = await calling();
  await peer.send(peer.response(peer.lastRequest(), 180));
  await room.pass(181_000);
  assert.deepEqual(names(events), ['provisional 180', 'failed 408']);
  assert.ok(peer.methods.includes('CANCEL'));
  await room.assertEmpty();
});

test('names resolve; unknown names fail with 478, forbidden targets with 403, WebSocket with 478 {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  room.sim.internet.names.set('bob.example', ['10.0.0.2']);
  const outcomes = [
    invite(room, { requestUri: 'sip:bob@nowhere.example', localTag: 'a' }),
    invite(room, { requestUri: 'sip:bob@10.0.0.2', localTag: 'b', admitTarget: () => false }),
    invite(room, { requestUri: 'sip:bob@10.0.0.2;transport=ws', localTag: 'c' }),
    invite(room, { requestUri: 'nonsense', localTag: 'd' }),
    invite(room, { from: '<<', localTag: 'e' }),
  ];
  await room.pass(100);
  assert.deepEqual(
    outcomes.flatMap(({ events }) => names(events)),
    ['failed 478', 'failed 403', 'failed 478', 'failed 478', 'failed 478'],
  );
  assert.deepEqual(peer.methods, []);
  invite(room, { requestUri: 'sip:bob@bob.example.', localTag: 'f' });
  invite(room, { requestUri: 'sip:bob@elsewhere.invalid', localTag: 'g', nextHop: '10.0.0.2:5060' });
  await room.pass(20);
  assert.deepEqual(peer.methods, ['INVITE', 'INVITE']);
});

test('an offer that cannot be made fails the call with 500 {sip-udp}', async () => {
  const { events, room } = await calling({ offer: () => Promise.reject(new Error('no port')) });
  assert.deepEqual(names(events), ['failed 500']);
  await room.assertEmpty();
});

test('a restored dialog takes BYE and sends it with right tags, CSeq and route {sip-snapshot}', async () => {
  const { room, peer, dialog } = await calling();
  await peer.send(peer.response(peer.lastRequest(), 200, { headers: ['Record-Route: <sip:10.0.0.2;lr>'] }));
  dialog.acknowledge();
  await room.pass(20);
  const snapshot = JSON.parse(JSON.stringify(dialog.snapshot()));
  const { callId } = dialog.ids;
  for (const direction of ['out', 'in'] as const) {
    const fresh = await lab();
    const other = await fresh.peer('10.0.0.2');
    const restored = fresh.stack.restoreDialog(snapshot);
    const events: string[] = [];
    restored.onEvent = ({ kind }) => events.push(kind);
    assert.equal(restored.state, 'confirmed');
    assert.equal(restored.from.displayName, 'Alice');
    if (direction === 'out') {
      restored.end();
      await fresh.pass(20);
      const bye = other.lastRequest('BYE');
      assert.deepEqual([bye.callId, bye.fromTag, bye.toTag, bye.cseq.number], [callId, 'our-tag', 'callee', 2]);
      assert.deepEqual(bye.headers('route'), ['<sip:10.0.0.2;lr>']);
      await other.send(other.response(bye, 200));
    } else {
      await other.send(other.request('BYE', { callId, fromTag: 'callee', toTag: 'our-tag', cseq: 1 }));
      assert.deepEqual(other.statuses, [200]);
      assert.deepEqual(events, ['bye']);
    }
    await fresh.assertEmpty();
  }
  assert.throws(() => room.stack.restoreDialog({ version: 1, data: { role: 'none' } }), /snapshot/);
});
