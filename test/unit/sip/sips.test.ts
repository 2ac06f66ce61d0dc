import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lab } from './lab.ts';

const sips = { uri: 'sips:echo@10.0.0.1' };

test('a sips request that came in the clear is refused, whatever its method {sip-tls}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', sips));
  await peer.send(peer.request('OPTIONS', { ...sips, cseq: 2 }));
  assert.deepEqual(peer.statuses, [480, 480]);
  assert.match(peer.lastResponse().header('warning') ?? '', /^380 10\.0\.0\.1:5060 "/);
  assert.equal(room.dialogs.length + room.requests.length, 0);
  await room.assertEmpty();
});

test('of a trusted proxy it is taken, and all our Contacts in its dialog are sips {sip-tls}', async () => {
  const room = await lab({ trusted: ['10.0.0.2'] });
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { ...sips, headers: ['Record-Route: <sip:10.0.0.2;lr>'] }));
  const [dialog] = room.dialogs;
  dialog?.respond(200);
  await room.pass(20);
  assert.match(peer.lastResponse().header('contact') ?? '', /^<sips:/);
  const toTag = dialog?.ids.localTag ?? '';
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  void dialog?.request('UPDATE');
  await room.pass(20);
  assert.match(peer.lastRequest('UPDATE').header('contact') ?? '', /^<sips:/);
  await peer.send(peer.response(peer.lastRequest('UPDATE'), 200));
  dialog?.end();
  await room.assertEmpty();
});
