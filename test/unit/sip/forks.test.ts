import assert from 'node:assert/strict';
import { test } from 'node:test';
import { body, callOut, fromCallee, names } from './invite-lab.ts';

test('corner case 37: a 2xx of a second fork is acknowledged and ended, as is one to an abandoned INVITE {sip-forks}', async () => {
  const { room, peer, dialog, events } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 200, { toTag: 'one' }));
  dialog.acknowledge();
  await peer.send(peer.response(sent, 200, { toTag: 'two' }));
  assert.deepEqual(peer.methods, ['INVITE', 'ACK', 'ACK', 'BYE']);
  assert.equal(peer.lastRequest('BYE').toTag, 'two');
  assert.equal(dialog.ids.remoteTag, 'one');
  assert.deepEqual(names(events), ['answered 200']);
  dialog.end();
  await room.assertEmpty();
  const left = await callOut();
  const invite = left.peer.lastRequest();
  left.dialog.end();
  await left.peer.send(left.peer.response(invite, 200));
  assert.deepEqual(left.peer.methods, ['INVITE', 'ACK', 'BYE']);
  await left.room.assertEmpty();
});

test('corner case 41: each fork has its early dialog, and PRACK goes to the right one {sip-forks}', async () => {
  const { room, peer, dialog, events } = await callOut();
  const sent = peer.lastRequest();
  const reliable = (rseq: number) => ['Require: 100rel', `RSeq: ${rseq}`];
  await peer.send(peer.response(sent, 180, { toTag: 'a', headers: reliable(7), contact: '<sip:a@10.0.0.2>' }));
  await peer.send(peer.response(sent, 183, { toTag: 'b', headers: reliable(900), contact: '<sip:b@10.0.0.2>' }));
  assert.deepEqual(dialog.earlyDialogs, [
    { tag: 'a', remoteTarget: 'sip:a@10.0.0.2' },
    { tag: 'b', remoteTarget: 'sip:b@10.0.0.2' },
  ]);
  for (const prack of peer.heard)
    if (prack.kind === 'request' && prack.method === 'PRACK') await peer.send(peer.response(prack, 200));
  await peer.send(peer.response(sent, 183, { toTag: 'a', headers: reliable(8), contact: '<sip:a@10.0.0.2>' }));
  const pracks = peer.heard.filter((message) => message.kind === 'request' && message.method === 'PRACK');
  assert.deepEqual(
    pracks.map((prack) => [
      prack.kind === 'request' && prack.uri,
      prack.toTag,
      prack.header('rack'),
      prack.cseq.number,
    ]),
    [
      ['sip:a@10.0.0.2', 'a', '7 1 INVITE', 2],
      ['sip:b@10.0.0.2', 'b', '900 1 INVITE', 2],
      ['sip:a@10.0.0.2', 'a', '8 1 INVITE', 3],
    ],
  );
  await peer.send(peer.response(peer.lastRequest('PRACK'), 200));
  assert.equal(dialog.ids.remoteTag, 'a');
  // The one that answers is the dialog, whatever was newest; a BYE to the other goes on from its PRACK.
  await peer.send(peer.response(sent, 200, { toTag: 'b', contact: '<sip:b@10.0.0.2>' }));
  dialog.acknowledge();
  await peer.send(peer.response(sent, 200, { toTag: 'a', contact: '<sip:a@10.0.0.2>' }));
  const bye = peer.lastRequest('BYE');
  assert.deepEqual([bye.uri, bye.toTag, bye.cseq.number], ['sip:a@10.0.0.2', 'a', 4]);
  assert.equal(dialog.ids.remoteTag, 'b');
  assert.deepEqual(dialog.earlyDialogs, []);
  assert.deepEqual(names(events), ['provisional 180 a', 'provisional 183 b', 'provisional 183 a', 'answered 200']);
  dialog.end();
  await room.assertEmpty();
});

test('a response whose Via names another sent-by is dropped; a default port may be missing {sip-robust}', async () => {
  const { room, peer, events } = await callOut();
  const ringing = peer.response(peer.lastRequest(), 180);
  await peer.send(ringing.replace('10.0.0.1:5060', '10.0.0.9:5060'));
  await peer.send(ringing.replace('10.0.0.1:5060', '10.0.0.1:5070'));
  assert.deepEqual(names(events), []);
  await peer.send(ringing.replace('10.0.0.1:5060', '10.0.0.1'));
  assert.deepEqual(names(events), ['provisional 180 callee']);
  await room.stack.close();
});

test('corner case 42: a response with the wrong To tag or From tag is dropped {sip-forks}', async () => {
  const { room, peer, dialog } = await callOut();
  await peer.send(peer.response(peer.lastRequest(), 200));
  dialog.acknowledge();
  const outcome = dialog.request('INFO');
  await room.pass(20);
  const info = peer.lastRequest('INFO');
  await peer.send(peer.response(info, 486).replace('tag=callee', 'tag=other'));
  await peer.send(peer.response(info, 486).replace('tag=our-tag', 'tag=their-tag'));
  await peer.send(peer.response(info, 200));
  assert.equal((await outcome).status, 200);
  assert.equal(room.counter('stray_messages'), 2);
  dialog.end();
  await room.assertEmpty();
});

test('a 2xx with a tag that no 1xx had wins, and the early dialogs are forgotten {sip-forks}', async () => {
  const call = await callOut();
  const { room, peer, dialog, events } = call;
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180, { toTag: 'early' }));
  await peer.send(fromCallee(call, 'UPDATE', { tag: 'early', body: 'x' }));
  const late = dialog.request('INFO');
  await peer.send(peer.response(sent, 200, { toTag: 'fresh', contact: '<sip:fresh@10.0.0.2>' }));
  dialog.acknowledge();
  await room.pass(20);
  assert.equal(peer.lastRequest('ACK').uri, 'sip:fresh@10.0.0.2');
  assert.equal(peer.heard.findLast((message) => message.kind === 'response')?.cseq.method, 'UPDATE');
  await peer.send(fromCallee(call, 'INFO', { tag: 'early', cseq: 2 }));
  assert.equal(peer.statuses.at(-1), 481);
  await peer.send(peer.response(peer.lastRequest('INFO'), 481));
  assert.equal((await late).status, 481);
  assert.deepEqual(names(events), ['provisional 180 early', 'request UPDATE', 'answered 200'], 'a loser ends nothing');
  dialog.end();
  await room.assertEmpty();
});

test('a fork that says BYE leaves, the last one ends the call {sip-forks}', async () => {
  const call = await callOut();
  const { room, peer, dialog, events } = call;
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180, { toTag: 'a' }));
  await peer.send(peer.response(sent, 180, { toTag: 'b' }));
  await peer.send(fromCallee(call, 'BYE', { tag: 'b' }));
  assert.deepEqual(
    dialog.earlyDialogs.map(({ tag }) => tag),
    ['a'],
  );
  await peer.send(fromCallee(call, 'BYE', { tag: 'a', branch: 'z9hG4bKa' }));
  assert.deepEqual(names(events).slice(2), ['bye']);
  assert.equal(peer.methods.at(-1), 'CANCEL');
  await peer.send(peer.response(sent, 487));
  await room.assertEmpty();
});

test('requests in an early dialog have its route set, and wait for no answer of the INVITE {sip-forks}', async () => {
  const { room, peer, dialog } = await callOut();
  const sent = peer.lastRequest();
  await peer.send(peer.response(sent, 180, { toTag: 'a', headers: ['Record-Route: <sip:10.0.0.2;lr;x=a>'] }));
  await peer.send(peer.response(sent, 180, { toTag: 'b', headers: ['Record-Route: <sip:10.0.0.2;lr;x=b>'] }));
  const update = dialog.request('UPDATE');
  const again = dialog.request('INVITE', { body: body('again') });
  await room.pass(20);
  assert.deepEqual(peer.lastRequest('UPDATE').headers('route'), ['<sip:10.0.0.2;lr;x=b>']);
  assert.equal(peer.methods.filter((method) => method === 'INVITE').length, 1, '14.1: one INVITE at a time');
  await peer.send(peer.response(peer.lastRequest('UPDATE'), 200));
  assert.equal((await update).status, 200);
  await peer.send(peer.response(sent, 200, { toTag: 'b' }));
  dialog.acknowledge();
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 200));
  assert.equal((await again).status, 200);
  dialog.end();
  await room.assertEmpty();
});
