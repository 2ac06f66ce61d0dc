import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialogEvent, InviteOptions } from '../../../core/sip/index.ts';
import { lab } from './lab.ts';

const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n1", qop="auth"';

async function calling(options: Partial<InviteOptions> = {}) {
  const base = await lab();
  const peer = await base.peer('10.0.0.9');
  const events: DialogEvent[] = [];
  const dialog = base.stack.invite({
    requestUri: 'sip:callee@10.0.0.9',
    from: '<sip:us@10.0.0.1>',
    to: '<sip:callee@10.0.0.9>',
    localTag: 'ours',
    offer: async () => null,
    credentials: { user: 'alice', password: 'secret', realm: '' },
    ...options,
  });
  dialog.onEvent = (event) => {
    events.push(event);
    if (event.kind === 'answered') dialog.acknowledge();
  };
  await base.pass(50);
  return { ...base, peer, dialog, events };
}

test('corner case 119: the digest uri is the Request-URI as sent, also through an outbound proxy {sip-digest}', async () => {
  const { peer } = await calling({
    requestUri: 'sip:callee@far.example.org;user=phone',
    outboundProxy: 'sip:10.0.0.9;lr',
  });
  await peer.send(peer.response(peer.lastRequest('INVITE'), 401, { headers: [challenge] }));
  const second = peer.lastRequest('INVITE');
  assert.equal(second.uri, 'sip:callee@far.example.org;user=phone');
  assert.match(second.header('authorization') ?? '', /uri="sip:callee@far\.example\.org;user=phone"/);
});

test('corner case 123: the INVITE with credentials has no To tag, whatever the 401 and the 180 before had {sip-digest}', async () => {
  const { peer, dialog } = await calling();
  const first = peer.lastRequest('INVITE');
  await peer.send(peer.response(first, 180, { toTag: 'early' }));
  await peer.send(peer.response(first, 401, { toTag: 'proxy', headers: [challenge] }));
  const second = peer.lastRequest('INVITE');
  assert.equal(second.toTag, '');
  assert.deepEqual([second.callId, second.fromTag], [first.callId, first.fromTag]);
  await peer.send(peer.response(second, 200, { toTag: 'final' }));
  assert.equal(dialog.ids.remoteTag, 'final');
});

test('corner case 124: after a challenge the CSeq of later requests goes on from the INVITE that was answered {sip-digest}', async () => {
  const { peer, dialog, pass } = await calling();
  const first = peer.lastRequest('INVITE');
  await peer.send(peer.response(first, 401, { headers: [challenge] }));
  const second = peer.lastRequest('INVITE');
  await peer.send(peer.response(second, 200));
  void dialog.request('INFO');
  await pass(20);
  const { number } = first.cseq;
  assert.deepEqual(
    [second.cseq.number, peer.lastRequest('ACK').cseq.number, peer.lastRequest('INFO').cseq.number],
    [number + 1, number + 1, number + 2],
  );
});

test('every request in the dialog has credentials ahead of any challenge, its ACK those of its INVITE {sip-digest}', async () => {
  const { peer, dialog, pass } = await calling();
  await peer.send(peer.response(peer.lastRequest('INVITE'), 401, { headers: [challenge] }));
  const second = peer.lastRequest('INVITE');
  const own = 'Authentication-Info: nextnonce="n2"';
  await peer.send(peer.response(second, 200, { headers: [own, 'Allow: UPDATE'] }));
  assert.equal(peer.lastRequest('ACK').header('authorization'), second.header('authorization'));
  for (const method of ['UPDATE', 'INFO', 'INVITE']) {
    void dialog.request(method);
    await pass(20);
    const sent = peer.lastRequest(method);
    assert.match(sent.header('authorization') ?? '', /nonce="n2"/, method);
    await peer.send(peer.response(sent, 200));
  }
  dialog.end();
  await pass(20);
  assert.match(peer.lastRequest('BYE').header('authorization') ?? '', /nonce="n2".*nc=00000004/);
});
