import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFile } from '../../../core/media/worker/decode-file.ts';
import { formats } from '../../../core/media/worker/formats/index.ts';
import type { FormatRecord, WriterOptions } from '../../../core/media/worker/records.ts';
import { CodedError } from '../../../core/runtime/index.ts';

function formatOf(extension: string): FormatRecord {
  const found = formats.find(({ extensions }) => extensions.includes(extension));
  assert.ok(found, `.${extension}`);
  return found;
}

/** A tone of 440 Hz, amplitude 8000. */
function tone(samples: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / rateHz)));
}

/** A file as a recording makes it: in pieces, the header last. */
async function written(
  extension: string,
  samples: Int16Array,
  rateHz: number,
  options: WriterOptions = {},
): Promise<Uint8Array> {
  const writer = await formatOf(extension).writer?.(rateHz, options);
  assert.ok(writer, `.${extension} is written`);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < samples.length; at += 1000) {
    const piece = samples.subarray(at, at + 1000);
    parts.push(writer.encode(piece, piece.length));
  }
  parts.push(writer.finish?.() ?? new Uint8Array(0));
  const data = Buffer.concat(parts);
  const header = writer.header(data.length);
  writer.dispose?.();
  return new Uint8Array(Buffer.concat([header, data]));
}

async function decoded(extension: string, bytes: Uint8Array) {
  return formatOf(extension).decode(bytes);
}

/** Signal to noise in dB, at the best of the first `maxShift` shifts. */
function similarity(wanted: Int16Array, got: Int16Array, maxShift = 0): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let shift = 0; shift <= maxShift; shift++) {
    let signal = 0;
    let noise = 0;
    for (let i = 800; i + shift < got.length && i < wanted.length - 800; i++) {
      const sample = wanted[i] ?? 0;
      signal += sample ** 2;
      noise += (sample - (got[i + shift] ?? 0)) ** 2;
    }
    best = Math.max(best, 10 * Math.log10(signal / Math.max(1, noise)));
  }
  return best;
}

const cases: readonly [extension: string, rateHz: number, subtype: string | undefined, leastDb: number][] = [
  ['wav', 8000, undefined, 90],
  ['wav', 16_000, 'Pcm16', 90],
  ['wav', 48_000, 'Pcm24', 90],
  ['wav', 8000, 'Pcm8', 30],
  ['wav', 8000, 'A-Law', 30],
  ['wav', 8000, 'Mu-Law', 30],
  ['wav', 8000, 'Gsm', 15],
  ['wav49', 8000, undefined, 15],
  ['au', 8000, undefined, 30],
  ['au', 8000, 'A-Law', 30],
  ['snd', 44_100, 'Pcm16', 90],
  ['gsm', 8000, undefined, 15],
  ['ilbc', 8000, undefined, 6],
  ['ilbc', 8000, 'iLBC20', 6],
  ['raw', 8000, undefined, 90],
  ['sln', 8000, undefined, 90],
  ['sln16', 16_000, undefined, 90],
  ['ul', 8000, undefined, 30],
  ['alaw', 8000, undefined, 30],
];

for (const [extension, rateHz, subtype, leastDb] of cases) {
  test(`.${extension} ${subtype ?? ''} at ${rateHz} Hz comes back as it was written {formats}`, async () => {
    const samples = tone(rateHz / 2, rateHz);
    const file = await written(extension, samples, rateHz, subtype === undefined ? {} : { subtype });
    const back = await decoded(extension, file);
    assert.equal(back.sampleRateHz, rateHz);
    assert.ok(back.samples.length >= samples.length && back.samples.length < samples.length + 330);
    const db = similarity(samples, back.samples, extension === 'ilbc' ? 100 : 0); // iLBC's enhancer looks back
    assert.ok(db > leastDb, `${db} dB`);
  });
}

test('MP3 comes back as it was written, at every rate that streams have {mp3}', async () => {
  for (const rateHz of [8000, 16_000, 48_000]) {
    const samples = tone(rateHz, rateHz);
    const file = await written('mp3', samples, rateHz);
    assert.ok(file.length < (samples.length * 2) / 6, `${file.length} bytes`);
    const back = await decoded('mp3', file);
    assert.equal(back.sampleRateHz, rateHz);
    assert.ok(Math.abs(back.samples.length - samples.length) < 5000, `${back.samples.length} samples`);
    const db = similarity(samples, back.samples, 2400);
    assert.ok(db > 15, `${rateHz} Hz: ${db} dB`);
  }
});

test('stereo is written interleaved and read as the mean of both', async () => {
  const pairs = Int16Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? 1000 : 3000));
  for (const extension of ['wav', 'au']) {
    const file = await written(extension, pairs, 8000, { channels: 2, subtype: 'Pcm16' });
    const { samples } = await decoded(extension, file);
    assert.deepEqual([samples.length, samples[0], samples[999]], [1000, 2000, 2000]);
  }
  const mp3 = await written('mp3', tone(16_000, 16_000), 8000, { channels: 2 });
  assert.ok((await decoded('mp3', mp3)).samples.length > 8000);
});

test('what a format cannot hold is refused with what it can', async () => {
  const refusals: [string, number, WriterOptions, RegExp][] = [
    ['wav', 8000, { subtype: 'Opus' }, /WAV: no subtype Opus; Pcm16, A-Law, Mu-Law/],
    ['wav', 8000, { subtype: 'Gsm', channels: 2 }, /GSM has one channel/],
    ['gsm', 16_000, {}, /8000 Hz only/],
    ['sln16', 8000, {}, /16000 Hz only, not 8000/],
    ['mp3', 96_000, {}, /MP3: no rate of 96000 Hz/],
    ['au', 8000, { subtype: '__proto__' }, /AU: no subtype __proto__/],
  ];
  for (const [extension, rateHz, options, message] of refusals) {
    await assert.rejects(async () => formatOf(extension).writer?.(rateHz, options), { code: 'file.format', message });
  }
});

test('an MP3 file may begin with a tag and have junk between its frames', async () => {
  const file = await written('mp3', tone(8000, 8000), 8000);
  const tag = Uint8Array.of(0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 1, 0x7f, ...new Uint8Array(255).fill(0xff));
  const junk = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) & 0xff);
  const { samples } = await decoded('mp3', new Uint8Array(Buffer.concat([tag, file.subarray(0, 720), junk, file])));
  assert.ok(samples.length > 8000);
  await assert.rejects(decoded('mp3', junk), { code: 'file.format', message: /MP3, byte 0: no frame/ });
});

test('damaged files are refused with the byte where they are wrong', async () => {
  const au = await written('au', tone(100, 8000), 8000);
  const wrong = (at: number, value: number): Uint8Array => {
    const bytes = au.slice();
    new DataView(bytes.buffer).setUint32(at, value);
    return bytes;
  };
  const refusals: [string, Uint8Array, RegExp][] = [
    ['au', au.subarray(0, 20), /AU, byte 20: the file ends inside its header/],
    ['au', wrong(0, 0), /AU, byte 0: no ".snd"/],
    ['au', wrong(4, 1_000_000), /AU, byte 4: the data begin at byte 1000000/],
    ['au', wrong(12, 23), /AU, byte 12: encoding 23/],
    ['au', wrong(16, 1), /AU, byte 16: a sample rate of 1 Hz/],
    ['au', wrong(20, 200), /AU, byte 20: 200 channels/],
    ['gsm', new Uint8Array(66), /GSM, byte 0: no frame begins here/],
    ['wav', Uint8Array.from(Buffer.from('ID3 is no WAV file')), /WAV, byte 0: no "RIFF"/],
  ];
  for (const [extension, bytes, message] of refusals) {
    await assert.rejects(async () => decoded(extension, bytes), { code: 'file.format', message });
  }
});

test('a WAV file longer than 4 GB names its length elsewhere; ours is as long as it is', async () => {
  const plain = await written('wav', tone(800, 8000), 8000);
  const ds64 = Buffer.alloc(36);
  ds64.write('ds64', 0);
  ds64.writeUInt32LE(28, 4);
  ds64.writeBigUInt64LE(5_000_000_000n, 8);
  ds64.writeBigUInt64LE(1000n, 16);
  const file = Buffer.concat([plain.subarray(0, 12), ds64, plain.subarray(12)]);
  file.write('RF64', 0);
  file.writeUInt32LE(0xffffffff, 4);
  file.writeUInt32LE(0xffffffff, file.indexOf('data') + 4);
  assert.equal((await decoded('wav', new Uint8Array(file))).samples.length, 500);
});

test('a file that says 4 GB, or nothing, is as long as it is', async () => {
  const file = await written('wav', tone(800, 8000), 8000);
  for (const size of [0xffffffff, 0xfffffff0, 0]) {
    new DataView(file.buffer).setUint32(40, size, true);
    assert.equal((await decoded('wav', file)).samples.length, 800);
  }
});

test('a small file that would be hours long is refused before it is decoded', async () => {
  const minute = await written('mp3', tone(8000 * 10, 8000), 8000);
  const long = Buffer.concat(Array.from({ length: 40 }, () => minute));
  await assert.rejects(decodeFile(formats, 'bomb.mp3', new Uint8Array(long), 60_000), {
    code: 'file.tooLarge',
    message: /bomb\.mp3: 4\d\d s of audio, the limit is 60 s/,
  });
});

test('prompts of a minute and more are kept at 16 kHz at most; odd rates are rounded', async () => {
  const long = await written('wav', new Int16Array(48_000 * 61), 48_000);
  assert.equal((await decodeFile(formats, 'long.wav', long, 0)).sampleRateHz, 16_000);
  const odd = await written('wav', tone(47_999, 47_999), 47_999);
  const { sampleRateHz, samples } = await decodeFile(formats, 'odd.wav', odd, 0);
  assert.deepEqual([sampleRateHz, samples.byteLength], [48_000, 2 * 47_999]);
});

/** A generator of whole numbers below `limit`, the same each time. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % limit;
  };
}

test('no damaged file does more than be refused, and none grows beyond its kind', { timeout: 60_000 }, async () => {
  const next = numbers(4);
  const kinds: readonly [string, WriterOptions][] = [
    ['wav', {}],
    ['wav', { subtype: 'A-Law', channels: 2 }],
    ['wav', { subtype: 'Gsm' }],
    ['au', {}],
    ['gsm', {}],
    ['ilbc', {}],
    ['mp3', {}],
    ['raw', {}],
  ];
  let refused = 0;
  for (const [extension, options] of kinds) {
    const whole = await written(extension, tone(8000, 8000), 8000, options);
    for (let round = 0; round < (extension === 'mp3' || extension === 'ilbc' ? 25 : 150); round++) {
      const bytes = whole.slice(0, 1 + next(whole.length));
      const places = 1 + next(12);
      for (let i = 0; i < places; i++)
        bytes[next(round % 2 === 0 ? Math.min(64, bytes.length) : bytes.length)] = next(256);
      try {
        const { samples } = await decoded(extension, bytes);
        assert.ok(samples.length <= bytes.length * 80, `${extension}: ${samples.length} of ${bytes.length} bytes`);
      } catch (fault) {
        assert.ok(fault instanceof CodedError, `${extension}: ${String(fault)}`);
        assert.equal(fault.code, 'file.format');
        refused++;
      }
    }
  }
  assert.ok(refused > 20, `${refused} were refused`);
});
