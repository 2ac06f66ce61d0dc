/**
 * A conference of three of `workerData.minutes`, twice and once more from the journal. A thread of its own: under `node:test` every promise is followed by hooks, which cost a quarter of the time.
 */
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { assertNothingLeft } from '../support/leaks.ts';
import { replay } from '../support/replay.ts';
import { tone } from '../support/tones.ts';
import { type World, world } from '../support/world.ts';

const minutes = Number(workerData.minutes);
const tones = { alice: tone(400), bob: tone(600), carol: tone(1000) };

/** Three callers meet, talk and leave one after the other. */
async function conference(seed: number): Promise<World> {
  const meeting = await world({ seed, journal: true, hashes: true });
  const alice = meeting.phone;
  const bob = await meeting.newPhone('bob');
  const carol = await meeting.newPhone('carol');
  for (const phone of [alice, bob, carol]) {
    await phone.call('conference');
    phone.says(tones[phone.name as keyof typeof tones]);
    await meeting.advance(500);
  }
  await everybodyHearsTheOthers(meeting);
  for (const phone of meeting.phones) phone.current.audio.forget();
  await meeting.advance(minutes * 60_000);
  await everybodyHearsTheOthers(meeting);
  return meeting;
}

async function everybodyHearsTheOthers({ phones }: World): Promise<void> {
  await Promise.all(
    phones.map(async (phone) => {
      const others = Object.entries(tones).filter(([name]) => name !== phone.name);
      for (const [, other] of others) await phone.hears(other, { limitMs: 30_000, without: [ownTone(phone.name)] });
    }),
  );
}

function ownTone(name: string) {
  return tones[name as keyof typeof tones];
}

async function leave(meeting: World): Promise<void> {
  for (const phone of meeting.phones) {
    await phone.bye();
    await meeting.advance(1000);
  }
  await meeting.advance(60_000);
}

function fingerprint({ hashes }: World): { events: string; audio: string; packets: number; published: number } {
  assert.ok(hashes !== null);
  return {
    events: hashes.events.digest(),
    audio: hashes.audio.digest(),
    packets: hashes.audio.count,
    published: hashes.events.count,
  };
}

async function whole(): Promise<void> {
  const first = await conference(7);
  for (const phone of first.phones) {
    const { packets, missing, outOfOrder, largestGapMs, clicks } = phone.figures();
    assert.ok(packets >= minutes * 60 * 50, `${phone.name} got ${packets} packets`);
    assert.deepEqual(
      { missing, outOfOrder, largestGapMs, clicks },
      { missing: 0, outOfOrder: 0, largestGapMs: 20, clicks: 0 },
    );
  }
  await leave(first);
  const expected = fingerprint(first);
  const journal = first.journal?.lines(first.clock.nowMs()) ?? [];
  await assertNothingLeft(first);

  const second = await conference(7);
  await leave(second);
  assert.deepEqual(fingerprint(second), expected);
  await assertNothingLeft(second);

  const repeated = await replay(journal);
  assert.deepEqual(fingerprint(repeated), expected);
  await assertNothingLeft(repeated);
}

// What is thrown reaches the test as the worker's error.
await whole();
parentPort?.postMessage('the same');
