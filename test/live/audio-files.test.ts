/** Audio files to and from sox: what it writes we read, what we write it reads. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { createMediaPool, decodeWav, encodeWav, ourCodecs, ourFormats } from '../../core/media/index.ts';
import { formats } from '../../core/media/worker/formats/index.ts';
import { realSeams, silentLog } from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';
import { skipWithout } from '../support/peers.ts';

const run = promisify(execFile);
const skip = skipWithout('sox');
const rateHz = 8000;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callbus-audio-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const formatOf = (extension: string) => formats.find(({ extensions }) => extensions.includes(extension));

function tone(samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / rateHz)));
}

/** Part of the energy that lies at 440 Hz: 1 for the tone alone. */
function purity(samples: Int16Array, sampleRateHz: number): number {
  let [energy, re, im] = [0, 0, 0];
  const from = Math.floor(samples.length / 4);
  const to = Math.floor((samples.length * 3) / 4);
  for (let i = from; i < to; i++) {
    const value = samples[i] ?? 0;
    const phase = (2 * Math.PI * 440 * i) / sampleRateHz;
    energy += value * value;
    re += value * Math.cos(phase);
    im += value * Math.sin(phase);
  }
  return (2 * (re * re + im * im)) / ((to - from) * energy);
}

/** Arguments of sox for a file, and its extension. */
const kinds: readonly [name: string, extension: string, ...args: string[]][] = [
  ['PCM of 8 bits', 'wav', '-b', '8'],
  ['PCM of 16 bits', 'wav', '-b', '16'],
  ['PCM of 24 bits (extensible)', 'wav', '-b', '24'],
  ['PCM of 32 bits', 'wav', '-b', '32'],
  ['float', 'wav', '-e', 'floating-point', '-b', '32'],
  ['float of 64 bits', 'wav', '-e', 'floating-point', '-b', '64'],
  ['A-law', 'wav', '-e', 'a-law'],
  ['µ-law', 'wav', '-e', 'mu-law'],
  ['GSM (WAV49)', 'wav', '-e', 'gsm-full-rate'],
  ['stereo at 44.1 kHz', 'wav', '-r', '44100', '-c', '2'],
  ['six channels at 96 kHz', 'wav', '-r', '96000', '-c', '6'],
  ['at 6 kHz', 'wav', '-r', '6000'],
  ['AU', 'au'],
  ['AU, 16 bits', 'au', '-e', 'signed-integer', '-b', '16'],
  ['AU, float', 'au', '-e', 'floating-point', '-b', '32'],
  ['GSM', 'gsm'],
  ['raw µ-law', 'ul'],
  ['raw A-law', 'al'],
];

for (const [name, extension, ...args] of kinds) {
  test(`what sox writes is read: ${extension}, ${name} {formats}`, { skip }, async () => {
    const source = join(folder, 'source.wav');
    const target = join(folder, `sox.${extension}`);
    await writeFile(source, encodeWav({ sampleRateHz: rateHz, samples: tone(rateHz) }));
    await run('sox', [source, ...args, target]);
    const audio = await formatOf(extension)?.decode(await readFile(target));
    assert.ok(audio);
    const seconds = audio.samples.length / audio.sampleRateHz;
    assert.ok(Math.abs(seconds - 1) < 0.05, `${seconds} s`);
    assert.ok(purity(audio.samples, audio.sampleRateHz) > 0.95, `${purity(audio.samples, audio.sampleRateHz)}`);
  });
}

const written: readonly [extension: string, subtype?: string][] = [
  ['wav'],
  ['wav', 'Pcm8'],
  ['wav', 'Pcm24'],
  ['wav', 'A-Law'],
  ['wav', 'Mu-Law'],
  ['wav', 'Gsm'],
  ['au'],
  ['au', 'Pcm16'],
  ['gsm'],
  ['ul'],
  ['al'],
];

for (const [extension, subtype] of written) {
  test(`what we write sox reads: ${extension} ${subtype ?? ''} {formats}`, { skip }, async () => {
    const samples = tone(rateHz);
    const writer = await formatOf(extension)?.writer?.(rateHz, subtype === undefined ? {} : { subtype });
    assert.ok(writer);
    const data = Buffer.concat([writer.encode(samples, samples.length), writer.finish?.() ?? new Uint8Array(0)]);
    const source = join(folder, `ours.${extension}`);
    const target = join(folder, 'back.wav');
    await writeFile(source, Buffer.concat([writer.header(data.length), data]));
    const { stderr } = await run('sox', [source, '-b', '16', '-e', 'signed-integer', target]);
    assert.doesNotMatch(stderr, /FAIL|truncated|invalid/i);
    const back = decodeWav(await readFile(target));
    assert.ok(Math.abs(back.samples.length - rateHz) <= 320, `${back.samples.length} samples`);
    assert.ok(purity(back.samples, rateHz) > 0.95, `${purity(back.samples, rateHz)}`);
  });
}

test('MP3 of ours is read by sox, where it can {mp3}', { skip }, async (context) => {
  const { stdout } = await run('sox', ['--help']).catch((fault: { stdout: string }) => fault);
  if (!/FORMATS:.* mp3 /.test(stdout)) return context.skip('this sox has no MP3');
  const samples = tone(rateHz);
  const writer = await formatOf('mp3')?.writer?.(rateHz);
  assert.ok(writer);
  const source = join(folder, 'ours.mp3');
  const target = join(folder, 'mp3.wav');
  await writeFile(
    source,
    Buffer.concat([writer.encode(samples, samples.length), writer.finish?.() ?? new Uint8Array(0)]),
  );
  await run('sox', [source, target]);
  assert.ok(purity(decodeWav(await readFile(target)).samples, rateHz) > 0.9);
});

test('an MP3 file becomes a prompt in a thread of its own; a damaged or too long one is refused {mp3}', async () => {
  const samples = tone(rateHz * 10);
  const writer = await formatOf('mp3')?.writer?.(rateHz);
  assert.ok(writer);
  const mp3 = Buffer.concat([writer.encode(samples, samples.length), writer.finish?.() ?? new Uint8Array(0)]);
  const [good, bad, long] = [join(folder, 'music.mp3'), join(folder, 'damaged.mp3'), join(folder, 'long.mp3')];
  await writeFile(good, mp3);
  await writeFile(bad, Buffer.alloc(5000, 7));
  await writeFile(long, Buffer.concat(Array.from({ length: 20 }, () => mp3)));
  const config = mediaConfig({ ports: [41_200, 41_299], workers: 1, codecs: ['PCMU'], maxPromptMs: 60_000 });
  const pool = await createMediaPool(realSeams({ log: silentLog }), config, {
    codecs: [ourCodecs],
    formats: [ourFormats],
  });
  try {
    const [prompt] = await Promise.all([
      pool.prompt(good),
      assert.rejects(pool.prompt(bad), { code: 'file.format', message: /damaged\.mp3: MP3, byte 0: no frame/ }),
      assert.rejects(pool.prompt(long), { code: 'file.tooLarge', message: /20\d s of audio, the limit is 60 s/ }),
    ]);
    assert.ok(Math.abs(prompt.lengthMs - 10_000) < 500, `${prompt.lengthMs} ms`);
  } finally {
    await pool.stop();
  }
});
