/** Announcements over real signalling and audio. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { world } from '../support/world.ts';

test('{announcement} welcome is answered, played to its end, and hung up', async () => {
  const w = await world();
  const call = await w.phone.call('welcome');
  const answeredAt = w.clock.nowMs();
  await call.isHungUp({ limitMs: 20_000 });
  const lastedMs = w.clock.nowMs() - answeredAt;
  assert.ok(lastedMs > 5400 && lastedMs < 6000, `lasted ${lastedMs} ms`);
  await assertNothingLeft(w);
});

test('{announcement} a BYE in every phase of the file leaves nothing behind', async () => {
  const w = await world();
  for (const afterMs of [0, 5, 15, 100, 3000, 5490]) {
    const call = await w.phone.dial('welcome');
    await w.advance(afterMs);
    await call.bye();
  }
  await assertNothingLeft(w);
});

test('{announcement} an address that would leave the folder is refused', async () => {
  const routing = [{ application: 'announcement' }];
  const w = await world({ config: { routing } });
  for (const user of ['..%2f..%2fetc%2fpasswd', '%2e%2e', 'a%2fb', 'a%00b']) {
    const status = await (await w.phone.dial(`sip:${user}@10.0.0.1`)).isRefused();
    assert.ok(status === 404 || status === 400, `${user}: ${status}`);
  }
  await assertNothingLeft(w);
});

test('{announcement} a missing default file ends the start and names the file', async () => {
  await assert.rejects(
    world({ config: { modules: { announcement: { announce_path: '/nowhere' } } } }),
    /announcement.*\/nowhere\/default\.wav/,
  );
});

test('{announcement} a file that is no sound is a 500, not silence', async () => {
  const files = {
    '/ann/default.wav': await silentWav(),
    '/ann/bad.wav': new TextEncoder().encode('this is no WAV file'),
  };
  const w = await world({
    files,
    config: { routing: [{ application: 'announcement' }], modules: { announcement: { announce_path: '/ann' } } },
  });
  assert.equal(await (await w.phone.dial('bad')).isRefused(), 500);
  await assertNothingLeft(w);
});

/** 100 ms of silence as WAV, 8 kHz, 16 bit. */
async function silentWav(): Promise<Uint8Array> {
  const samples = 800;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 2 * samples, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(2 * samples, 40);
  return Buffer.concat([header, Buffer.alloc(2 * samples)]);
}
