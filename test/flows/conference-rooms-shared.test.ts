/** Rooms of webconference are rooms like any other: what operators do with them shows there too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiValue } from '../../core/di/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const make = () =>
  world({
    config: {
      modules: { conference: {}, webconference: { direct_room_re: '^77' } },
      routing: [{ application: 'webconference' }],
    },
  });

async function roomInfo(w: World): Promise<readonly DiValue[][]> {
  const [, , list] = (await w.invoke('webconference.roomInfo', '771', 'p')) as [number, string, DiValue[][]];
  return list;
}

test('{conference} {webconference} conference.setMember mutes a participant, and roomInfo shows it', async () => {
  const w = await make();
  const bob = await w.newPhone('bob');
  await w.phone.call('771');
  await bob.call('771');
  await w.advance(5000);
  const [tag = ''] = w.server.calls.rooms.participants('771');
  w.phone.says(tone(440));
  await bob.hears(tone(440));
  await w.invoke('conference.setMember', '771', tag, { muted: true });
  await w.advance(600);
  assert.equal(bob.current.isHearing(tone(440)), false);
  assert.deepEqual(
    (await roomInfo(w)).map((entry) => entry[4]),
    [1, 0],
  );
  assert.equal(w.eventsOf('webconference.participant').at(-1)?.payload['muted'], true);
  await w.invoke('webconference.unmute', '771', 'p', tag);
  const [member] = (await w.invoke('conference.members', '771')) as { readonly [key: string]: DiValue }[];
  assert.equal(member?.['muted'], false);
  await bob.hears(tone(440));
  await w.stop();
});

test('{conference} {webconference} a locked room takes nobody by PIN, and lets in whom the server calls', async () => {
  const w = await make();
  const [bob, carol] = [await w.newPhone('bob'), await w.newPhone('carol')];
  await w.phone.call('771');
  await w.invoke('conference.lock', '771');
  const call = await bob.call('771');
  await call.isHungUp({ limitMs: 20_000 });
  assert.equal(w.server.calls.rooms.participants('771').length, 1);
  carol.answers();
  const [, host = ''] = carol.uri.split('@');
  const dialled = await w.invoke('webconference.dialout', '771', 'p', 'carol', 'us', host, '', '');
  assert.equal((dialled as DiValue[])[0], 0);
  await w.until(() => w.server.calls.rooms.participants('771').length === 2);
  await w.phone.bye();
  await carol.bye();
  await assertNothingLeft(w);
});
