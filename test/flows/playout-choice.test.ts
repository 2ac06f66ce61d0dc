/** Applications choose how received audio waits, and the echo's key changes it while the call runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

async function delayMs(w: World): Promise<number> {
  const [call] = w.server.calls.calls();
  const stats = await w.driver.during(call?.session.media?.stats() ?? Promise.reject(new Error('no media')), 1000, '');
  return stats.playoutDelayMs;
}

test('{echo} {playout} the key * goes from adaptive to 80 ms, to simple and back, and the echo goes on', async () => {
  const w = await world({ config: { modules: { echo: {} }, routing: [{ application: 'echo' }] } });
  await w.phone.call('echo');
  w.phone.says(tone(440));
  await w.advance(2000);
  const adaptive = await delayMs(w);
  const delays: number[] = [];
  for (let i = 0; i < 3; i++) {
    await w.phone.press('*');
    await w.advance(2000);
    await w.phone.hears(tone(440));
    delays.push(await delayMs(w));
  }
  const [fixed = 0, simple = 0, again = 0] = delays;
  assert.ok(fixed >= 80 && fixed <= 120, `fixed: ${fixed} ms`);
  assert.ok(simple <= 40, `simple: ${simple} ms`);
  assert.ok(Math.abs(again - adaptive) <= 20, `adaptive: ${adaptive}, then ${again} ms`);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('{conference} {playout} playout_type adaptive_jb waits 80 ms in every call of the module', async () => {
  const w = await world({ config: { modules: { conference: { playout_type: 'adaptive_jb' } } } });
  await w.phone.call('500');
  w.phone.says(tone(440));
  await w.advance(5000);
  const delay = await delayMs(w);
  assert.ok(delay >= 80 && delay <= 120, `${delay} ms`);
  await w.stop();
});
