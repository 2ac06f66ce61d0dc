import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callOut, names } from './invite-lab.ts';

const minute = 60_000;

test('a peer that sends provisional responses for ever is cancelled after ten minutes {sip-robust}', async () => {
  const { room, peer, events } = await callOut();
  const sent = peer.lastRequest();
  for (let each = 0; each < 12; each++) {
    if (!events.some(({ kind }) => kind === 'failed')) await peer.send(peer.response(sent, 180));
    await room.pass(minute);
  }
  assert.equal(names(events).at(-1), 'failed 408');
  assert.equal(names(events).filter((name) => name.startsWith('provisional')).length, 10);
  assert.equal(peer.methods.at(-1), 'CANCEL');
  await peer.send(peer.response(sent, 487));
  await room.assertEmpty();
});

test('so is a re-INVITE, and the call goes on {sip-robust}', async () => {
  const { room, peer, dialog } = await callOut({ config: { ringLimitMs: 5 * minute } });
  await peer.send(peer.response(peer.lastRequest(), 200));
  dialog.acknowledge();
  let status = 0;
  void dialog.request('INVITE').then((response) => {
    status = response.status;
  });
  await room.pass(20);
  const again = peer.lastRequest('INVITE');
  for (let each = 0; each < 5; each++) {
    await peer.send(peer.response(again, 183));
    await room.pass(minute);
  }
  assert.equal(status, 408);
  assert.equal(peer.methods.at(-1), 'CANCEL');
  await peer.send(peer.response(again, 487));
  dialog.end();
  await room.assertEmpty();
});

test('an INVITE whose Expires runs out is cancelled, whether or not it rings {cancel}', async () => {
  const { room, peer, events } = await callOut({ headers: [['expires', '60']] });
  const sent = peer.lastRequest();
  assert.equal(sent.header('expires'), '60');
  await room.pass(10_000);
  await peer.send(peer.response(sent, 180));
  await room.pass(49_900);
  assert.deepEqual(names(events), ['provisional 180 callee']);
  await room.pass(200);
  assert.equal(names(events).at(-1), 'failed 408');
  assert.equal(peer.methods.at(-1), 'CANCEL');
  await peer.send(peer.response(peer.lastRequest('CANCEL'), 200));
  await peer.send(peer.response(sent, 487));
  await room.assertEmpty();

  const silent = await callOut({ headers: [['Expires', '5']] });
  await silent.room.pass(5100);
  assert.deepEqual(names(silent.events), ['failed 408']);
  assert.ok(!silent.peer.methods.includes('CANCEL'), 'RFC 3261 9.1: not before a provisional response');
  await silent.peer.send(silent.peer.response(silent.peer.lastRequest('INVITE'), 180));
  assert.equal(silent.peer.methods.at(-1), 'CANCEL');
  await silent.peer.send(silent.peer.response(silent.peer.lastRequest('INVITE'), 487));
  await silent.room.assertEmpty();
});

test('an Expires that was answered in time, or says nothing, ends nothing {cancel}', async () => {
  for (const value of ['60', '0', 'soon']) {
    const { room, peer, dialog } = await callOut({ headers: [['Expires', value]] });
    await peer.send(peer.response(peer.lastRequest(), 200));
    dialog.acknowledge();
    await room.pass(2 * minute);
    assert.equal(dialog.state, 'confirmed');
    dialog.end();
    await room.stack.close();
  }
});
