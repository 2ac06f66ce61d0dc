import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeThread } from '../../../core/media/decode-thread.ts';
import { Prompts } from '../../../core/media/prompts.ts';
import { shareAudio } from '../../../core/media/worker/prompt-store.ts';
import type { DecodeReply, DecodeRequest, SharedAudio } from '../../../core/media/worker/protocol.ts';
import { CodedError, createSimulation, MemoryFiles, type Thread } from '../../../core/runtime/index.ts';

const audio = (samples: number): SharedAudio => shareAudio({ sampleRateHz: 8000, samples: new Int16Array(samples) });

/** Prompts whose files hold as many samples as they have bytes; a file of 13 bytes is damaged. */
function stage() {
  let nowMs = 0;
  const files = new MemoryFiles({ unixMs: () => nowMs });
  const published: string[] = [];
  const warnings: string[] = [];
  let reads = 0;
  const prompts = new Prompts({
    nowMs: () => nowMs,
    stat: (path) => files.stat(path),
    read(path) {
      reads++;
      return files.read(path);
    },
    async decode(name, bytes) {
      if (bytes.length === 13) throw new CodedError('file.format', `${name}: damaged`);
      return audio(bytes.length);
    },
    publish: (id, shared) => published.push(`${id}: ${shared.samples.byteLength / 2}`),
    warn: (path, fault) => warnings.push(`${path}: ${String(fault)}`),
  });
  return {
    prompts,
    files,
    published,
    warnings,
    reads: () => reads,
    wait(ms: number) {
      nowMs += ms;
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a file that has changed is read anew under its old number; what has not is read once {prompts}', async () => {
  const { prompts, files, published, reads, wait } = stage();
  await files.write('/p.wav', new Uint8Array(800));
  const first = await prompts.load('/p.wav');
  wait(5000);
  assert.deepEqual(await prompts.load('/p.wav'), first);
  assert.equal(reads(), 1);
  await files.write('/p.wav', new Uint8Array(1600));
  assert.equal((await prompts.load('/p.wav')).lengthMs, 100, 'looked at less than a second ago');
  wait(1000);
  const second = await prompts.load('/p.wav');
  assert.deepEqual([second.id, second.lengthMs], [first.id, 200]);
  assert.deepEqual(published, ['1: 800', '1: 1600']);
});

test('a play makes the next play the file of that time', async () => {
  const { prompts, files, published, wait } = stage();
  await files.write('/p.wav', new Uint8Array(800));
  const { id } = await prompts.load('/p.wav');
  wait(2000);
  await files.write('/p.wav', new Uint8Array(400));
  prompts.touch(id);
  prompts.touch(id);
  await settled();
  assert.deepEqual(published, ['1: 800', '1: 400']);
  prompts.touch(99);
});

test('a changed file that is damaged, or gone, changes nothing but the log', async () => {
  const { prompts, files, warnings, wait } = stage();
  await files.write('/p.wav', new Uint8Array(800));
  const first = await prompts.load('/p.wav');
  wait(2000);
  await files.write('/p.wav', new Uint8Array(13));
  assert.deepEqual(await prompts.load('/p.wav'), first);
  assert.match(warnings[0] ?? '', /\/p\.wav: .*damaged/);
  wait(2000);
  await files.remove('/p.wav');
  assert.deepEqual(await prompts.load('/p.wav'), first);
});

test('two who ask at once share one reading; a file that failed is tried again', async () => {
  const { prompts, files, reads } = stage();
  await files.write('/p.wav', new Uint8Array(13));
  await assert.rejects(Promise.all([prompts.load('/p.wav'), prompts.load('/p.wav')]), { code: 'file.format' });
  assert.equal(reads(), 1);
  await files.write('/p.wav', new Uint8Array(80));
  assert.equal((await prompts.load('/p.wav')).lengthMs, 10);
});

/** A decoding thread of which the test is the other end. */
function decodeStage() {
  const { clock } = createSimulation({ seed: 1 });
  const threads: { thread: Thread; requests: DecodeRequest[]; terminated: boolean }[] = [];
  const decoder = new DecodeThread({
    clock,
    entry: new URL('file:///decoder'),
    formats: [],
    maxMs: 60_000,
    threads: {
      start() {
        const entry = { thread: null as unknown as Thread, requests: [] as DecodeRequest[], terminated: false };
        entry.thread = {
          post: (message) => entry.requests.push(message as DecodeRequest),
          onMessage: () => {},
          onExit: () => {},
          async terminate() {
            entry.terminated = true;
          },
        };
        threads.push(entry);
        return entry.thread;
      },
    },
  });
  const reply = (index: number, message: DecodeReply): void => threads[index]?.thread.onMessage(message);
  return { clock, decoder, threads, reply };
}

test('files are decoded one after the other in one thread, which ends when it has been idle', async () => {
  const { clock, decoder, threads, reply } = decodeStage();
  const both = [decoder.decode('a.mp3', new Uint8Array(1)), decoder.decode('b.mp3', new Uint8Array(2))];
  assert.deepEqual([threads.length, threads[0]?.requests.length], [1, 1]);
  reply(0, { request: 1, ok: true, audio: audio(80) });
  reply(0, { request: 2, ok: false, code: 'file.tooLarge', detail: 'b.mp3: too long' });
  assert.equal((await both[0])?.sampleRateHz, 8000);
  await assert.rejects(both[1] ?? Promise.resolve(), { code: 'file.tooLarge', message: /b\.mp3: too long/ });
  await clock.advance(9000);
  assert.equal(threads[0]?.terminated, false);
  await clock.advance(2000);
  assert.equal(threads[0]?.terminated, true);
});

test('a file that takes for ever, or kills its thread, is refused, and the next has another thread', async () => {
  const { clock, decoder, threads, reply } = decodeStage();
  const endless = decoder.decode('endless.mp3', new Uint8Array(1));
  const refused = assert.rejects(endless, { code: 'file.format', message: /endless\.mp3: decoding took longer/ });
  const next = decoder.decode('next.mp3', new Uint8Array(1));
  const died = assert.rejects(next, { code: 'file.format', message: /next\.mp3: the decoder died: out of memory/ });
  const last = decoder.decode('last.mp3', new Uint8Array(1));
  await clock.advance(120_001);
  await refused;
  assert.deepEqual([threads.length, threads[0]?.terminated], [2, true]);
  threads[1]?.thread.onExit(new Error('out of memory'));
  await died;
  await settled();
  reply(2, { request: 3, ok: true, audio: audio(8) });
  assert.equal((await last).sampleRateHz, 8000);
});
