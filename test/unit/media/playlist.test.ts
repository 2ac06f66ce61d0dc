import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ulawToLinear } from '../../../core/media/index.ts';
import type { MediaEvent, PlayItem } from '../../../core/media/worker/protocol.ts';
import { bench, type Peer, type TestEngine } from './harness.ts';

const prompt = (item: number, id: number, loop = false): PlayItem => ({ kind: 'prompt', item, prompt: id, loop });
const ended = (events: readonly MediaEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'itemStarted') return [`${event.item} starts`];
    if (event.kind === 'itemEnded') return [`${event.item} ${event.reason} ${event.playedSamples}`];
    return event.kind === 'playlistEmpty' ? ['empty'] : [];
  });

/** A stream with prompts 1, 2, 3 of 1000, 2000, 3000 (level) and 240 samples (30 ms) each. */
async function stage(ticks: number, act: (tick: number, engine: TestEngine) => void) {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  for (const id of [1, 2, 3]) engine.prompt(id, new Int16Array(240).fill(id * 1000));
  await world.ticks(ticks, (tick) => act(tick, engine));
  return { events: ended(engine.events), runs: runs(peer), world, engine, peer };
}

/** What was sent, as runs of equal level in thousands: `1×240`. */
function runs(peer: Peer): string {
  const list: { level: number; count: number }[] = [];
  for (const { payload } of peer.take()) {
    for (const code of payload) {
      const level = Math.round((ulawToLinear[code] ?? 0) / 1000);
      const last = list.at(-1);
      if (last?.level === level) last.count++;
      else list.push({ level, count: 1 });
    }
  }
  return list.map(({ level, count }) => `${level}×${count}`).join(' ');
}

test('entries follow each other in the same frame, and the end is told exactly once {playlist}', async () => {
  const { events, runs } = await stage(6, (tick, engine) => {
    if (tick === 0) engine.play(1, prompt(11, 1), prompt(12, 2), prompt(13, 3));
  });
  assert.equal(runs, '1×240 2×240 3×240 0×240');
  assert.deepEqual(events, [
    '11 starts',
    '11 finished 240',
    '12 starts',
    '12 finished 240',
    '13 starts',
    '13 finished 240',
    'empty',
  ]);
});

test('what is put in front plays at once, and the interrupted entry goes on where it stopped', async () => {
  const { events, runs } = await stage(5, (tick, engine) => {
    if (tick === 0) engine.play(1, prompt(11, 1));
    if (tick === 1) engine.send({ kind: 'play', stream: 1, where: 'front', items: [prompt(12, 2), prompt(13, 3)] });
  });
  assert.equal(runs, '1×160 2×240 3×240 1×80 0×80');
  assert.deepEqual(events, [
    '11 starts',
    '12 starts',
    '12 finished 240',
    '13 starts',
    '13 finished 240',
    '11 finished 240',
    'empty',
  ]);
});

test('a flush drops all, each with what was played of it, and no end of the list is told', async () => {
  const { events, runs } = await stage(3, (tick, engine) => {
    if (tick === 0) engine.play(1, prompt(11, 1), prompt(12, 2));
    if (tick === 1) engine.send({ kind: 'flush', stream: 1 });
  });
  assert.equal(runs, '1×160 0×320');
  assert.deepEqual(events, ['11 starts', '11 flushed 160', '12 flushed 0']);
});

test('one entry can be removed wherever it is', async () => {
  const { events, runs } = await stage(4, (tick, engine) => {
    if (tick === 0) engine.play(1, prompt(11, 1), prompt(12, 2), prompt(13, 3));
    if (tick === 0) engine.send({ kind: 'removeItem', stream: 1, item: 12 });
    if (tick === 1) engine.send({ kind: 'removeItem', stream: 1, item: 11 });
  });
  assert.equal(runs, '1×160 3×240 0×240');
  assert.deepEqual(events, ['11 starts', '12 flushed 0', '11 flushed 160', '13 starts', '13 finished 240', 'empty']);
});

test('a separator is told once when it is reached, and has no length', async () => {
  const { events, runs } = await stage(4, (tick, engine) => {
    if (tick === 0) engine.play(1, prompt(11, 1), { kind: 'separator', item: 12 }, prompt(13, 3));
  });
  assert.equal(runs, '1×240 3×240 0×160');
  assert.deepEqual(events, [
    '11 starts',
    '11 finished 240',
    '12 starts',
    '12 finished 0',
    '13 starts',
    '13 finished 240',
    'empty',
  ]);
});

test('a prompt that does not exist is skipped and the rest plays', async () => {
  const { events, runs, engine } = await stage(3, (tick, engine) => {
    if (tick === 0) engine.play(1, prompt(11, 99), prompt(12, 2));
  });
  assert.equal(runs, '2×240 0×240');
  assert.deepEqual(events, ['11 failed 0', '12 starts', '12 finished 240', 'empty']);
  assert.ok(engine.events.some((event) => event.kind === 'log' && /prompt 99 does not exist/.test(event.message)));
});

test('a looped prompt starts over until it is dropped; an empty one ends', async () => {
  const { events, runs } = await stage(4, (tick, engine) => {
    if (tick === 0) {
      engine.prompt(4, []);
      engine.play(1, prompt(10, 4, true), prompt(11, 1, true));
    }
  });
  assert.equal(runs, '1×640');
  assert.deepEqual(events, ['10 starts', '10 finished 0', '11 starts']);
});

test('silence and tones have the length that was asked for {tone}', async () => {
  const { events } = await stage(6, (tick, engine) => {
    if (tick !== 0) return;
    engine.play(
      1,
      { kind: 'silence', item: 11, lengthMs: 30 },
      { kind: 'tone', item: 12, frequenciesHz: [440, 480], level: 5000, onMs: 10, offMs: 10, lengthMs: 50 },
      prompt(13, 3),
    );
  });
  assert.deepEqual(events.slice(0, 6), [
    '11 starts',
    '11 finished 240',
    '12 starts',
    '12 finished 400',
    '13 starts',
    '13 finished 240',
  ]);
});

test('a prompt in front of a room takes its member out of the room for its length', async () => {
  const world = bench();
  const engine = world.engine();
  const [talker, listener] = [await world.peer(), await world.peer()];
  await engine.stream(1, talker);
  await engine.stream(2, listener);
  engine.prompt(1, new Int16Array(800).fill(1000));
  const room = (item: number): PlayItem => ({ kind: 'room', item, room: 'r', listenOnly: false });
  engine.play(1, room(11));
  engine.play(2, room(12));
  const talk = (): void => talker.speak(new Uint8Array(160).fill(0x90)); // -12000 or so
  await world.ticks(6, talk);
  listener.take();
  engine.send({ kind: 'play', stream: 2, where: 'front', items: [prompt(13, 1)] });
  await world.ticks(8, talk);
  const levels = listener.take().map(({ payload }) => Math.round(Math.abs(ulawToLinear[payload[80] ?? 0] ?? 0) / 1000));
  assert.deepEqual(levels.slice(0, 5), [1, 1, 1, 1, 1]);
  assert.ok(
    levels.slice(5).every((level) => level > 5),
    `the room is back: ${levels.join(' ')}`,
  );
});

test('prompts of other rates play at their length and are counted in their own samples', async () => {
  const { events, runs } = await stage(4, (tick, engine) => {
    if (tick !== 0) return;
    engine.prompt(5, new Int16Array(640).fill(2000), 16_000);
    engine.play(1, prompt(11, 1), prompt(12, 5));
  });
  assert.match(runs, /^1×240 .*2×3[0-9]{2}/);
  assert.deepEqual(events, ['11 starts', '11 finished 240', '12 starts', '12 finished 640', 'empty']);
});

test('the bytes of a prompt are those that decoding and encoding would give', async () => {
  const world = bench();
  const engine = world.engine();
  const [direct, mixed] = [await world.peer(), await world.peer()];
  await engine.stream(1, direct);
  await engine.stream(2, mixed, { ptimeMs: 10 });
  engine.prompt(
    1,
    Int16Array.from({ length: 1600 }, (_, i) => ((i * 7919) % 60_001) - 30_000),
  );
  engine.play(1, prompt(11, 1));
  engine.play(2, { kind: 'silence', item: 12, lengthMs: 5 }, prompt(13, 1));
  await world.ticks(12);
  const bytes = (peer: Peer): number[] => peer.take().flatMap(({ payload }) => [...payload]);
  assert.deepEqual(bytes(direct).slice(0, 1600), bytes(mixed).slice(40, 1640));
});
