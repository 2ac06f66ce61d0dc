/** The module as an operator uses it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const served = (b2bua: { readonly [key: string]: unknown }): Promise<World> =>
  world({ config: { modules: { b2bua }, routing: [{ application: 'b2bua' }] } });

test('calls go to the next hop through the relay; list and end tell and stop them {b2bua}', async () => {
  const w = await served({
    target: '10.0.1.2:5060/udp',
    addHeaders: { 'X-Via': 'callbus' },
    removeHeaders: ['subject'],
  });
  const bob = await w.newPhone('bob');
  bob.answers();
  await w.phone.call('anybody', { headers: [['Subject', 'secret']] });
  const { invite } = bob.current.dialog;
  assert.equal(invite.uri, 'sip:anybody@10.0.0.1');
  assert.equal(invite.header('X-Via'), 'callbus');
  assert.equal(invite.header('Subject'), null);
  w.phone.says(tone(440));
  await bob.hears(tone(440));
  const listed = await w.invoke('b2bua.list');
  assert.ok(Array.isArray(listed) && listed.length === 1);
  const [first] = listed;
  assert.ok(typeof first === 'object' && first !== null && 'b' in first);
  assert.equal(first['state'], 'connected');
  assert.deepEqual(await w.invoke('b2bua.end', first['b'] ?? ''), [200, 'OK']);
  await bob.current.isHungUp();
  await w.phone.current.isHungUp();
  await w.advance(100);
  assert.deepEqual(await w.invoke('b2bua.list'), []);
  await assert.rejects(w.invoke('b2bua.end', 'nobody'));
  await assertNothingLeft(w);
});

test('the Request-URI is the default target; a SIP URI sends all calls there {b2bua}', async () => {
  const w = await served({ media: 'bypass' });
  const bob = await w.newPhone('bob');
  bob.answers();
  await w.phone.call('sip:bob@10.0.1.2');
  assert.equal(bob.current.state, 'talking');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('a Request-URI that leads back to this server is no endless loop {b2bua}', async () => {
  const w = await served({ media: 'bypass' });
  const call = await w.phone.dial('anybody');
  const status = await call.isRefused();
  assert.ok([482, 483].includes(status), String(status));
  await w.advance(1000);
  assert.ok(w.eventsOf('call.started').length <= 2, 'one call, and none to ourselves');
  await assertNothingLeft(w);
});
