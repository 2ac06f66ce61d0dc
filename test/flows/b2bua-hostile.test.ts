/** What strangers try with a B2BUA: the other side and the machine are spared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { sdp, wire } from './wire.ts';

test('an offer of hundreds of media lines takes no ports and rings nobody: 488 {b2bua} {media-relay} {limits}', async () => {
  const it = await wire();
  const lines = Array.from({ length: 300 }, (_, index) => `m=audio ${10_000 + 2 * index} RTP/AVP 0`);
  const body = sdp('10.0.2.1', 40_000, '0', `${lines.join('\n')}\n`);
  await it.alice.send(it.alice.request('INVITE', { callId: 'wire', body }));
  await it.w.advance(100);
  assert.deepEqual(it.alice.statuses, [100, 488]);
  assert.deepEqual(it.bob.heard, []);
  const media = it.w.host.openSockets().filter((name) => name.startsWith('media '));
  assert.deepEqual(media, []);
  await it.fromAlice('ACK', 1, { branch: 'z9hG4bKINVITE1' });
  await assertNothingLeft(it.w);
});

test('32 lines are relayed {b2bua} {media-relay} {limits}', async () => {
  const it = await wire();
  const lines = Array.from({ length: 31 }, (_, index) => `m=audio ${10_000 + 2 * index} RTP/AVP 0`);
  await it.invite({ body: sdp('10.0.2.1', 40_000, '0', `${lines.join('\n')}\n`) });
  await it.bobSays(486);
  assert.equal(it.alice.lastResponse().status, 486);
  await it.fromAlice('ACK', 1, { branch: 'z9hG4bKINVITE1' });
  await assertNothingLeft(it.w);
});
