/** The lobby of the conformance seeds, as it stands: callers wait, and are moved between rooms over the bus. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DsmModule, defineModule, Type } from '../../core/index.ts';
import { callFaceOf } from '../../di-modules/dsm/host/call-face.ts';
import { dsmModules } from '../../di-modules/dsm/mods/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, placeOf, toneFile } from './dsm-world.ts';

const folder = process.env['CALLBUS_CONFORMANCE'];
const skip = folder === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

const text = (name: string) => ({ name, kind: 'R' }) as const;

/** As much of the two modules as the lobby needs, where the server has none. */
const conferenceStand: DsmModule = {
  name: 'mod_conference',
  summary: 'Rooms.',
  conditions: [],
  actions: [
    {
      name: 'conference.join',
      summary: 'Enters a room.',
      form: '2P,?',
      parameters: [text('room'), text('mode')],
      run(script, room) {
        const former = script.objects.get('seat');
        if (typeof former === 'function') former();
        callFaceOf(script)?.audio.join(room, {}, (seat) => script.objects.set('seat', () => seat?.leave()));
        return undefined;
      },
    },
    {
      name: 'conference.setPlayoutType',
      summary: 'Nothing.',
      form: '1P',
      parameters: [text('type')],
      run: () => undefined,
    },
  ],
};
const monitoringStand: DsmModule = {
  name: 'mod_monitoring',
  summary: 'Attributes.',
  conditions: [],
  actions: [
    {
      name: 'monitoring.log',
      summary: 'Sets an attribute of this call.',
      form: '2P,',
      parameters: [text('attribute'), text('value')],
      async run(script, attribute, value) {
        await script.invoke('monitoring', 'log', [script.tag, attribute, value]);
        return undefined;
      },
    },
  ],
};

const stands = [conferenceStand, monitoringStand].filter(({ name }) => !dsmModules.some((each) => each.name === name));
const outside = defineModule({
  name: 'outside',
  summary: 'Stands in for modules of scripts that are not there.',
  config: Type.Object({}),
  dsmModules: stands,
  start: () => null,
});

test('the lobby: two callers are taken to a room over RPC, found there by monitoring, and kicked out {dsm-calls}', {
  skip,
}, async () => {
  const script = await readFile(join(folder ?? '', 'dsm/seeds/lobby.dsm'), 'utf8');
  const files = {
    'wav/welcome.wav': await toneFile(400, 20_000),
    'wav/taken.wav': await toneFile(600, 500),
    'wav/change.wav': await toneFile(800, 500),
  };
  const w = await dsmWorld({ lobby: script }, { files, modules: [outside], config: { modules: { outside: {} } } });
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
