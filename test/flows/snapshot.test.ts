/** Calls outlive their server: a snapshot in mid-conference goes on in a fresh one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../../core/main.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

test('a conference of three goes on in a fresh server: audio, events and BYE {snapshot}', async () => {
  const w = await world();
  const tones = [tone(400), tone(600), tone(1000)] as const;
  const phones = [w.phone, await w.newPhone('bob'), await w.newPhone('carol')] as const;
  for (const [index, phone] of phones.entries()) {
    await phone.call('510');
    phone.says(tones[index] ?? tones[0]);
    await w.advance(3000);
  }
  await phones[0].hears(tones[1], { limitMs: 30_000, without: [tones[0]] });

  const snapshot = await w.driver.during(w.server.calls.snapshot(), 1000, 'the snapshot');
  // The old server is gone without a word to anybody.
  await w.server.sip.close();
  await w.driver.during(w.server.media.stop(), 1000, 'the end of the media');
  const fresh = await w.clock.during(
    startServer({ seams: w.seams, logControl: { level: 'info' }, config: w.config, storage: memoryStorage() }),
  );
  const ended: string[] = [];
  fresh.bus.subscribe('call.ended', ['*:*'], ({ payload }) => void ended.push(String(payload['endedBy'])));
  await w.driver.during(fresh.calls.restore(JSON.parse(JSON.stringify(snapshot))), 1000, 'the restoring');
  assert.equal(fresh.calls.calls().length, 3);
  assert.equal(fresh.calls.rooms.list()[0]?.participants.length, 3);
  for (const phone of phones) phone.current.audio.forget();
  await phones[0].hears(tones[1], { limitMs: 5000, without: [tones[0]] });
  await phones[0].hears(tones[2], { limitMs: 5000, without: [tones[0]] });
  await phones[2].hears(tones[0], { limitMs: 5000, without: [tones[2]] });

  await phones[0].current.bye();
  await w.advance(1000);
  assert.deepEqual(ended, ['remote']);
  assert.equal(fresh.calls.rooms.list()[0]?.participants.length, 2);
  for (const call of fresh.calls.calls()) call.hangup();
  await phones[1].current.isHungUp();
  await phones[2].current.isHungUp();
  await w.advance(40_000);
  assert.equal(fresh.calls.calls().length, 0);
  assert.equal(fresh.media.load().streams, 0);
  await w.driver.during(fresh.stop(), 10_000, 'the stop');
});
