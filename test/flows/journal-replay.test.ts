/** A journal repeats whatever reached a server: UDP and TCP, irregular and lost packets, keys, RPC calls, calls that it placed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { replay } from '../support/replay.ts';
import { tone } from '../support/tones.ts';
import { serverAddress, world } from '../support/world.ts';

test('a run over a bad network, with TCP, RPC calls and a dial-out, is repeated from its journal {simulated-time}', async () => {
  const run = await world({
    seed: 'mixed',
    journal: true,
    hashes: true,
    impairments: { latencyMs: 20, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.02 },
  });
  const alice = run.phone;
  const bob = await run.newPhone('bob');
  bob.answers(300);
  await alice.call(`sip:500@${serverAddress};transport=tcp`);
  assert.equal(alice.current.dialog.flow.transport, 'tcp');
  alice.says(tone(440));
  await run.invoke('di_dial.dial', 'conference', '500', `sip:500@${serverAddress}`, bob.uri);
  await bob.isCalled({ state: 'talking' });
  bob.says(tone(600));
  await run.advance(8000);
  await alice.press('1#');
  await alice.pressByInfo('5');
  await alice.hears(tone(600), { limitMs: 20_000 });
  await run.invoke('monitoring.listActive');
  await alice.bye();
  await bob.bye();
  await run.advance(60_000);
  const lines = run.journal?.lines(run.clock.nowMs()) ?? [];
  const expected = [run.hashes?.events.digest(), run.hashes?.audio.digest(), run.hashes?.audio.count];
  assert.equal(run.eventsOf('call.ended').length, 2);
  await assertNothingLeft(run);

  const repeated = await replay(lines);
  assert.deepEqual(
    [repeated.hashes?.events.digest(), repeated.hashes?.audio.digest(), repeated.hashes?.audio.count],
    expected,
  );
  await assertNothingLeft(repeated);
});
