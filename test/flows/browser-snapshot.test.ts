/** A page's call outlives its server: keys and ICE credentials are in the snapshot, the WebSocket is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../core/main.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { BrowserAgent } from '../support/browser-agent.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

test('the audio of a page goes on in a fresh server, and its call ends there when the page is gone {webrtc} {snapshot}', async () => {
  const w = await world();
  await w.phone.call('510');
  w.phone.says(tone(700));
  const page = new BrowserAgent(w, '10.0.2.1');
  const call = await page.call('510');
  call.says(tone(440));
  await call.hears(tone(700), { limitMs: 8000 });
  await w.phone.hears(tone(440), { limitMs: 8000 });

  const snapshot = await w.driver.during(w.server.calls.snapshot(), 1000, 'the snapshot');
  await w.server.sip.close();
  await w.driver.during(w.server.media.stop(), 1000, 'the end of the media');
  const fresh = await w.clock.during(
    startServer({ seams: w.seams, logControl: { level: 'info' }, config: w.config, storage: memoryStorage() }),
  );
  const codes: string[] = [];
  fresh.bus.subscribe('call.ended', ['*:*'], ({ payload }) => void codes.push(JSON.stringify(payload['why'])));
  await w.driver.during(fresh.calls.restore(JSON.parse(JSON.stringify(snapshot))), 1000, 'the restoring');
  assert.equal(fresh.calls.calls().length, 2);
  call.audio.forget();
  w.phone.current.audio.forget();
  await call.hears(tone(700), { limitMs: 5000, without: [tone(440)] });
  await w.phone.hears(tone(440), { limitMs: 5000, without: [tone(700)] });

  page.vanish();
  await w.driver.until(
    () => codes.length === 1,
    60_000,
    () => 'the page is not missed',
  );
  assert.match(codes[0] ?? '', /call\.consentLost/);
  await w.phone.bye();
  await w.advance(40_000);
  assert.equal(fresh.calls.calls().length, 0);
  assert.equal(fresh.media.load().streams, 0);
  await w.driver.during(fresh.stop(), 10_000, 'the stop');
});
