import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs as g722 } from '../../../../core/media/worker/codecs/g722.ts';
import { codecs as g726 } from '../../../../core/media/worker/codecs/g726.ts';
import {
  decodeGsmFrame,
  decodeGsmPair,
  encodeGsmFrame,
  encodeGsmPair,
  GsmDecoderState,
  GsmEncoderState,
  codecs as gsm,
} from '../../../../core/media/worker/codecs/gsm.ts';
import { codecs as l16 } from '../../../../core/media/worker/codecs/l16.ts';
import type { Codec, CodecRecord } from '../../../../core/media/worker/records.ts';

const records = [...g722, ...g726, ...gsm, ...l16];

/** Frame `index` of something like a voice: a tone that sways, with harmonics. */
function voice(index: number, { sampleRateHz }: CodecRecord): Int16Array {
  const count = sampleRateHz / 50;
  return Int16Array.from({ length: count }, (_, i) => {
    const time = (index * count + i) / sampleRateHz;
    const phase = 2 * Math.PI * (180 * time + 5 * Math.sin(2 * Math.PI * time));
    return Math.round(6000 * (0.6 + 0.4 * Math.sin(9 * time)) * (Math.sin(phase) + 0.4 * Math.sin(3 * phase)));
  });
}

/** A byte for each place, the same in every run. */
const noise = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed * 977, 2_654_435_761) >>> 13) & 0xff);

/** Encodes and decodes one frame; both results as text. */
function step(codec: Codec, record: CodecRecord, index: number): string {
  const samples = voice(index, record);
  const payload = new Uint8Array(record.maxFrameBytes);
  const bytes = codec.encode(samples, samples.length, payload);
  assert.equal(bytes, record.maxFrameBytes);
  const decoded = new Int16Array(samples.length);
  assert.equal(codec.decode(payload, bytes, decoded), samples.length);
  return `${payload.join()} ${decoded.join()}`;
}

/** How much louder the voice is than what the codec did to it, dB, at the best delay up to `most` samples. */
function signalToNoise(record: CodecRecord, most: number): number {
  const codec = record.create();
  const sent: number[] = [];
  const heard: number[] = [];
  for (let i = 0; i < 25; i++) {
    const samples = voice(i, record);
    const payload = new Uint8Array(record.maxFrameBytes);
    const decoded = new Int16Array(samples.length);
    codec.decode(payload, codec.encode(samples, samples.length, payload), decoded);
    sent.push(...samples);
    heard.push(...decoded);
  }
  let best = -Infinity;
  for (let delay = 0; delay <= most; delay++) {
    let signal = 0;
    let error = 0;
    for (let i = delay; i < sent.length; i++) {
      signal += (sent[i - delay] ?? 0) ** 2;
      error += ((sent[i - delay] ?? 0) - (heard[i] ?? 0)) ** 2;
    }
    best = Math.max(best, 10 * Math.log10(signal / Math.max(error, 1e-9)));
  }
  return best;
}

const atLeast: Record<string, number> = { G722: 25, 'G726-16': 8, 'G726-24': 15, 'G726-32': 22, 'G726-40': 27, GSM: 8 };

for (const record of [...g722, ...g726, ...gsm]) {
  const name = `${record.name}/${record.clockRateHz}`;
  test(`${name} sounds as good as its kind does`, () => {
    const most = record.name === 'G722' ? 30 : 0;
    const least = atLeast[record.name.replace('AAL2-', '')] ?? 0;
    const found = signalToNoise(record, most);
    assert.ok(found >= least, `${found.toFixed(1)} dB`);
  });
  test(`${name} goes on exactly where another worker's copy left off`, () => {
    const stays = record.create();
    const leaves = record.create();
    for (let i = 0; i < 5; i++) assert.equal(step(leaves, record, i), step(stays, record, i));
    const comes = record.create();
    comes.restore?.(JSON.parse(JSON.stringify(leaves.snapshot?.())));
    for (let i = 5; i < 10; i++) assert.equal(step(comes, record, i), step(stays, record, i));
  });
  test(`${name} takes a snapshot that is none without harm`, () => {
    const codec = record.create();
    for (const state of [null, 5, 'x', {}, { encoder: [1], decoder: {} }, { encode: { low: [NaN] } }])
      codec.restore?.(state);
    assert.equal(step(codec, record, 0), step(record.create(), record, 0));
  });
}

for (const record of records) {
  test(`${record.name}/${record.clockRateHz} survives payloads of any length and any bytes`, () => {
    const codec = record.create();
    const frame = new Int16Array(record.sampleRateHz / 50);
    const long = new Int16Array(record.sampleRateHz / 5);
    for (let length = 0; length < 200; length++) {
      const payload = noise(length, length);
      assert.ok(codec.decode(payload, length, frame) <= frame.length);
      assert.ok(codec.decode(payload, length + 50, long) <= long.length);
    }
    for (const byte of [0x00, 0xff, 0xd0, 0x80]) {
      for (let i = 0; i < 50; i++)
        codec.decode(new Uint8Array(record.maxFrameBytes).fill(byte), record.maxFrameBytes, frame);
    }
    // And works as before.
    step(codec, record, 0);
  });
}

test('G.726 packs the first code low, under the AAL2 names high {g726}', () => {
  const samples = voice(0, { ...(g726[0] as CodecRecord) });
  for (const kbps of [16, 24, 32, 40]) {
    const bytesOf = (name: string): Uint8Array => {
      const record = g726.find((each) => each.name === name);
      assert.ok(record);
      const payload = new Uint8Array(record.maxFrameBytes);
      assert.equal(record.create().encode(samples, 160, payload), kbps * 2.5);
      return payload;
    };
    const width = kbps / 8;
    const low = bytesOf(`G726-${kbps}`);
    const high = bytesOf(`AAL2-G726-${kbps}`);
    const bit = (bytes: Uint8Array, place: number, first: 'low' | 'high'): number =>
      ((bytes[place >> 3] ?? 0) >> (first === 'low' ? place & 7 : 7 - (place & 7))) & 1;
    for (let code = 0; code < 160; code++) {
      for (let i = 0; i < width; i++) {
        assert.equal(bit(low, code * width + i, 'low'), bit(high, code * width + width - 1 - i, 'high'));
      }
    }
  }
});

test('GSM frames of RTP begin with the signature; pairs of a WAV file carry the same sound in 65 bytes {gsm}', () => {
  const record = gsm[0] as CodecRecord;
  const samples = Int16Array.of(...voice(0, record), ...voice(1, record));
  const frames = new Uint8Array(66);
  const encoder = new GsmEncoderState();
  encodeGsmFrame(encoder, samples, 0, frames, 0);
  encodeGsmFrame(encoder, samples, 160, frames, 33);
  assert.equal((frames[0] ?? 0) >> 4, 0xd);
  assert.equal((frames[33] ?? 0) >> 4, 0xd);
  const pair = new Uint8Array(65);
  encodeGsmPair(new GsmEncoderState(), samples, 0, pair, 0);
  const fromFrames = new Int16Array(320);
  const fromPair = new Int16Array(320);
  const decoder = new GsmDecoderState();
  assert.equal(decodeGsmFrame(decoder, frames, 0, fromFrames, 0), true);
  assert.equal(decodeGsmFrame(decoder, frames, 33, fromFrames, 160), true);
  decodeGsmPair(new GsmDecoderState(), pair, 0, fromPair, 0);
  assert.deepEqual(fromPair, fromFrames);
  assert.equal(decodeGsmFrame(decoder, new Uint8Array(33), 0, fromFrames, 0), false);
});

test('L16 is big-endian {l16}', () => {
  const record = l16[0] as CodecRecord;
  const payload = new Uint8Array(4);
  assert.equal(record.create().encode(Int16Array.of(0x1234, -2), 2, payload), 4);
  assert.deepEqual([...payload], [0x12, 0x34, 0xff, 0xfe]);
});
