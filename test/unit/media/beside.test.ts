/** What goes on beside the playlist: prompts mixed into it, a second room that is spoken to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ulawToLinear } from '../../../core/media/index.ts';
import type { PlayItem } from '../../../core/media/worker/protocol.ts';
import { bench, type Peer } from './harness.ts';

const mixIn = (item: number, level: number, loop = false): PlayItem => ({
  kind: 'mixIn',
  item,
  prompt: 1,
  loop,
  level,
});

/** Levels of what was sent, in thousands, one a packet. */
const levels = (peer: Peer): number[] =>
  peer.take().map(({ payload }) => Math.round((ulawToLinear[payload[10] ?? 0] ?? 0) / 1000));

async function stage() {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  engine.prompt(1, new Int16Array(320).fill(4000));
  engine.prompt(2, new Int16Array(16_000).fill(2000));
  engine.play(1, { kind: 'prompt', item: 20, prompt: 2, loop: true });
  await world.ticks(2);
  peer.take();
  return { world, engine, peer };
}

test('a prompt is mixed into what plays, at its level, and ends by itself {playlist}', async () => {
  const { world, engine, peer } = await stage();
  engine.play(1, mixIn(30, 0.5));
  await world.ticks(4);
  assert.deepEqual(levels(peer), [4, 4, 2, 2]);
  const ends = engine.events.filter((event) => event.kind === 'itemEnded');
  assert.deepEqual(
    ends.map((event) => [event.kind === 'itemEnded' && event.item, event.kind === 'itemEnded' && event.reason]),
    [[30, 'finished']],
  );
});

test('at level 0 it is heard instead; a flush of the playlist leaves it, removing it ends it {playlist}', async () => {
  const { world, engine, peer } = await stage();
  engine.play(1, mixIn(30, 0, true));
  await world.ticks(2);
  assert.deepEqual(levels(peer), [4, 4]);
  engine.send({ kind: 'flush', stream: 1 });
  await world.ticks(2);
  assert.deepEqual(levels(peer), [4, 4]);
  engine.send({ kind: 'removeItem', stream: 1, item: 30 });
  await world.ticks(2);
  assert.deepEqual(levels(peer), [0, 0]);
});
