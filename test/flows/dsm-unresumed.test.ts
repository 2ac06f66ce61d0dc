/** What becomes of a script's call when its server is left and another one goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../core/main.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { dsmWorld } from './dsm-world.ts';

test('a script is not resumed from a snapshot: its call ends, and says why {dsm-calls}', async () => {
  const w = await dsmWorld({
    wait: 'initial state A; state B; transition "s" A - sessionStart / playSilence(0) -> B;',
  });
  await w.phone.call('1');
  await w.advance(1000);
  const snapshot = await w.driver.during(w.server.calls.snapshot(), 1000, 'the snapshot');
  assert.equal(snapshot.calls.length, 1);
  await w.server.sip.close();
  await w.driver.during(w.server.media.stop(), 1000, 'the end of the media');

  const fresh = await w.clock.during(
    startServer({ seams: w.seams, logControl: { level: 'info' }, config: w.config, storage: memoryStorage() }),
  );
  const sentences: string[] = [];
  fresh.bus.subscribe('call.ended', ['*:*'], ({ payload }) => void sentences.push(JSON.stringify(payload)));
  await w.driver.during(fresh.calls.restore(JSON.parse(JSON.stringify(snapshot))), 1000, 'the restoring');
  await w.phone.current.isHungUp();
  await w.advance(1000);
  assert.match(sentences.join(), /Scripts are not resumed from a snapshot/);
  assert.equal(fresh.calls.calls().length, 0);
  await w.driver.during(fresh.stop(), 10_000, 'the stop');
});
