import assert from 'node:assert/strict';
import { test } from 'node:test';
import { body, type CallOut, callOut, fromCallee, names } from './invite-lab.ts';
import { lab } from './lab.ts';

async function talking(): Promise<CallOut> {
  const call = await callOut();
  await call.peer.send(call.peer.response(call.peer.lastRequest(), 200));
  call.dialog.acknowledge();
  await call.room.pass(20);
  return call;
}

/** Method and CSeq of what the peer heard. */
const heard = ({ peer }: CallOut): string[] =>
  peer.heard.flatMap((each) => (each.kind === 'request' ? [`${each.method} ${each.cseq.number}`] : []));

test('UPDATE goes both ways and refreshes the target, in its request and its 2xx {sip-update}', async () => {
  const call = await talking();
  const { room, peer, dialog, events } = call;
  const outcome = dialog.request('UPDATE', { body: body('offer') });
  await room.pass(20);
  const update = peer.lastRequest('UPDATE');
  assert.ok(update.header('contact'));
  await peer.send(peer.response(update, 200, { contact: '<sip:second@10.0.0.2>' }));
  assert.equal((await outcome).status, 200);
  await peer.send(fromCallee(call, 'UPDATE').replace(/^Contact: .*$/m, 'Contact: <sip:third@10.0.0.2>'));
  const event = events.at(-1);
  assert.ok(event?.kind === 'request');
  event.request.respond(200);
  await room.pass(20);
  assert.ok(peer.lastResponse().header('contact'));
  dialog.end();
  await room.pass(20);
  assert.equal(peer.lastRequest('BYE').uri, 'sip:third@10.0.0.2');
  await room.assertEmpty();
});

test('an offer in UPDATE that crosses ours gets 491; ours is tried again until it gets through {sip-update} {sip-glare}', async () => {
  const call = await talking();
  const { room, peer, dialog } = call;
  let withdrawn = 0;
  const glare = { withdrawn: () => void withdrawn++, body: async () => body(`offer ${withdrawn + 1}`) };
  const outcome = dialog.request('UPDATE', { body: body('offer 1'), glare });
  await room.pass(20);
  await peer.send(fromCallee(call, 'UPDATE', { body: 'theirs' }));
  assert.equal(peer.lastResponse().status, 491);
  assert.match(peer.lastResponse().header('retry-after') ?? '', /^\d$/);
  for (let each = 1; each <= 5; each++) {
    await peer.send(peer.response(peer.lastRequest('UPDATE'), 491));
    const before = heard(call).length;
    await room.pass(2050);
    assert.equal(heard(call).length, before, 'we made the Call-ID: at least 2.1 s');
    await room.pass(2000);
    assert.equal(Buffer.from(peer.lastRequest('UPDATE').body).toString(), `offer ${each + 1}`);
  }
  await peer.send(peer.response(peer.lastRequest('UPDATE'), 200));
  assert.equal((await outcome).status, 200);
  assert.equal(withdrawn, 5);
  dialog.end();
  await room.assertEmpty();
});

test('while our offer waits after a 491 the one of the peer gets through {sip-update} {sip-glare}', async () => {
  const call = await talking();
  const { room, peer, dialog, events } = call;
  void dialog.request('INVITE', { body: body('ours') });
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('INVITE'), 491));
  await peer.send(fromCallee(call, 'INVITE', { body: 'theirs' }));
  assert.deepEqual(names(events).at(-1), 'request INVITE');
  const event = events.at(-1);
  assert.ok(event?.kind === 'request');
  await room.pass(5000);
  assert.equal(peer.methods.filter((method) => method === 'INVITE').length, 2, 'ours waits for theirs');
  event.request.respond(200);
  await room.pass(20);
  assert.equal(peer.methods.filter((method) => method === 'INVITE').length, 2, 'and for its ACK');
  await peer.send(fromCallee(call, 'ACK'));
  assert.equal(peer.methods.filter((method) => method === 'INVITE').length, 3);
  dialog.end();
  await room.pass(100);
  await room.stack.close();
});

test('the callee waits 0 to 2 s after a 491 {sip-glare}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { body: 'offer' }));
  const [dialog] = room.dialogs;
  dialog?.respond(200);
  await room.pass(20);
  const toTag = dialog?.ids.localTag ?? '';
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  void dialog?.request('UPDATE', { body: body('offer') });
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('UPDATE'), 491));
  await room.pass(2020);
  assert.equal(peer.methods.filter((method) => method === 'UPDATE').length, 2);
  await room.stack.close();
});

test('a second UPDATE, and an offer beside a re-INVITE that waits, get 500 with Retry-After {sip-update}', async () => {
  const call = await talking();
  const { room, peer, dialog, events } = call;
  await peer.send(fromCallee(call, 'INVITE', { body: 'one' }));
  await peer.send(fromCallee(call, 'UPDATE', { cseq: 2, body: 'two' }));
  assert.equal(peer.lastResponse().status, 500);
  assert.match(peer.lastResponse().header('retry-after') ?? '', /^(\d|10)$/);
  await peer.send(fromCallee(call, 'UPDATE', { cseq: 3 }));
  assert.deepEqual(names(events).slice(-2), ['request INVITE', 'request UPDATE'], 'without an offer it is no overlap');
  await peer.send(fromCallee(call, 'UPDATE', { cseq: 4 }));
  assert.equal(peer.lastResponse().status, 500);
  dialog.end();
  await room.assertEmpty();
});

test('an UPDATE that nobody can answer in time gets 504 {sip-update}', async () => {
  const call = await talking();
  const { room, peer, dialog } = call;
  await peer.send(fromCallee(call, 'UPDATE', { body: 'ask the user' }));
  await room.pass(20_000);
  assert.equal(peer.lastResponse().status, 504);
  dialog.end();
  await room.assertEmpty();
});

for (const status of [404, 408, 410, 416, 480, 481, 482, 483, 484, 485, 502, 604]) {
  test(`${status} to a request of ours ends the dialog {sip-update}`, async () => {
    const { room, peer, dialog, events } = await talking();
    void dialog.request('INFO');
    await room.pass(20);
    await peer.send(peer.response(peer.lastRequest('INFO'), status));
    assert.deepEqual(names(events), ['answered 200', 'remoteGone']);
    dialog.end();
    await room.assertEmpty();
  });
}

test('a refused REFER, MESSAGE or SUBSCRIBE says nothing of the call, a 481 to REFER does {sip-update} {sip-refer}', async () => {
  const { room, peer, dialog, events } = await talking();
  for (const [method, status] of [
    ['REFER', 480],
    ['REFER', 404],
    ['MESSAGE', 480],
    ['SUBSCRIBE', 481],
    ['NOTIFY', 481],
  ] as const) {
    void dialog.request(method);
    await room.pass(20);
    await peer.send(peer.response(peer.lastRequest(method), status));
  }
  assert.deepEqual(names(events), ['answered 200']);
  void dialog.request('REFER');
  await room.pass(20);
  await peer.send(peer.response(peer.lastRequest('REFER'), 481));
  assert.deepEqual(names(events), ['answered 200', 'remoteGone']);
  dialog.end();
  await room.assertEmpty();
});

test('a 500 with Retry-After to an offer of ours is obeyed three times {sip-update} {sip-glare}', async () => {
  const { room, peer, dialog } = await talking();
  const glare = { withdrawn: () => {}, body: async () => body('anew') };
  const outcome = dialog.request('INVITE', { body: body('offer'), glare });
  await room.pass(20);
  for (let each = 1; each <= 4; each++) {
    const sent = peer.methods.filter((method) => method === 'INVITE').length;
    assert.equal(sent, 1 + each);
    await peer.send(peer.response(peer.lastRequest('INVITE'), 500, { headers: ['Retry-After: 4 (busy)'] }));
    await room.pass(3900);
    assert.equal(peer.methods.filter((method) => method === 'INVITE').length, sent, 'not before its time');
    await room.pass(200);
  }
  assert.equal((await outcome).status, 500);
  assert.equal(Buffer.from(peer.lastRequest('INVITE').body).toString(), 'anew');
  dialog.end();
  await room.assertEmpty();
});

test('403, 405, 486, 488, 500 and 603 to a re-INVITE leave the call up {sip-update}', async () => {
  const { room, peer, dialog, events } = await talking();
  for (const status of [403, 405, 486, 488, 500, 603]) {
    const outcome = dialog.request('INVITE', { body: body('offer') });
    await room.pass(20);
    await peer.send(peer.response(peer.lastRequest('INVITE'), status));
    assert.equal((await outcome).status, status);
  }
  assert.deepEqual(names(events), ['answered 200']);
  dialog.end();
  await room.assertEmpty();
});
