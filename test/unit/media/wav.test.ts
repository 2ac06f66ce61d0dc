import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWav, encodeWav, resample } from '../../../core/media/index.ts';
import { shareAudio } from '../../../core/media/worker/prompt-store.ts';

interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
  /** What the chunk says its size is, where that is not the truth. */
  readonly size?: number;
}

const u16 = (...values: number[]): number[] => values.flatMap((value) => [value & 0xff, (value >> 8) & 0xff]);
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const text = (value: string): number[] => [...Buffer.from(value, 'latin1')];

function wav(chunks: readonly Chunk[]): Uint8Array {
  const body = chunks.flatMap(({ name, data, size }) => [
    ...text(name),
    ...u32(size ?? data.length),
    ...data,
    ...(data.length % 2 === 1 ? [0] : []),
  ]);
  return Uint8Array.from([...text('RIFF'), ...u32(4 + body.length), ...text('WAVE'), ...body]);
}

const format = (code: number, channels: number, rate: number, bits: number): Chunk => ({
  name: 'fmt ',
  data: Uint8Array.from([
    ...u16(code, channels),
    ...u32(rate),
    ...u32((rate * channels * bits) / 8),
    ...u16((channels * bits) / 8, bits),
  ]),
});
const data = (values: readonly number[], size?: number): Chunk => ({
  name: 'data',
  data: Uint8Array.from(values),
  ...(size === undefined ? {} : { size }),
});

test('what was written is read back {wav}', () => {
  const samples = Int16Array.of(0, 1, -1, 32767, -32768);
  assert.deepEqual(decodeWav(encodeWav({ sampleRateHz: 16_000, samples })), { sampleRateHz: 16_000, samples });
});

test('PCM of 8, 16, 24 and 32 bits, both laws, and stereo averaged', () => {
  const cases: [Chunk, number[], number[]][] = [
    [format(1, 1, 8000, 8), [128, 255, 0], [0, 32512, -32768]],
    [format(1, 1, 8000, 16), u16(5, 0xffff), [5, -1]],
    [format(1, 1, 8000, 24), [0xff, ...u16(7), 0, ...u16(0xfffe)], [7, -2]],
    [format(1, 1, 8000, 32), [1, 2, ...u16(9)], [9]],
    [format(6, 1, 8000, 8), [0xd5, 0x55], [8, -8]],
    [format(7, 1, 8000, 8), [0xff, 0x80, 0x00], [0, 32124, -32124]],
    [format(1, 2, 8000, 16), u16(10, 20, 0xfff6, 0), [15, -5]],
  ];
  for (const [header, values, expected] of cases) {
    assert.deepEqual([...decodeWav(wav([header, data(values)])).samples], expected);
  }
});

test('an extensible format is what its sub-format says', () => {
  const plain = format(0xfffe, 1, 8000, 16).data;
  const guid = [...u16(1), 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
  const extensible = { name: 'fmt ', data: Uint8Array.from([...plain, ...u16(22, 16), ...u32(4), ...guid]) };
  assert.deepEqual([...decodeWav(wav([extensible, data(u16(3, 4))])).samples], [3, 4]);
});

test('corner case 115: other chunks are skipped, odd ones with their padding', () => {
  const list = { name: 'LIST', data: Uint8Array.of(1, 2, 3) };
  assert.deepEqual([...decodeWav(wav([list, format(1, 1, 8000, 16), list, data(u16(3))])).samples], [3]);
});

test('a file that was cut off or never got its length is read as far as it goes', () => {
  const header = format(1, 1, 8000, 16);
  for (const size of [0xffff_ffff, 1000]) {
    const file = wav([header, data([...u16(3, 4), 9], size)]).subarray(0, -1); // without the padding
    assert.deepEqual([...decodeWav(file).samples], [3, 4]);
  }
});

test('a damaged file is refused with the byte where it is wrong', () => {
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /WAV, byte 0: the file ends inside the RIFF header/],
    [Uint8Array.from(text('OggS........')), /byte 0: no "RIFF"/],
    [Uint8Array.from(text('RIFF....AVI ')), /byte 8: no "WAVE"/],
    [wav([]), /byte 12: no format chunk/],
    [wav([format(1, 1, 8000, 16)]), /byte 36: no data chunk/],
    [wav([data([1, 2])]), /byte 12: the data chunk comes before/],
    [wav([{ name: 'fmt ', data: new Uint8Array(14) }, data([])]), /byte 16: a format chunk of 14 bytes/],
    [wav([format(85, 1, 8000, 16), data([])]), /byte 20: audio format 85/],
    [wav([format(1, 0, 8000, 16), data([])]), /byte 22: 0 channels/],
    [wav([format(1, 1, 0, 16), data([])]), /byte 24: a sample rate of 0 Hz/],
    [wav([format(1, 1, 8000, 12), data([])]), /byte 34: 12 bits/],
    [wav([format(1, 1, 8000, 16)]).subarray(0, 30), /byte 30: the file ends inside the format chunk/],
  ];
  for (const [file, message] of cases) assert.throws(() => decodeWav(file), { code: 'file.format', message });
});

test('no bytes at all make the reader fail in another way', () => {
  const good = wav([format(1, 2, 8000, 16), data(u16(1, 2, 3, 4))]);
  for (let at = 0; at < good.length; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const bad = Uint8Array.from(good);
      bad[at] = value;
      try {
        decodeWav(bad.subarray(0, good.length - (value & 3)));
      } catch (fault) {
        assert.equal((fault as { code?: string }).code, 'file.format');
      }
    }
  }
});

test('a sine keeps its pitch and level at another rate', () => {
  for (const [from, to] of [
    [8000, 16_000],
    [16_000, 8000],
    [44_100, 16_000],
    [11_025, 16_000],
    [48_000, 8000],
  ] as const) {
    const sine = Int16Array.from({ length: from / 2 }, (_, i) =>
      Math.round(10_000 * Math.sin((2 * Math.PI * 440 * i) / from)),
    );
    const out = resample(sine, from, to);
    assert.ok(Math.abs(out.length - to / 2) <= 2, `${from} to ${to}: ${out.length} samples`);
    const [power, wanted] = goertzel(out.subarray(200, 200 + to / 4), 440, to);
    assert.ok(Math.abs(wanted - 10_000) < 300, `${from} to ${to}: level ${wanted}`);
    assert.ok(wanted ** 2 / 2 / power > 0.99, `${from} to ${to}: nothing but the sine`);
  }
});

test('what the lower rate cannot carry does not come back as something else', () => {
  const high = Int16Array.from({ length: 16_000 }, (_, i) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * 6000 * i) / 16_000)),
  );
  const out = resample(high, 16_000, 8000).subarray(100, 6100);
  const level = Math.sqrt(out.reduce((sum, sample) => sum + sample * sample, 0) / out.length);
  assert.ok(level < 100, `${level}`);
});

test('a prompt of an odd rate is kept at the next rate that fits into 20 ms', () => {
  const shared = shareAudio({ sampleRateHz: 11_025, samples: new Int16Array(11_025) });
  assert.equal(shared.sampleRateHz, 16_000);
  assert.ok(Math.abs(shared.samples.byteLength / 2 - 16_000) <= 2);
  assert.ok(Math.abs(shared.pcmu.byteLength - 8000) <= 2);
});

/** Mean power of all, and amplitude of one frequency. */
function goertzel(samples: Int16Array, frequencyHz: number, rateHz: number): [power: number, amplitude: number] {
  let re = 0;
  let im = 0;
  let power = 0;
  samples.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * frequencyHz * i) / rateHz);
    im += sample * Math.sin((2 * Math.PI * frequencyHz * i) / rateHz);
    power += sample * sample;
  });
  return [power / samples.length, (2 * Math.hypot(re, im)) / samples.length];
}
