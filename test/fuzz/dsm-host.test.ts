/**
 * Scripts made by chance with the host's own actions, in a whole server: whatever they do, the call beside them goes
 * on as before, and nothing is left behind.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allCoreActions } from '../../di-modules/dsm/host/vocabulary.ts';
import { dsmWorld, toneFile } from '../flows/dsm-world.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type Chance, roundsOf, seedsOf, withSeeds } from './seeded.ts';

const states = ['A', 'B', 'C'];
const guards = [
  'start',
  'invite',
  'sessionStart',
  'key',
  'key(#key < 5)',
  'noAudio',
  'timer',
  'event',
  'separator',
  '',
];
const words = [
  '1',
  '0',
  '-1',
  '99999999999',
  'true',
  'x',
  '$x',
  '#key',
  '@user',
  '/wav/tone.wav',
  '/rec/a.wav',
  '/nope/../x.wav',
  'sip:nobody@10.0.9.9',
  'sip:bob@10.0.1.2',
  'other',
  'a;b;var',
  '',
];
/** Goes to the neighbour, which hears all but heeds only `kick`. Each script begins with it: chance might spare it. */
const knock = 'postEvent(neighbour, var);';
/** The neighbour's queue and bus functions that end calls are asked for on purpose. */
const wilful = [
  'postEvent(other, var)',
  'postEvent(neighbour, var)',
  'registerEventQueue(neighbour)',
  'DI(dsm, postDSMEvent, neighbour, (json)[])',
  'DI(dsm, loadConfig, /etc/passwd, main)',
  'DI(call, end, nobody)',
  'createSystemDSM(main, fuzzed)',
];
const names = allCoreActions.map(({ name }) => name);

const someText = (chance: Chance): string =>
  `${chance.pick(words)}${chance.pick(['', ',', '='])}${chance.happens(0.5) ? chance.pick(words) : ''}`;

const someAction = (chance: Chance): string =>
  chance.happens(0.1) ? `${chance.pick(wilful)};` : `${chance.pick(names)}(${someText(chance)});`;

const someList = (chance: Chance): string =>
  Array.from({ length: chance.integer(5) }, () => someAction(chance)).join(' ');

function someScript(chance: Chance): string {
  const declared = states.map((name, i) =>
    i === 0
      ? `initial state ${name} enter { ${knock} ${someList(chance)} };`
      : `state ${name} enter { ${someList(chance)} };`,
  );
  const moves = Array.from(
    { length: 8 },
    (_, i) =>
      `transition t${i} ${chance.pick(states)} - ${chance.pick(guards)} / { ${someList(chance)} } -> ${chance.pick(states)};`,
  );
  return [...declared, ...moves, 'state END;', 'transition "bye" (A,B,C) - hangup / stop(false) -> END;'].join('\n');
}

const neighbour = `
initial state IN enter { registerEventQueue(neighbour); playFile(/wav/tone.wav, true); };
transition "kicked" IN - event(#action == kick) / stop(true) -> OUT;
transition "bye" IN - hangup / stop(false) -> OUT;
state OUT;
`;

test('scripts made by chance touch no other call, and leave nothing {dsm-calls}', async () => {
  await withSeeds(seedsOf(roundsOf(12)), async (chance) => {
    const w = await dsmWorld(
      { fuzzed: someScript(chance), neighbour },
      {
        files: { '/wav/tone.wav': await toneFile(440, 400) },
        config: { routing: [{ match: '^sip:beside@', application: 'neighbour' }, { application: 'fuzzed' }] },
        dsm: { linger_s: 30, max_system_scripts: 20 },
      },
    );
    const bob = await w.newPhone('bob');
    await w.phone.call('beside');
    const call = await bob.dial('fuzzed');
    await w.advance(300);
    if (call.state === 'talking') await bob.press('15').catch(() => {});
    await w.advance(1500);
    await w.phone.hears(tone(440), { limitMs: 2000 });
    if (call.state !== 'ended') await bob.bye();
    assert.equal(w.phone.current.state, 'talking', 'the call beside it goes on');
    await w.phone.bye();
    const crashes = w.logs.filter(({ message }) => /mailbox|unexpected|hook .* failed/.test(message));
    assert.deepEqual(crashes, []);
    await w.advance(60_000);
    await assertNothingLeft(w);
  });
});
