/** Attended transfers whose third party calls through the B2BUA as well (RFC 3891, RFC 5589 7). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import type { Peer } from '../unit/sip/lab.ts';
import { sdp, type Wire, wire } from './wire.ts';

const carolAddress = '10.0.2.3';
const body = sdp('10.0.2.1');

/** Alice talks with bob (call `wire`) and with carol (call `second`), both through us. */
async function consulted(): Promise<Wire & { carol: Peer; tagTowardsAlice: string }> {
  const it = await wire({ target: '$(ruri)', media: 'bypass' });
  const carol = await it.newPeer(carolAddress);
  await it.invite({ uri: 'sip:bob@10.0.2.2' });
  await it.bobSays(200, { body: sdp('10.0.2.2') });
  await it.fromAlice('ACK', 1);
  const second = { callId: 'second', branch: 'z9hG4bKsecond', uri: `sip:carol@${carolAddress}`, body };
  await it.alice.send(it.alice.request('INVITE', second));
  await it.w.advance(100);
  await carol.send(carol.response(carol.lastRequest('INVITE'), 200, { toTag: 'carol', body: sdp(carolAddress) }));
  await it.w.advance(50);
  const tagTowardsAlice = it.alice.lastResponse().toTag;
  await it.fromAlice('ACK', 1, { callId: 'second', branch: 'z9hG4bKack' });
  assert.deepEqual(carol.methods, ['INVITE', 'ACK']);
  return { ...it, carol, tagTowardsAlice };
}

test('an attended transfer goes through: the Replaces that the third party brings is that of the one who is called {b2bua} {sip-replaces} {sip-refer}', async () => {
  const it = await consulted();
  const { alice, bob, carol, w } = it;
  const first = alice.heard.find((each) => each.callId === 'wire' && each.toTag !== '')?.toTag ?? '';
  const replaces = encodeURIComponent(`second;to-tag=${it.tagTowardsAlice};from-tag=peer`);
  await it.fromAlice('REFER', 2, {
    toTag: first,
    headers: [`Refer-To: <sip:carol@${carolAddress}?Replaces=${replaces}>`],
  });
  await it.bobSays(202, {}, 'REFER');
  const referTo = bob.lastRequest('REFER').header('refer-to') ?? '';
  const named = decodeURIComponent(/Replaces=([^&>]*)/.exec(referTo)?.[1] ?? '');
  const invited = carol.lastRequest('INVITE');
  assert.equal(named, `${invited.callId};to-tag=carol;from-tag=${invited.fromTag}`);

  await bob.send(
    bob.request('INVITE', {
      callId: 'third',
      fromTag: 'bob3',
      uri: `sip:carol@${carolAddress}`,
      headers: [`Replaces: ${named}`, 'Require: replaces'],
      body: sdp('10.0.2.2'),
    }),
  );
  await w.advance(100);
  const heir = carol.lastRequest('INVITE');
  assert.notEqual(heir.callId, invited.callId);
  assert.equal(heir.header('replaces'), named);
  assert.equal(heir.header('require'), 'replaces');
  await carol.send(carol.response(heir, 200, { toTag: 'carol3', body: sdp(carolAddress) }));
  await w.advance(50);
  await bob.send(
    bob.request('ACK', { callId: 'third', fromTag: 'bob3', toTag: bob.lastResponse().toTag, branch: 'z9hG4bKthird' }),
  );
  await w.advance(50);

  // Carol ends the call that was replaced; alice hears of it on her leg.
  const bye = carol.request('BYE', {
    callId: invited.callId,
    fromTag: 'carol',
    toTag: invited.fromTag,
    cseq: 5,
    branch: 'z9hG4bKcarolbye',
  });
  await carol.send(bye);
  await w.advance(50);
  assert.equal(alice.lastRequest('BYE').callId, 'second');
  await it.aliceSays(200, {}, 'BYE');
  await it.fromAlice('BYE', 3, { toTag: first });
  await it.bobSays(200, {}, 'BYE');
  await bob.send(
    bob.request('BYE', {
      callId: 'third',
      fromTag: 'bob3',
      toTag: heirTag(bob, 'third'),
      cseq: 2,
      branch: 'z9hG4bKb3',
    }),
  );
  await w.advance(50);
  await carol.send(carol.response(carol.lastRequest('BYE'), 200));
  await assertNothingLeft(w);
});

/** The tag that bob was given in that call. */
function heirTag(bob: Peer, callId: string): string {
  return bob.heard.findLast((each) => each.callId === callId && each.toTag !== '')?.toTag ?? '';
}

test('a Replaces that names nobody of ours goes on as it came; an application that is an end refuses it with 481 {b2bua} {sip-replaces}', async () => {
  const headers = ['Replaces: elsewhere;to-tag=1;from-tag=2', 'Require: replaces'];
  const it = await wire();
  const invite = await it.invite({ headers });
  assert.equal(invite.header('replaces'), 'elsewhere;to-tag=1;from-tag=2');
  await it.bobSays(481);
  assert.equal(it.alice.lastResponse().status, 481);
  await it.fromAlice('ACK', 1, { branch: 'z9hG4bKINVITE1' });
  await assertNothingLeft(it.w);

  const end = await wire({}, { routing: [{ application: 'echo' }] });
  await end.alice.send(end.alice.request('INVITE', { callId: 'wire', headers, body }));
  assert.deepEqual(end.alice.statuses, [481]);
  await assertNothingLeft(end.w);
});

test('Target-Dialog names the dialog of the other leg {b2bua}', async () => {
  const it = await wire({ media: 'bypass' });
  await it.talk();
  const tag = it.alice.lastResponse().toTag;
  await it.fromAlice('INFO', 2, { headers: [`Target-Dialog: wire;local-tag=peer;remote-tag=${tag}`] });
  const { callId, fromTag } = it.bob.lastRequest('INVITE');
  assert.equal(it.bob.lastRequest('INFO').header('target-dialog'), `${callId};local-tag=${fromTag};remote-tag=callee`);
  await it.bobSays(200, {}, 'INFO');
  await it.fromAlice('BYE', 3);
  await it.bobSays(200, {}, 'BYE');
  await assertNothingLeft(it.w);
});
