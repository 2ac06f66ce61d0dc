/** What callers are told when the media workers have no headroom left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../core/runtime/index.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { world } from '../support/world.ts';

test('{media-admission} overloaded media: callers get 503 with Retry-After, an emergency call and those that run go on', async () => {
  const w = await world({ config: { routing: [{ application: 'conference' }] } });
  const [bob, carol] = [await w.newPhone('bob'), await w.newPhone('carol')];
  await w.phone.call('500');
  await w.advance(3500);
  const { media } = w.server;
  const { refusal } = media;
  media.refusal = () => new CodedError('media.overloaded', 'every media worker is busy for 90 %');
  const call = await bob.dial('500');
  assert.equal(await call.isRefused(), 503);
  assert.match(call.refusal?.header('Retry-After') ?? '', /^\d+$/);
  const [refused] = w.eventsOf('call.refused');
  assert.match(JSON.stringify(refused?.payload['why']), /media\.overloaded.*90 %/);
  await carol.call('112');
  assert.deepEqual(w.server.calls.rooms.participants('112').length, 1, 'emergency');
  w.phone.says(tone(440));
  await w.advance(500);
  assert.equal(w.server.calls.rooms.participants('500').length, 1);
  media.refusal = refusal;
  await bob.call('500');
  await bob.hears(tone(440));
  for (const phone of w.phones) await phone.bye();
  await assertNothingLeft(w);
});
