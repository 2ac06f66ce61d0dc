/** Meet-me rooms over real signalling and audio, in simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoCallLeft, assertNothingLeft } from '../support/leaks.ts';
import { levelAt, tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

const beep = tone(1000);
const [a, b, c] = [tone(440), tone(600), tone(800)];

/** Longer than the first participant's prompt. */
const promptMs = 3500;

test('{conference} each hears the others and not itself; sounds tell who comes and goes', async () => {
  const w = await world();
  const alice = w.phone;
  const bob = await w.newPhone('bob');
  const carol = await w.newPhone('carol');
  await alice.call('500');
  await w.advance(promptMs);
  await bob.call('500');
  await alice.hears(beep);
  await carol.call('500');
  await w.advance(500);
  alice.says(a);
  bob.says(b);
  carol.says(c);
  await alice.hears(b, { without: [a] });
  await alice.hears(c);
  await bob.hears(a, { without: [b] });
  await carol.hears(b, { without: [c] });
  await bob.bye();
  await alice.hears(beep);
  await alice.hears(c, { without: [b] });
  await alice.bye();
  await carol.bye();
  await assertNothingLeft(w);
});

test('{conference} {sip-replaces} who takes over a seat hears the room, and the sounds of those who go', async () => {
  const w = await world();
  const [bob, carol] = [await w.newPhone('bob'), await w.newPhone('carol')];
  const old = await w.phone.call('500');
  await w.advance(promptMs);
  await bob.call('500');
  await w.advance(500);
  const { callId, localTag, remoteTag } = old.dialog.ids;
  await carol.call('x', {
    headers: [
      ['Replaces', `${callId};to-tag=${remoteTag};from-tag=${localTag}`],
      ['Referred-By', `<sip:alice@${w.phone.address.split(':')[0]}>`],
    ],
  });
  await old.isHungUp();
  bob.says(b);
  await carol.hears(b, { without: [beep] });
  await bob.bye();
  await w.advance(300);
  const level = levelAt(carol.current.audio.heard(400), 1000);
  assert.ok(level > 500, `the drop sound has level ${level.toFixed(0)}`);
  await carol.bye();
  await assertNothingLeft(w);
});

test('{conference} rooms are apart', async () => {
  const w = await world();
  const bob = await w.newPhone('bob');
  await w.phone.call('500');
  await bob.call('501');
  await w.advance(promptMs);
  w.phone.says(a);
  await w.advance(500);
  assert.equal(bob.current.isHearing(a), false);
  await w.stop();
});

test('{conference} past max_participants callers get 486', async () => {
  const w = await world({ config: { modules: { conference: { max_participants: 1 } } } });
  const bob = await w.newPhone('bob');
  await w.phone.call('500');
  assert.equal(await (await bob.dial('500')).isRefused(), 486);
  await w.phone.bye();
  await w.advance(100);
  await bob.call('500');
  await w.stop();
});

test('{conference} Listen-Only hears without being heard; a stranger cannot ask for it', async () => {
  const headers = [['P-App-Param', 'Listen-Only=1']] as const;
  const w = await world({ config: { sip: { trusted: ['10.0.1.1'] } } });
  const bob = await w.newPhone('bob');
  await w.phone.call('500', { headers }); // 10.0.1.1
  await bob.call('500', { headers }); // 10.0.1.2: the header is removed
  await w.advance(promptMs);
  w.phone.says(a);
  bob.says(b);
  await w.phone.hears(b);
  assert.equal(bob.current.isHearing(a), false);
  await w.stop();
});

test('{conference} a BYE in every phase, and a CANCEL, leave nothing behind', async () => {
  const w = await world();
  for (const afterMs of [0, 5, 20, 100, 1000, promptMs]) {
    const call = await w.phone.dial('500');
    await w.advance(afterMs);
    await call.bye();
  }
  await assertNoCallLeft(w);
  assert.deepEqual(w.server.calls.rooms.list(), []);
  await assertNothingLeft(w);
});

test('{conference} a caller that vanishes is noticed by its silence', async () => {
  const w = await world({ config: { media: { rtpTimeoutMs: 10_000 } } });
  const bob = await w.newPhone('bob');
  await w.phone.call('500');
  await bob.call('500');
  bob.vanish();
  await w.advance(50_000);
  assert.equal(w.server.calls.rooms.participants('500').length, 1);
  await w.phone.bye();
  await assertNothingLeft(w);
});
