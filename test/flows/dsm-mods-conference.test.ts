/** mod_conference in whole calls (reference/dsm 5.5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, toneFile, variableOf } from './dsm-world.ts';

const low = tone(400);
const high = tone(1000);

const script = (enter: string, more = ''): string =>
  `import(mod_conference); initial state A; state B; state end; transition "s" A - sessionStart / { ${enter} } -> B;
   ${more} transition "bye" (A, B) - hangup / stop(false) -> end;`;

test('in a room all hear each other; who comes and goes is an event for the others {dsm-modules}', async () => {
  const w = await dsmWorld({
    s: script(
      'conference.join(r); conference.setPlayoutType(jb);',
      `transition "e" B - event(#type==conference_event) / { append($seen, #id); conference.size(r, $n); } -> B;
       transition "1" B - key(#key==1) / { flushPlaylist(); conference.leave(); set($left=$errno); conference.leave(); } -> B;
       transition "2" B - key(#key==2) / { conference.rejoin(r); } -> B;
       transition "3" B - key(#key==3) / { conference.postEvent(r, 7); conference.postEvent(r, x); } -> B;`,
    ),
  });
  const bob = await w.newPhone('bob');
  const alice = await w.phone.call('x');
  await w.advance(200);
  assert.equal(await variableOf(w, 'seen'), '1');
  const second = await bob.call('x');
  w.phone.says(low);
  await bob.hears(low);
  const [first] = (await w.invoke('dsm.sessions')) as readonly { readonly call: string }[];
  const seenBy = async (call: string): Promise<{ readonly [name: string]: string }> =>
    (await w.invoke('dsm.variables', call)) as { readonly [name: string]: string };
  assert.deepEqual([(await seenBy(first?.call ?? ''))['seen'], (await seenBy(first?.call ?? ''))['n']], ['11', '2']);
  await second.press('1');
  await w.advance(300);
  assert.deepEqual([await variableOf(w, 'left'), await variableOf(w, 'errno')], ['', 'script']);
  assert.equal((await seenBy(first?.call ?? ''))['seen'], '112');
  assert.deepEqual(w.server.calls.rooms.participants('r'), [first?.call]);
  await second.press('2');
  await bob.hears(low);
  await second.press('3');
  await w.advance(200);
  assert.equal((await seenBy(first?.call ?? ''))['seen'], '11217');
  assert.equal(await variableOf(w, 'errno'), 'arg');
  await alice.bye();
  await second.bye();
  await assertNothingLeft(w);
});

test('speakonly hears nothing, listenonly is not heard, anything else neither {dsm-modules}', async () => {
  const w = await dsmWorld({ s: script('conference.join(r, @user);') });
  const bob = await w.newPhone('bob');
  const carol = await w.newPhone('carol');
  await w.phone.call('speakonly');
  await bob.call('listenonly');
  await carol.call('neither');
  w.phone.says(low);
  bob.says(high);
  await bob.hears(low, { without: [high] });
  await w.phone.hearsSilence();
  await carol.hearsSilence();
  for (const phone of [w.phone, bob, carol]) await phone.bye();
  await assertNothingLeft(w);
});

test('teejoin speaks into a second room too, until teeleave {dsm-modules}', async () => {
  const w = await dsmWorld(
    {
      s: script(
        'setInOutPlaylist(); conference.teejoin(side); conference.join(main); conference.size(side, $n);',
        'transition "k" B - key / { conference.teeleave(); set($e=$errno); conference.teeleave(); } -> B;',
      ),
      listener: script('conference.join(side);'),
    },
    { config: { routing: [{ match: '^sip:side@', application: 'listener' }, { application: 's' }] } },
  );
  const bob = await w.newPhone('bob');
  const carol = await w.newPhone('carol');
  await bob.call('side');
  await carol.call('x');
  const call = await w.phone.call('x');
  w.phone.says(low);
  bob.says(high);
  await bob.hears(low);
  await carol.hears(low, { without: [high] });
  assert.equal(await variableOf(w, 'n'), '3');
  await call.press('1');
  await w.advance(500);
  assert.deepEqual([await variableOf(w, 'e'), await variableOf(w, 'errno')], ['', 'script']);
  await bob.hearsSilence();
  await carol.hears(low);
  for (const phone of [w.phone, bob, carol]) await phone.bye();
  await assertNothingLeft(w);
});

test('a file is mixed into what plays; at level 0 it is heard instead; a list plays in turn {dsm-modules}', async () => {
  const w = await dsmWorld(
    {
      s: script(
        'conference.setupMixIn(1); playFile(/long.wav, true); conference.playMixIn(/mix.wav);',
        `transition "1" B - key(#key==1) / { conference.setupMixIn(0); conference.playMixIn(/mix.wav); } -> B;
         transition "2" B - key(#key==2) / { conference.setupMixIn(0); conference.playMixInList(/short.wav);
           conference.playMixInList(/mix.wav, true); } -> B;
         transition "3" B - key(#key==3) / { conference.flushMixInList(); conference.playMixIn(/none.wav); } -> B;
         transition "ex" B - exception / set($e=#path) -> B;`,
      ),
    },
    {
      files: {
        '/long.wav': await toneFile(400, 20_000),
        '/mix.wav': await toneFile(1000, 3000),
        '/short.wav': await toneFile(1600, 500),
      },
    },
  );
  const call = await w.phone.call('x');
  await w.phone.hears(low);
  await w.phone.hears(high);
  await w.advance(3000);
  await w.phone.hears(low, { without: [high] });
  await call.press('1');
  await w.advance(300);
  await w.phone.hears(high, { without: [low] });
  await w.advance(3000);
  await w.phone.hears(low, { without: [high] });
  await call.press('2');
  await w.advance(200);
  await w.phone.hears(tone(1600), { without: [low] });
  await w.advance(5000);
  await w.phone.hears(high, { without: [low] });
  await call.press('3');
  await w.advance(300);
  await w.phone.hears(low, { without: [high] });
  assert.equal(await variableOf(w, 'e'), '/none.wav');
  await call.bye();
  await assertNothingLeft(w);
});

test('a mix-in needs setupMixIn, a tee needs audio: exception conference {dsm-modules}', async () => {
  const w = await dsmWorld({
    s: `import(mod_conference); initial state A; state B; state C; state end;
      transition "i" A - invite / conference.teejoin(r) -> B; transition "ei" A - exception / set($one=#type) -> B;
      transition "s" B - sessionStart / conference.playMixIn(/x.wav) -> C; transition "es" B - exception / set($two=#type) -> C;
      transition "bye" (A, B, C) - hangup / stop(false) -> end;`,
  });
  const call = await w.phone.call('x');
  await w.advance(200);
  assert.deepEqual([await variableOf(w, 'one'), await variableOf(w, 'two')], ['conference', 'conference']);
  await call.bye();
  await assertNothingLeft(w);
});
