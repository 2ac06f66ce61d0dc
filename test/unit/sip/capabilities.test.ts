import assert from 'node:assert/strict';
import { test } from 'node:test';
import { body, callOut } from './invite-lab.ts';
import { lab, sipConfig } from './lab.ts';

/** What an OPTIONS is told with this configuration. */
async function told(config: Parameters<typeof lab>[0], abilities?: { methods: string[]; extensions: string[] }) {
  const room = await lab(config);
  if (abilities !== undefined) room.stack.handlers = { ...room.stack.handlers, abilities };
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('OPTIONS'));
  room.requests[0]?.respond(200);
  await room.pass(20);
  const answer = peer.lastResponse();
  await room.stack.close();
  return { allow: answer.header('allow'), supported: answer.header('supported'), answer };
}

test('an OPTIONS is told what is switched on, and nothing else {sip-options}', async () => {
  const all = await told({}, { methods: ['MESSAGE', 'REFER'], extensions: ['replaces'] });
  assert.equal(all.allow, 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, NOTIFY, MESSAGE, REFER');
  assert.equal(all.supported, '100rel, replaces, timer');
  assert.equal(all.answer.header('accept-encoding'), 'identity');
  const sessionTimer = { ...sipConfig().sessionTimer, mode: 'off' } as const;
  const none = await told({ reliableProvisional: 'off', sessionTimer }, { methods: [], extensions: [] });
  assert.equal(none.allow, 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY');
  assert.equal(none.supported, null);
});

test('an event package that is served adds SUBSCRIBE and Allow-Events {sip-options} {sip-subscribe}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  const service = room.stack.notifier('dialog', { onSubscribe: () => {} });
  await peer.send(peer.request('OPTIONS'));
  room.requests[0]?.respond(200);
  await room.pass(20);
  assert.match(peer.lastResponse().header('allow') ?? '', /\bSUBSCRIBE\b/);
  assert.equal(peer.lastResponse().header('allow-events'), 'dialog');
  service.dispose();
  await peer.send(peer.request('OPTIONS', { cseq: 2 }));
  room.requests[1]?.respond(200);
  await room.pass(20);
  assert.doesNotMatch(peer.lastResponse().header('allow') ?? '', /SUBSCRIBE/);
  await room.assertEmpty();
});

test('a 2xx to an INVITE has Allow and Supported, and a call of ours says nothing of what is off {sip-options}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('INVITE', { headers: ['Supported: timer', 'Session-Expires: 600'] }));
  room.dialogs[0]?.respond(200, undefined, { body: body('answer') });
  await room.pass(20);
  assert.deepEqual(peer.lastResponse().headers('supported'), ['100rel, join, norefersub, replaces, timer']);
  assert.match(peer.lastResponse().header('allow') ?? '', /\bUPDATE\b/);
  await room.stack.close();
  const off = await callOut({ config: { reliableProvisional: 'off' } });
  assert.doesNotMatch(off.peer.lastRequest().header('allow') ?? '', /PRACK/);
  assert.doesNotMatch(off.peer.lastRequest().header('supported') ?? '', /100rel/);
  await off.room.stack.close();
});
