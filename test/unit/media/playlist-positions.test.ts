/** What was played is known to the sample, whatever happens to an entry on its way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ulawToLinear } from '../../../core/media/index.ts';
import type { MediaEvent, PlayItem, StreamSnapshot } from '../../../core/media/worker/protocol.ts';
import { bench, type Peer, type TestEngine } from './harness.ts';

const prompt = (item: number, id: number, loop = false): PlayItem => ({ kind: 'prompt', item, prompt: id, loop });

const told = (events: readonly MediaEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'itemStarted') return [`${event.item} starts`];
    if (event.kind === 'itemEnded') return [`${event.item} ${event.reason} ${event.playedSamples}`];
    return event.kind === 'playlistEmpty' ? ['empty'] : [];
  });

async function stage() {
  const world = bench();
  const engine = world.engine();
  const peer = await world.peer();
  await engine.stream(1, peer);
  return { world, engine, peer };
}

const heard = (peer: Peer): number[] =>
  peer.take().flatMap(({ payload }) => [...payload].map((code) => ulawToLinear[code] ?? 0));

const flush = (engine: TestEngine): void => engine.send({ kind: 'flush', stream: 1 });

test('a prompt of another rate that is flushed tells how much of itself was heard {playlist}', async () => {
  for (const rateHz of [16_000, 24_000, 48_000]) {
    const { world, engine } = await stage();
    engine.prompt(1, new Int16Array(rateHz).fill(1000), rateHz);
    engine.play(1, prompt(11, 1));
    await world.ticks(7);
    flush(engine);
    assert.deepEqual(told(engine.events), ['11 starts', `11 flushed ${(7 * rateHz) / 50}`]);
  }
});

test('a prompt of another rate that was interrupted goes on, and its end counts all of it', async () => {
  const { world, engine } = await stage();
  engine.prompt(1, new Int16Array(1600).fill(1000), 16_000);
  engine.prompt(2, new Int16Array(200).fill(3000));
  engine.play(1, prompt(11, 1));
  await world.ticks(2);
  engine.send({ kind: 'play', stream: 1, where: 'front', items: [prompt(12, 2)] });
  await world.ticks(8);
  assert.deepEqual(told(engine.events), ['11 starts', '12 starts', '12 finished 200', '11 finished 1600', 'empty']);
});

test('what was played of a loop counts every round', async () => {
  const { world, engine } = await stage();
  engine.prompt(1, new Int16Array(100).fill(1000));
  engine.play(1, prompt(11, 1, true));
  await world.ticks(5);
  engine.send({ kind: 'removeItem', stream: 1, item: 11 });
  assert.deepEqual(told(engine.events), ['11 starts', '11 flushed 800']);
});

for (const rateHz of [8000, 16_000]) {
  test(`a prompt at ${rateHz} Hz goes on in another engine where it was, without a sample more or less`, async () => {
    const world = bench();
    const [left, right] = [world.engine(), world.engine()];
    const peer = await world.peer();
    await left.stream(1, peer);
    const step = rateHz / 8000;
    const ramp = Int16Array.from({ length: 2000 * step }, (_, i) => Math.floor(i / (200 * step)) * 1000 + 1000);
    for (const engine of [left, right]) {
      engine.prompt(1, new Int16Array(50).fill(-5000));
      engine.prompt(2, ramp, rateHz);
    }
    // The first ends in the middle of a frame, so the second is always between two frames.
    left.play(1, prompt(11, 1), prompt(12, 2));
    await world.ticks(6);
    const snapshot = await left.ask<StreamSnapshot>((request) => ({ kind: 'detach', request, stream: 1 }));
    await right.ask((request) => ({ kind: 'attach', request, snapshot: structuredClone(snapshot), reopen: false }));
    await world.ticks(10);
    assert.deepEqual(told([...left.events, ...right.events]), [
      '11 starts',
      '11 finished 50',
      '12 starts',
      `12 finished ${2000 * step}`,
      'empty',
    ]);
    const samples = heard(peer);
    const levels = [...new Set(samples.slice(50, 2050).map((sample) => Math.round(sample / 1000)))];
    assert.deepEqual(levels.filter((level) => level > 0).slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const sounding = samples.filter((sample) => sample > 500).length;
    assert.ok(Math.abs(sounding - 2000) <= (rateHz === 8000 ? 0 : 20), `${sounding} samples of 2000`);
  });
}

test('a record entry sends silence, ends by a flush as flushed, and its file is whole', async () => {
  const { world, engine, peer } = await stage();
  engine.play(1, { kind: 'record', item: 11, path: '/r/a.wav', limitMs: 0 }, prompt(12, 1));
  await world.ticks(10, () => peer.speak(0x90));
  assert.ok(heard(peer).every((sample) => sample === 0));
  flush(engine);
  await world.ticks(2);
  assert.deepEqual(told(engine.events), ['11 starts', '12 flushed 0', '11 flushed 1600']);
  assert.equal((await world.files.read('/r/a.wav')).length, 44 + 3200);
});

test('a prompt in front of a recording interrupts it: what comes meanwhile is not recorded', async () => {
  const { world, engine, peer } = await stage();
  engine.prompt(1, new Int16Array(800).fill(1000));
  engine.play(1, { kind: 'record', item: 11, path: '/r/b.wav', limitMs: 200 });
  await world.ticks(5, () => peer.speak(0x90));
  engine.send({ kind: 'play', stream: 1, where: 'front', items: [prompt(12, 1)] });
  await world.ticks(12, () => peer.speak(0x90));
  assert.deepEqual(told(engine.events), ['11 starts', '12 starts', '12 finished 800', '11 finished 1600', 'empty']);
});

test('separators are told once each, in their order, wherever they stand', async () => {
  const { world, engine } = await stage();
  engine.prompt(1, new Int16Array(80).fill(1000));
  const separator = (item: number): PlayItem => ({ kind: 'separator', item });
  engine.play(1, separator(11), separator(12), prompt(13, 1), separator(14));
  await world.ticks(3);
  assert.deepEqual(
    told(engine.events).filter((line) => !line.endsWith('starts')),
    ['11 finished 0', '12 finished 0', '13 finished 80', '14 finished 0', 'empty'],
  );
  engine.play(1, separator(15));
  assert.deepEqual(told(engine.events).slice(-3), ['15 starts', '15 finished 0', 'empty']);
});

test('an endless entry ends by its removal only, and the next begins in the next frame', async () => {
  const { world, engine, peer } = await stage();
  engine.prompt(1, new Int16Array(160).fill(1000));
  engine.play(1, { kind: 'silence', item: 11, lengthMs: 0 }, prompt(12, 1));
  await world.ticks(100);
  peer.take();
  engine.send({ kind: 'removeItem', stream: 1, item: 11 });
  await world.ticks(1);
  assert.ok(heard(peer).every((sample) => sample > 900));
  assert.deepEqual(told(engine.events), ['11 starts', '11 flushed 16000', '12 starts', '12 finished 160', 'empty']);
});

test('after a flush the list plays on from what is added, and its end is told again once', async () => {
  const { world, engine } = await stage();
  engine.prompt(1, new Int16Array(160).fill(1000));
  engine.play(1, prompt(11, 1, true));
  await world.ticks(2);
  flush(engine);
  engine.play(1, prompt(12, 1));
  await world.ticks(4);
  assert.deepEqual(told(engine.events), ['11 starts', '11 flushed 320', '12 starts', '12 finished 160', 'empty']);
});

test('closing the stream ends each entry as closed, with what was played of it', async () => {
  const { world, engine } = await stage();
  engine.prompt(1, new Int16Array(8000).fill(1000));
  engine.play(1, prompt(11, 1), prompt(12, 1));
  await world.ticks(3);
  await engine.ask((request) => ({ kind: 'close', request, stream: 1 }));
  assert.deepEqual(told(engine.events), ['11 starts', '11 closed 480', '12 closed 0']);
});
