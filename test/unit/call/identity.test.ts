import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transferWorld } from './transfer-world.ts';

const headers = [
  ['P-Asserted-Identity', '"Ann" <sip:+491@carrier>'],
  ['Privacy', 'id'],
  ['Diversion', '<sip:boss@office>;reason=no-answer'],
  ['Remote-Party-ID', '<sip:other@x>'],
] as const;

test('a trusted peer says who calls and who diverted; of a stranger only From counts {identity}', async () => {
  for (const trusted of [true, false]) {
    const w = await transferWorld({ trusted: trusted ? ['10.0.0.2'] : [] });
    w.ann.call('echo', headers);
    await w.pass();
    const [call] = w.calls;
    const started = w.events.find(({ name }) => name === 'call.started')?.payload;
    assert(call !== undefined && started !== undefined);
    const { address, source, anonymous } = call.identity();
    if (trusted) {
      assert.deepEqual([address?.uriText, source, anonymous], ['sip:+491@carrier', 'asserted', true]);
      assert.deepEqual([started['assertedIdentity'], started['diversion']], ['sip:+491@carrier', 'sip:boss@office']);
    } else {
      assert.deepEqual([address?.uriText, source], ['sip:phone@10.0.0.2', 'from']);
      assert.deepEqual([started['assertedIdentity'], started['diversion']], [undefined, undefined]);
    }
    await w.nothingLeft();
  }
});

test('an identity that we are told to assert goes out as given {identity}', async () => {
  const w = await transferWorld();
  w.engine.originate({
    application: 'conference',
    user: '5',
    from: '<sip:anonymous@anonymous.invalid>',
    to: '<sip:bob@10.0.0.3>',
    requestUri: 'sip:bob@10.0.0.3',
    headers: [
      ['P-Asserted-Identity', '<sip:us@10.0.0.1>'],
      ['Privacy', 'id'],
    ],
    origin: { name: 'test' },
  });
  await w.pass();
  const invite = w.bob.dialogs[0]?.invite;
  // The phone does not trust us, so it does not see the one; the other is there.
  assert.deepEqual([invite?.header('P-Asserted-Identity'), invite?.header('Privacy')], [null, 'id']);
  await w.nothingLeft();
});
