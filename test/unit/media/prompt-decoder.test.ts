import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PromptDecoder } from '../../../core/media/prompt-decoder.ts';
import { shareAudio } from '../../../core/media/worker/prompt-store.ts';
import type { FormatRecord } from '../../../core/media/worker/records.ts';
import { createSimulation, type Thread } from '../../../core/runtime/index.ts';

const costly: FormatRecord = {
  extensions: ['slow'],
  mime: 'audio/slow',
  costly: true,
  decode: () => ({ sampleRateHz: 8000, samples: new Int16Array(8) }),
};

/** What was decoded where; the thread never answers. */
function stage(isIdle: boolean) {
  const inEngine: string[] = [];
  let threads = 0;
  const thread: Thread = { post() {}, onMessage() {}, onExit() {}, async terminate() {} };
  const decoder = new PromptDecoder(
    [costly],
    {
      clock: createSimulation({ seed: 1 }).clock,
      threads: {
        start() {
          threads++;
          return thread;
        },
      },
      entry: new URL('file:///none'),
      formats: [],
      maxMs: 1000,
    },
    async (name) => {
      inEngine.push(name);
      return shareAudio({ sampleRateHz: 8000, samples: new Int16Array(8) });
    },
    () => isIdle,
  );
  const decode = (name: string, bytes: number): void => {
    decoder.decode(name, new Uint8Array(bytes)).catch(() => {});
  };
  return { decode, inEngine, threads: () => threads, stop: () => decoder.stop() };
}

test('without calls a prompt of seconds is decoded in the engine: a start needs no further thread {prompts}', async () => {
  const { decode, inEngine, threads, stop } = stage(true);
  decode('greeting.wav', 200_000);
  assert.deepEqual([inEngine, threads()], [['greeting.wav'], 0]);
  decode('music.wav', 256_000);
  decode('short.slow', 100);
  assert.deepEqual([inEngine, threads()], [['greeting.wav'], 1]);
  await stop();
});

test('with calls a file over 32 kB does not hold up their ticks {prompts}', async () => {
  const { decode, inEngine, threads, stop } = stage(false);
  decode('beep.wav', 31_999);
  assert.deepEqual([inEngine, threads()], [['beep.wav'], 0]);
  decode('greeting.wav', 32_000);
  assert.deepEqual([inEngine, threads()], [['beep.wav'], 1]);
  await stop();
});
