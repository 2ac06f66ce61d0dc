import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderLine } from '../../../core/sip/index.ts';
import { callOut } from './invite-lab.ts';
import { lab } from './lab.ts';

const asserted: HeaderLine = ['P-Asserted-Identity', '<sip:+491@trunk.example>'];

for (const [trusted, privacy, passes] of [
  [[], 'id', false],
  [[], 'header; ID', false],
  [[], 'user', true],
  [['10.0.0.2'], 'id', true],
] as const) {
  const to = trusted.length === 0 ? 'a stranger' : 'a trusted peer';
  test(`in a relayed call who calls is ${passes ? '' : 'not '}told to ${to} with Privacy: ${privacy} {sip-trust}`, async () => {
    const room = await lab({ trusted: [...trusted] });
    const peer = await room.peer('10.0.0.2');
    const dialog = room.stack.invite({
      requestUri: 'sip:bob@10.0.0.2',
      from: '<sip:anonymous@anonymous.invalid>',
      to: '<sip:bob@10.0.0.2>',
      localTag: 'ours',
      headers: [asserted, ['Privacy', privacy]],
      offer: async () => null,
    });
    dialog.relays = true;
    await room.pass(20);
    const invite = peer.lastRequest();
    assert.equal(invite.header('p-asserted-identity') !== null, passes);
    assert.equal(invite.header('privacy'), privacy, 'which the next one has to obey as well');
    await room.stack.close();
    const other = await lab({ trusted: [...trusted] });
    const caller = await other.peer('10.0.0.2');
    await caller.send(caller.request('INVITE'));
    const [taken] = other.dialogs;
    assert.ok(taken);
    taken.relays = true;
    taken.respond(180, undefined, { headers: [asserted, ['Privacy', privacy]] });
    await other.pass(20);
    assert.equal(caller.lastResponse().header('p-asserted-identity') !== null, passes);
    await other.stack.close();
  });
}

test('an identity that the owner itself asserts goes out as given {sip-trust}', async () => {
  const { room, peer } = await callOut({ headers: [asserted, ['Privacy', 'id']] });
  assert.equal(peer.lastRequest().header('p-asserted-identity'), asserted[1]);
  await room.stack.close();
});

test('a request that is no INVITE gets neither 1xx nor 408 of its owner (RFC 4320) {sip-udp}', async () => {
  const room = await lab();
  const peer = await room.peer('10.0.0.2');
  await peer.send(peer.request('MESSAGE'));
  room.requests[0]?.respond(183);
  await room.pass(20);
  assert.deepEqual(peer.statuses, []);
  room.requests[0]?.respond(408);
  await room.pass(20);
  assert.deepEqual(peer.statuses, [504]);
  await room.assertEmpty();
});
