/** The lobby of the conformance seeds, as it stands: callers wait, and are moved between rooms over the bus. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { dsmModules } from '../../di-modules/dsm/mods/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, placeOf, toneFile } from './dsm-world.ts';

const folder = process.env['CALLBUS_CONFORMANCE'];
const needed = ['mod_conference', 'mod_monitoring'];
const missing = needed.filter((name) => !dsmModules.some((module) => module.name === name));
const skip =
  folder === undefined
    ? 'CALLBUS_CONFORMANCE is not set'
    : missing.length > 0
      ? `there is no ${missing.join(', ')}`
      : false;

test('the lobby: two callers are taken to a room over RPC, found there by monitoring, and kicked out {dsm-calls}', {
  skip,
}, async () => {
  const script = await readFile(join(folder ?? '', 'dsm/seeds/lobby.dsm'), 'utf8');
  const files = {
    'wav/welcome.wav': await toneFile(400, 20_000),
    'wav/taken.wav': await toneFile(600, 500),
    'wav/change.wav': await toneFile(800, 500),
  };
  const w = await dsmWorld({ lobby: script }, { files });
  const bob = await w.newPhone('bob');
  await w.phone.call('alice');
  await bob.call('bob');
  await w.phone.hears(tone(400));
  const tags = w.server.calls.calls().map(({ tag }) => tag);
  const lobby = (await w.invoke('monitoring.listByFilter', ['position', 'lobby'])) as string[];
  assert.deepEqual([...lobby].sort(), [...tags].sort());
  const take = (tag: string, roomname: string) =>
    w.invoke('dsm.postDSMEvent', tag, [
      ['action', 'take'],
      ['roomname', roomname],
    ]);
  for (const tag of tags) assert.deepEqual(await take(tag, 'wonderland'), [200, 'OK']);
  await w.advance(2000);
  assert.equal(await placeOf(w), 'lobby/room');
  const there = (await w.invoke('monitoring.listByFilter', ['position', 'wonderland'])) as string[];
  assert.deepEqual([...there].sort(), [...tags].sort());
  w.phone.says(tone(1000));
  await bob.hears(tone(1000), { without: [tone(400)] });
  await take(tags[1] ?? '', 'elsewhere');
  await w.advance(2000);
  assert.deepEqual(await w.invoke('monitoring.listByFilter', ['position', 'elsewhere']), [tags[1]]);
  await w.invoke('dsm.postDSMEvent', tags[1] ?? '', [['action', 'kick']]);
  await bob.current.isHungUp();
  await w.phone.bye();
  await assertNothingLeft(w);
});
