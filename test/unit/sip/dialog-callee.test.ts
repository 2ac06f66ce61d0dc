import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialog } from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer } from './lab.ts';

/** A call that `peer` made: INVITE sent, 100 heard. */
async function invited(): Promise<{ room: Lab; peer: Peer; dialog: Dialog }> {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { body: 'v=0\n' }));
  const [dialog] = room.dialogs;
  assert.ok(dialog);
  return { room, peer, dialog };
}

async function connected(): Promise<{ room: Lab; peer: Peer; dialog: Dialog; toTag: string }> {
  const call = await invited();
  call.dialog.respond(200);
  await call.room.pass(20);
  const toTag = call.dialog.ids.localTag;
  await call.peer.send(call.peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  return { ...call, toTag };
}

const kinds = (room: Lab): string[] => room.events.map(({ kind }) => kind);

test('an INVITE is answered 100, 180, 200 and ended by the peer with BYE {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  assert.equal(dialog.state, 'calling');
  dialog.respond(180);
  assert.equal(dialog.state, 'early');
  dialog.respond(200, 'OK', { body: { contentType: 'application/sdp', content: Buffer.from('v=0\r\n') } });
  await room.pass(20);
  assert.deepEqual(peer.statuses, [100, 180, 200]);
  const ok = peer.lastResponse();
  assert.equal(ok.header('contact'), `<sip:${dialog.ids.localTag}@10.0.0.1:5060>`);
  assert.equal(ok.toTag, dialog.ids.localTag);
  assert.match(ok.header('allow') ?? '', /^INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK/);
  assert.equal(ok.header('server'), 'Callbus');
  const toTag = dialog.ids.localTag;
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack', body: 'late' }));
  await peer.send(peer.request('BYE', { toTag, cseq: 2 }));
  assert.deepEqual(kinds(room), ['acknowledged', 'bye']);
  const [ack] = room.events;
  assert.ok(ack?.kind === 'acknowledged' && Buffer.from(ack.body).toString() === 'late');
  assert.deepEqual(peer.statuses.at(-1), 200);
  assert.equal(dialog.state, 'terminated');
  await room.assertEmpty();
});

test('the 2xx is repeated from T1 to T2 until the ACK, and noAck comes after 64*T1 {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(200);
  await room.pass(31_000);
  // 0, 0.5, 1.5, 3.5, 7.5, 11.5, … 31.5 s
  assert.deepEqual(peer.statuses.filter((status) => status === 200).length, 10);
  assert.deepEqual(kinds(room), []);
  await room.pass(2000);
  assert.deepEqual(kinds(room), ['noAck']);
  dialog.end();
  await room.pass(20);
  const bye = peer.lastRequest('BYE');
  assert.equal(bye.fromTag, dialog.ids.localTag);
  assert.equal(bye.toTag, 'peer');
  await peer.send(peer.response(bye, 200));
  await room.assertEmpty();
});

test('a repeated INVITE gets the newest provisional response again, not a second call {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(180);
  await peer.send(peer.request('INVITE', { body: 'v=0\n' }));
  assert.deepEqual(peer.statuses, [100, 180, 180]);
  assert.equal(room.dialogs.length, 1);
  dialog.respond(486);
  await room.pass(20);
  await peer.send(peer.request('ACK', { toTag: dialog.ids.localTag, branch: 'z9hG4bKINVITE1' }));
  await room.assertEmpty();
  assert.deepEqual(peer.statuses, [100, 180, 180, 486]);
});

test('a refusal is repeated by timer G until its ACK {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(404, 'Nobody here');
  await room.pass(1600);
  assert.deepEqual(peer.statuses, [100, 404, 404, 404]);
  assert.equal(peer.lastResponse().reason, 'Nobody here');
  await peer.send(peer.request('ACK', { toTag: dialog.ids.localTag, branch: 'z9hG4bKINVITE1' }));
  await room.pass(10_000);
  assert.deepEqual(peer.statuses.length, 4);
  await room.assertEmpty();
});

test('CANCEL is answered 200, its INVITE 487, and the owner is told once {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(180);
  await peer.send(peer.request('CANCEL', { branch: 'z9hG4bKINVITE1' }));
  assert.deepEqual(peer.statuses.sort(), [100, 180, 200, 487]);
  assert.deepEqual(kinds(room), ['cancelled']);
  dialog.respond(200);
  await peer.send(peer.request('CANCEL', { branch: 'z9hG4bKINVITE1' }));
  assert.deepEqual(kinds(room), ['cancelled']);
  await peer.send(peer.request('ACK', { toTag: dialog.ids.localTag, branch: 'z9hG4bKINVITE1' }));
  await room.assertEmpty();
});

test('CANCEL after the 200 changes nothing; CANCEL without a call is answered 481 {sip-udp}', async () => {
  const { room, peer, dialog } = await connected();
  await peer.send(peer.request('CANCEL', { branch: 'z9hG4bKINVITE1' }));
  assert.equal(peer.lastResponse().status, 200);
  assert.equal(dialog.state, 'confirmed');
  await peer.send(peer.request('CANCEL', { callId: 'other', branch: 'z9hG4bKother' }));
  assert.equal(peer.lastResponse().status, 481);
  assert.deepEqual(kinds(room), ['acknowledged']);
});

test('BYE in the early dialog gets 200 and the INVITE 487 {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(183);
  await peer.send(peer.request('BYE', { toTag: dialog.ids.localTag, cseq: 2 }));
  assert.deepEqual(peer.statuses.sort(), [100, 183, 200, 487]);
  assert.deepEqual(kinds(room), ['bye']);
  await peer.send(peer.request('ACK', { toTag: dialog.ids.localTag, branch: 'z9hG4bKINVITE1' }));
  await room.assertEmpty();
});

test('our BYE waits for the ACK of our 200 {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(200);
  dialog.end();
  assert.equal(dialog.state, 'terminated');
  await room.pass(100);
  assert.deepEqual(peer.methods, []);
  await peer.send(peer.request('ACK', { toTag: dialog.ids.localTag, branch: 'z9hG4bKack' }));
  assert.deepEqual(peer.methods, ['BYE']);
  await peer.send(peer.response(peer.lastRequest('BYE'), 200));
  assert.deepEqual(kinds(room), []);
  await room.assertEmpty();
});

test('BYEs that cross are both answered 200 {sip-udp}', async () => {
  const { room, peer, dialog, toTag } = await connected();
  dialog.end();
  await peer.send(peer.request('BYE', { toTag, cseq: 2 }));
  assert.equal(peer.lastResponse().status, 200);
  assert.equal(peer.lastRequest().method, 'BYE');
  await peer.send(peer.response(peer.lastRequest('BYE'), 481));
  await room.assertEmpty();
});

test('our BYE is repeated when packets are lost, and forgotten after timer F {sip-udp}', async () => {
  const { room, peer, dialog } = await connected();
  dialog.end([['Reason', 'Q.850;cause=16']]);
  await room.pass(33_000);
  assert.equal(peer.methods.length, 11);
  assert.equal(peer.lastRequest().header('reason'), 'Q.850;cause=16');
  await room.assertEmpty();
});

test('corner case 52: requests with the wrong tags are answered 481, a wrong ACK not at all {sip-udp}', async () => {
  const { room, peer, toTag } = await connected();
  await peer.send(peer.request('BYE', { toTag: 'unknown', cseq: 2 }));
  assert.equal(peer.lastResponse().status, 481);
  await peer.send(peer.request('INFO', { toTag, fromTag: 'stranger', cseq: 3 }));
  assert.equal(peer.lastResponse().status, 481);
  const before = peer.heard.length;
  await peer.send(peer.request('ACK', { toTag: 'unknown', branch: 'z9hG4bKx' }));
  assert.equal(peer.heard.length, before);
  assert.equal(room.counter('stray_messages'), 1);
});

test('corner case 51: a lower CSeq is answered 500, for NOTIFY with Retry-After: 0 {sip-udp}', async () => {
  const { peer, room, toTag } = await connected();
  await peer.send(peer.request('INFO', { toTag, cseq: 5 }));
  const [info] = room.events.flatMap((event) => (event.kind === 'request' ? [event.request] : []));
  info?.respond(200);
  await peer.send(peer.request('OPTIONS', { toTag, cseq: 4 }));
  assert.equal(peer.lastResponse().status, 500);
  await peer.send(peer.request('NOTIFY', { toTag, cseq: 3 }));
  assert.equal(peer.lastResponse().header('retry-after'), '0');
});

test('a request in the dialog that nobody answers gets 500 in time {sip-udp}', async () => {
  const { room, peer, toTag } = await connected();
  await peer.send(peer.request('INFO', { toTag, cseq: 2 }));
  assert.deepEqual(kinds(room), ['acknowledged', 'request']);
  await room.pass(20_000);
  assert.equal(peer.lastResponse().status, 500);
  assert.equal(room.counter('requests_unanswered'), 1);
});

test('a re-INVITE of the peer is handed up, its 200 repeated until the ACK, its Contact the new target {sip-udp}', async () => {
  const { room, peer, dialog, toTag } = await connected();
  const moved = await room.peer('10.0.0.9', 5070);
  await peer.send(
    peer
      .request('INVITE', { toTag, cseq: 2 })
      .replace('Contact: <sip:peer@10.0.0.2:5060>', 'Contact: <sip:peer@10.0.0.9:5070>'),
  );
  const event = room.events.at(-1);
  assert.ok(event?.kind === 'request');
  event.request.respond(200);
  await room.pass(600);
  assert.deepEqual(peer.statuses.slice(-3), [200, 200, 200]);
  await peer.send(peer.request('ACK', { toTag, cseq: 2, branch: 'z9hG4bKack2' }));
  assert.equal(room.events.at(-1)?.kind, 'acknowledged');
  dialog.end();
  await room.pass(20);
  assert.equal(moved.lastRequest().uri, 'sip:peer@10.0.0.9:5070');
});

test('a re-INVITE that waits gets its 100 after 200 ms {sip-udp}', async () => {
  const { room, peer, toTag } = await connected();
  await peer.send(peer.request('INVITE', { toTag, cseq: 2 }));
  assert.deepEqual(peer.statuses, [100, 200]);
  await room.pass(200);
  assert.deepEqual(peer.statuses, [100, 200, 100]);
});

test('CANCEL and ACK with a branch of their own find the INVITE of their Call-ID, tag and CSeq {sip-robust}', async () => {
  const { room, peer, dialog } = await invited();
  await peer.send(peer.request('CANCEL', { branch: 'z9hG4bKown1' }));
  assert.deepEqual(peer.statuses.sort(), [100, 200, 487]);
  await peer.send(peer.request('ACK', { branch: 'z9hG4bKown2', toTag: dialog.ids.localTag }));
  await room.pass(10_000);
  assert.equal(peer.statuses.length, 3);
  assert.equal(room.counter('loose_matches'), 2);
  await room.assertEmpty();
});

test('a second re-INVITE while one waits is answered 500 with Retry-After {sip-udp}', async () => {
  const { room, peer, toTag } = await connected();
  await peer.send(peer.request('INVITE', { toTag, cseq: 2 }));
  await peer.send(peer.request('INVITE', { toTag, cseq: 3 }));
  assert.equal(peer.lastResponse().status, 500);
  assert.match(peer.lastResponse().header('retry-after') ?? '', /^([0-9]|10)$/);
  assert.deepEqual(kinds(room), ['acknowledged', 'request']);
});

test('a CANCELled re-INVITE gets 487 and leaves the call up {sip-udp}', async () => {
  const { room, peer, dialog, toTag } = await connected();
  await peer.send(peer.request('INVITE', { toTag, cseq: 2 }));
  await peer.send(peer.request('CANCEL', { cseq: 2, branch: 'z9hG4bKINVITE2' }));
  assert.deepEqual(peer.statuses.slice(-2).sort(), [200, 487]);
  assert.equal(dialog.state, 'confirmed');
  const event = room.events.at(-1);
  assert.ok(event?.kind === 'request' && event.request.answered);
});

test('requests follow the Record-Route of the INVITE, loosely and strictly {sip-udp}', async () => {
  for (const [lr, uri, routes] of [
    [';lr', 'sip:peer@10.0.0.2:5060', ['<sip:10.0.0.3;lr>', '<sip:10.0.0.4;lr>']],
    ['', 'sip:10.0.0.3', ['<sip:10.0.0.4>', '<sip:peer@10.0.0.2:5060>']],
  ] as const) {
    const room = await lab();
    const proxy = await room.peer('10.0.0.3');
    const peer = await room.peer('10.0.0.2');
    await proxy.send(peer.request('INVITE', { headers: [`Record-Route: <sip:10.0.0.3${lr}>, <sip:10.0.0.4${lr}>`] }));
    const [dialog] = room.dialogs;
    assert.ok(dialog);
    dialog.respond(200);
    await room.pass(20);
    assert.deepEqual(proxy.lastResponse().headers('record-route'), [`<sip:10.0.0.3${lr}>, <sip:10.0.0.4${lr}>`]);
    await proxy.send(peer.request('ACK', { toTag: dialog.ids.localTag, branch: 'z9hG4bKa' }));
    dialog.end();
    await room.pass(20);
    const bye = proxy.lastRequest('BYE');
    assert.equal(bye.uri, uri);
    assert.deepEqual(bye.headers('route'), routes);
  }
});

test('an INVITE that rings long repeats its provisional response every minute {sip-udp}', async () => {
  const { room, peer, dialog } = await invited();
  dialog.respond(180);
  await room.pass(121_000);
  assert.deepEqual(peer.statuses, [100, 180, 180, 180]);
  dialog.end();
  await room.pass(20);
  assert.equal(peer.lastResponse().status, 487);
});

test('a handler that throws costs its own call only {sip-robust}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const { onInvite } = room.stack.handlers;
  room.stack.handlers.onInvite = () => {
    throw new Error('boom');
  };
  await peer.send(peer.request('INVITE'));
  assert.equal(peer.lastResponse().status, 500);
  room.stack.handlers.onInvite = onInvite;
  await peer.send(peer.request('INVITE', { callId: 'next', branch: 'z9hG4bKnext' }));
  assert.equal(peer.lastResponse().status, 100);
});
