/** Generated calls, to a phone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { world } from '../support/world.ts';

test('{callgen} a generated call plays its digits and its file, and ends after its time', async () => {
  const w = await world({ config: { modules: { callgen: {} } } });
  w.phone.answers(500);
  const [, user = '', host = ''] = /^sip:([^@]+)@(.+)$/.exec(w.phone.uri) ?? [];
  await w.invoke('callgen.createCalls', 1, 0, 0, user, host, 0, 3, 5, 0);
  await w.until(() => w.phone.calls.at(-1)?.state === 'talking');
  const answeredMs = w.clock.nowMs();
  await w.phone.current.isHungUp({ limitMs: 10_000 });
  const lastedMs = w.clock.nowMs() - answeredMs;
  assert.ok(lastedMs > 4900 && lastedMs < 5500, `${lastedMs} ms`);
  assert.ok(w.phone.figures().packets > 200, 'the file was played');
  assert.match(w.phone.figures().keys, /^\d{3}#$/);
  const [text] = (await w.invoke('callgen.callGenStats')) as [string];
  assert.match(text, /\n 0 active calls\n 0 current target\n 0 scheduled\n 1 total calls\n/);
  await assertNothingLeft(w);
});
