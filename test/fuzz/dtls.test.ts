/** Whatever a peer sends instead of DTLS, its handshake ends or waits: nothing is thrown, nothing else suffers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { end, identity, shake } from '../unit/media/dtls/pair.ts';
import { mutated } from './mutate.ts';
import { type Chance, roundsOf, seedsOf, withSeeds } from './seeded.ts';

const [ours, theirs] = await Promise.all([identity(), identity()]);

/** One byte, a length most of all, becomes another: what random bytes seldom do to binary records. */
function changed(packet: Uint8Array, chance: Chance): Uint8Array {
  if (chance.happens(0.3)) return mutated(Buffer.from(packet), chance);
  const bytes = Uint8Array.from(packet);
  const times = 1 + chance.integer(3);
  for (let time = 0; time < times; time++) {
    const at = chance.happens(0.5) ? chance.integer(Math.min(bytes.length, 60)) : chance.integer(bytes.length);
    bytes[at] = chance.pick([0, 1, 2, 11, 12, 14, 16, 20, 22, 255, chance.integer(256)]);
  }
  return bytes;
}

test('changed, lost and repeated packets of a handshake throw nothing out of it {webrtc}', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  await withSeeds(seedsOf(roundsOf(60)), async (chance) => {
    const spoil = (packet: Uint8Array): Uint8Array[] => {
      if (chance.happens(0.05)) return [];
      const spoiled = chance.happens(0.25) ? changed(packet, chance) : packet;
      return chance.happens(0.1) ? [spoiled, packet, spoiled] : [spoiled];
    };
    const active = end('active', ours, [theirs.fingerprint], spoil);
    const passive = end('passive', theirs, [ours.fingerprint], spoil);
    active.handshake.start();
    for (let round = 0; round < 12; round++) {
      for (const packet of active.sent.splice(0)) passive.handshake.receive(packet);
      for (const packet of passive.sent.splice(0)) active.handshake.receive(packet);
      await new Promise((resolve) => setImmediate(resolve));
    }
    active.handshake.close();
    passive.handshake.close();
  });
  process.off('unhandledRejection', onUnhandled);
  assert.deepEqual(unhandled, []);
});

test('after all of that two others agree on keys {webrtc}', async () => {
  const [a, b] = await shake(end('active', ours, [theirs.fingerprint]), end('passive', theirs, [ours.fingerprint]));
  assert.equal(a.keys?.sendKey, b.keys?.receiveKey);
});
