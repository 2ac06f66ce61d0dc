/** Corner cases of transactions, CANCEL and dialogs (reference 6.2) that have no other home. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { body, callOut, fromCallee, names } from './invite-lab.ts';
import { lab } from './lab.ts';

test('corner case 26: transport=TCP in any case, and unknown transports, are no reason to refuse {sip-robust}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  for (const [index, transport] of ['UdP', 'TcP', 'carrier-pigeon'].entries()) {
    const text = peer.request('INVITE', { callId: `call${index}`, branch: `z9hG4bK${index}`, cseq: index + 1 });
    await peer.send(text.replace(/^(Contact: <.*)>$/m, `$1;transport=${transport}>`));
    assert.equal(peer.lastResponse().status, 100, transport);
  }
  assert.equal(room.dialogs.length, 3);
  for (const dialog of room.dialogs) dialog.respond(486);
  await room.assertEmpty();
});

test('corner case 27: the ACK of a refusal is matched without the cookie in its branch {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const branch = '1';
  await peer.send(peer.request('INVITE', { branch }));
  room.dialogs[0]?.respond(486);
  await room.pass(20);
  await peer.send(peer.request('ACK', { branch, toTag: room.dialogs[0]?.ids.localTag ?? '' }));
  await room.pass(20_000);
  assert.deepEqual(peer.statuses, [100, 486], 'not repeated by timer G');
  await room.assertEmpty();
});

test('corner case 28: a CANCEL finds its own INVITE among several of one Call-ID {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  for (const cseq of [1, 2]) await peer.send(peer.request('INVITE', { cseq, fromTag: `from${cseq}` }));
  await peer.send(peer.request('CANCEL', { cseq: 2, branch: 'z9hG4bKINVITE2', fromTag: 'from2' }));
  assert.deepEqual(
    room.dialogs.map(({ state }) => state),
    ['calling', 'terminated'],
  );
  room.dialogs[0]?.respond(486);
  await room.assertEmpty();
});

test('corner case 29: a CANCEL may have a To tag {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE'));
  const toTag = room.dialogs[0]?.ids.localTag ?? '';
  await peer.send(peer.request('CANCEL', { branch: 'z9hG4bKINVITE1', toTag }));
  assert.deepEqual(peer.statuses, [100, 200, 487]);
  await room.assertEmpty();
});

test('corner case 30: CANCEL and the ACK of a refusal have Max-Forwards, Route and the Request-URI of the INVITE {sip-udp}', async () => {
  const { room, peer, dialog } = await callOut({ headers: [['Route', '<sip:10.0.0.2;lr>']] });
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180, { contact: '<sip:elsewhere@10.0.0.2>' }));
  dialog.cancel();
  await room.pass(20);
  await peer.send(peer.response(sent, 487));
  for (const method of ['CANCEL', 'ACK']) {
    const made = peer.lastRequest(method);
    assert.deepEqual(
      [made.uri, made.header('max-forwards'), made.headers('route')],
      ['sip:bob@10.0.0.2', '70', ['<sip:10.0.0.2;lr>']],
    );
  }
  await room.assertEmpty();
});

test('corner case 31: CANCEL and ACK have a Content-Length {sip-udp}', async () => {
  const { room, peer, dialog } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180));
  dialog.cancel();
  await room.pass(20);
  await peer.send(peer.response(sent, 487));
  for (const method of ['CANCEL', 'ACK']) assert.equal(peer.lastRequest(method).header('content-length'), '0');
  await room.assertEmpty();
});

test('corner case 33: who cancels twice sends one CANCEL {sip-udp}', async () => {
  const { room, peer, dialog } = await callOut();
  await peer.send(peer.response(peer.lastRequest(), 180));
  dialog.cancel();
  dialog.cancel();
  dialog.end();
  await room.pass(100);
  assert.deepEqual(peer.methods, ['INVITE', 'CANCEL']);
  await peer.send(peer.response(peer.lastRequest('CANCEL'), 200));
  await peer.send(peer.response(peer.lastRequest('INVITE'), 487));
  await room.assertEmpty();
});

test('corner case 35: 180 and 183 while cancelling are not told {sip-udp}', async () => {
  const { room, peer, dialog, events } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 100));
  dialog.cancel();
  for (const status of [180, 183]) await peer.send(peer.response(sent, status));
  assert.deepEqual(names(events), ['provisional 100 ']);
  await peer.send(peer.response(sent, 487));
  assert.deepEqual(names(events).at(-1), 'failed 487');
  await room.assertEmpty();
});

test('corner case 36: what is answered to a CANCEL is not told {sip-udp}', async () => {
  const { room, peer, dialog, events } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180));
  dialog.cancel();
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('CANCEL'), 481));
  assert.deepEqual(names(events), ['provisional 180 callee']);
  await peer.send(peer.response(sent, 487));
  await room.assertEmpty();
});

test('corner case 38: the ACK is repeated for every repeated 2xx, for 64*T1 {sip-udp}', async () => {
  const { room, peer, dialog } = await callOut();
  const sent = peer.lastRequest();
  for (let each = 0; each < 8; each++) {
    await peer.send(peer.response(sent, 200));
    if (each === 0) dialog.acknowledge(body('answer'));
    await room.pass(3980);
  }
  const acks = peer.heard.filter((each) => each.kind === 'request' && each.method === 'ACK');
  assert.equal(acks.length, 8);
  assert.ok(acks.every((ack) => Buffer.from(ack.body).toString() === 'answer'));
  dialog.end();
  await room.assertEmpty();
});

test('corner case 44: an ACK of ours that is looped back is a stray {sip-robust}', async () => {
  const { room, peer, dialog, events } = await callOut();
  await peer.send(peer.response(peer.lastRequest(), 200));
  dialog.acknowledge();
  await room.pass(20);
  await peer.send(peer.lastRequest('ACK').bytes);
  assert.equal(room.counter('stray_messages'), 1);
  assert.deepEqual(names(events), ['answered 200']);
  dialog.end();
  await room.assertEmpty();
});

test('corner case 45: a CANCEL right behind its INVITE {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const text = (message: string) => Buffer.from(message.replaceAll('\n', '\r\n'));
  peer.socket?.send(text(peer.request('INVITE')), peer.to);
  peer.socket?.send(text(peer.request('CANCEL', { branch: 'z9hG4bKINVITE1' })), peer.to);
  await room.pass(20);
  assert.deepEqual(peer.statuses, [100, 200, 487]);
  assert.deepEqual(names(room.events), ['cancelled']);
  await room.assertEmpty();
});

test('corner case 46: a 100 with a To tag makes no dialog {sip-udp}', async () => {
  const { room, peer, dialog, events } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 100, { toTag: 'wrong' }));
  assert.deepEqual([dialog.ids.remoteTag, dialog.state, dialog.earlyDialogs], ['', 'calling', []]);
  assert.equal((await dialog.request('INFO')).status, 481);
  await peer.send(peer.response(sent, 200, { toTag: 'right' }));
  dialog.acknowledge();
  assert.equal(dialog.ids.remoteTag, 'right');
  assert.deepEqual(names(events), ['provisional 100 ', 'answered 200']);
  dialog.end();
  await room.assertEmpty();
});

test('corner case 47: who hangs up an INVITE that is being cancelled sends 487, and one only {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE'));
  const [dialog] = room.dialogs;
  if (dialog !== undefined) {
    dialog.onEvent = () => {
      dialog.respond(180);
      dialog.end();
    };
  }
  await peer.send(peer.request('CANCEL', { branch: 'z9hG4bKINVITE1' }));
  assert.deepEqual(peer.statuses, [100, 200, 487]);
  await room.assertEmpty();
});

test('corner case 48: a request that cannot be sent gives 503 and leaves nothing {sip-udp}', async () => {
  const { room, peer, dialog } = await callOut();
  await peer.send(peer.response(peer.lastRequest(), 200, { contact: '<sip:callee@nowhere.invalid>' }));
  dialog.acknowledge();
  assert.equal((await dialog.request('INFO')).status, 503);
  dialog.end();
  await room.assertEmpty();
});

test('a peer that sends nothing more after a 1xx is given up by timer C {sip-udp}', async () => {
  const { room, peer, events } = await callOut();
  const sent = peer.lastRequest();
  for (const status of [180, 183]) {
    await peer.send(peer.response(sent, status));
    await room.pass(170_000);
  }
  assert.equal(peer.methods.at(-1), 'INVITE');
  await room.pass(11_000);
  assert.equal(peer.methods.at(-1), 'CANCEL');
  assert.deepEqual(names(events).at(-1), 'failed 408');
  await room.assertEmpty();
});

test('a re-INVITE of the callee before the 2xx crosses our INVITE: 491 {sip-glare}', async () => {
  const call = await callOut();
  const { room, peer, dialog } = call;
  await peer.send(peer.response(peer.lastRequest(), 180));
  await peer.send(fromCallee(call, 'INVITE', { body: 'offer' }));
  assert.equal(peer.lastResponse().status, 491);
  dialog.end();
  await peer.send(peer.response(peer.lastRequest('INVITE'), 487));
  await room.assertEmpty();
});
