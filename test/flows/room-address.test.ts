/** `sip:room-<name>@…`, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { world } from '../support/world.ts';
import { pin } from './hall.ts';

test('{webconference} room-<name> enters that room directly; names are checked, and rooms that are not open refused', async () => {
  const w = await world({
    config: { modules: { webconference: { private_rooms: true, predefined_rooms: `Grüße:${pin}` } } },
  });
  await w.phone.call('sip:room-Gr%C3%BC%C3%9Fe@10.0.0.1');
  await w.until(() => w.server.calls.rooms.participants('Grüße').length === 1, 2000);
  for (const [user, status, reason] of [
    ['room-other', 404, 'No Such Room'],
    ['room-a%0Ab', 404, 'Not Found'],
    [`room-${'x'.repeat(65)}`, 404, 'Not Found'],
    ['room-a%2Fb', 404, 'Not Found'],
  ] as const) {
    const call = await w.phone.dial(`sip:${user}@10.0.0.1`);
    assert.equal(await call.isRefused(), status, user);
    assert.equal(call.reason, reason);
  }
  await w.stop();
});

test('{webconference} room_prefix is another, or none', async () => {
  const routing = [{ application: 'webconference' }];
  const w = await world({ config: { routing, modules: { webconference: { room_prefix: 'hall.' } } } });
  await w.phone.call('hall.7');
  await w.until(() => w.server.calls.rooms.participants('7').length === 1, 2000);
  await w.phone.call('room-7');
  await w.advance(1000);
  assert.equal(w.server.calls.rooms.participants('7').length, 1, 'is asked for its number');
  await w.stop();
});
