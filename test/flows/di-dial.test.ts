/** Calls that are placed over RPC. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

const a = tone(440);

test('{di-dial} calls somebody and connects the call to echo', async () => {
  const w = await world();
  w.phone.answers(1000);
  const [tag] = (await w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', w.phone.uri)) as [string];
  await w.until(() => w.phone.calls.at(-1)?.state === 'talking');
  w.phone.says(a);
  await w.phone.hears(a);
  assert.ok(w.server.calls.find(tag) !== null);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('{di-dial} an announcement is played to the called, then it hangs up', async () => {
  const w = await world();
  w.phone.answers();
  await w.invoke('di_dial.dial', 'announcement', 'user_not_found', 'sip:us@10.0.0.1', w.phone.uri);
  await w.until(() => w.phone.calls.at(-1)?.state === 'talking');
  await w.phone.current.isHungUp({ limitMs: 10_000 });
  await assertNothingLeft(w);
});

test('{di-dial} a foreign host is refused, and the fault names the key', async () => {
  const w = await world();
  await assert.rejects(
    w.invoke('di_dial.dial', 'echo', 'x', 'sip:us@10.0.0.1', 'sip:x@203.0.113.7'),
    /dial\.(allow|gateways)/,
  );
  assert.deepEqual(await w.invoke('di_dial.dial', 'nothing', 'x', 'sip:us@10.0.0.1', w.phone.uri), ['<failed>']);
  await assertNothingLeft(w);
});

test('{di-dial} who is called and hangs up while it rings, or refuses, leaves nothing behind', async () => {
  const w = await world();
  w.phone.rejects(603);
  await w.invoke('di_dial.dial', 'conference', '500', 'sip:us@10.0.0.1', w.phone.uri);
  await w.advance(1000);
  assert.deepEqual(w.server.calls.rooms.list(), []);
  await assertNothingLeft(w);
});
