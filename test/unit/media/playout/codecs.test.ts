import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JitterBuffer, type JitterDecoder } from '../../../../core/media/worker/jitter-buffer.ts';
import type { Codec } from '../../../../core/media/worker/records.ts';
import { Resampler } from '../../../../core/media/worker/resampler.ts';
import { adaptive, pcmu } from './simulate.ts';

/** A codec whose payload is one sample (big-endian) that stands for the whole frame, and the one before it (FEC). */
function level(samplesAFrame: number, extra: Partial<Codec> = {}): Codec {
  return {
    encode: () => 0,
    decode(payload, _length, samples) {
      samples.fill(((payload[0] ?? 0) << 8) | (payload[1] ?? 0), 0, samplesAFrame);
      return samplesAFrame;
    },
    ...extra,
  };
}

function bufferOf(decoder: JitterDecoder, sampleRateHz: number): JitterBuffer {
  return new JitterBuffer({ playout: adaptive, longestBytes: 640, sampleRateHz, decoders: [decoder, pcmu] });
}

/** Packets of 20 ms, one before each tick, but those that are lost; returns the last sample of each frame. */
function play(buffer: JitterBuffer, units: number, samples: number, ticks: number, lost: readonly number[]): number[] {
  const out = new Int16Array(samples);
  return Array.from({ length: ticks }, (_, tick) => {
    const value = 1000 + tick;
    const payload = Uint8Array.of(value >> 8, value & 0xff, (value - 1) >> 8, (value - 1) & 0xff);
    if (!lost.includes(tick)) buffer.push(tick, tick * units, payload, 0, 4, 0);
    return buffer.pull(out, samples) ? (out[samples - 1] ?? 0) : 0;
  });
}

test('a codec that can tell of the frame before a lost one is asked, and nothing counts as concealed {concealment}', () => {
  const recover: Codec['recover'] = (next, _length, samples, count) => {
    samples.fill(((next[2] ?? 0) << 8) | (next[3] ?? 0), 0, count);
    return count;
  };
  const codec = level(320, { recover });
  const buffer = bufferOf({ codec, clockRateHz: 16_000, sampleRateHz: 16_000, table: null, resampler: null }, 16_000);
  const heard = play(buffer, 320, 320, 12, [5]);
  assert.deepEqual(heard.slice(1), [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010]);
  assert.equal(buffer.concealedMs, 0);
});

test("a codec's own concealment is used where it has one, at the stream's rate {concealment}", () => {
  const conceal: Codec['conceal'] = (samples, count) => {
    samples.fill(77, 0, count);
  };
  const codec = level(960, { conceal });
  const resampler = new Resampler(48_000, 8000);
  const buffer = bufferOf({ codec, clockRateHz: 48_000, sampleRateHz: 48_000, table: null, resampler }, 8000);
  const heard = play(buffer, 960, 160, 12, [5, 6]);
  assert.equal(buffer.concealedMs, 40);
  assert.ok(
    heard.slice(6, 8).every((sample) => Math.abs(sample - 77) < 3),
    heard.join(' '),
  );
  assert.ok(Math.abs((heard[9] ?? 0) - 1008) < 3);
});

for (const [sampleRateHz, clockRateHz] of [
  [16_000, 8000],
  [32_000, 32_000],
  [48_000, 48_000],
  [8000, 48_000],
] as const) {
  test(`${sampleRateHz} Hz with a clock of ${clockRateHz}: late packets lengthen it, a quiet network shortens it again`, () => {
    const count = sampleRateHz / 50;
    const units = clockRateHz / 50;
    let at = 0;
    const codec: Codec = {
      encode: () => 0,
      decode(_payload, _length, samples) {
        for (let i = 0; i < count; i++)
          samples[i] = Math.round(9000 * Math.sin((2 * Math.PI * 150 * at++) / sampleRateHz));
        return count;
      },
    };
    const buffer = bufferOf({ codec, clockRateHz, sampleRateHz, table: null, resampler: null }, sampleRateHz);
    const out = new Int16Array(count);
    let [heard, step, last] = [0, 0, 0];
    for (let tick = 0; tick < 1000; tick++) {
      // Four packets are held back, once.
      const first = tick === 100 ? 97 : tick;
      for (let packet = first; packet <= tick && !(tick >= 97 && tick < 100); packet++) {
        buffer.push(packet, packet * units, Uint8Array.of(1, 2), 0, 2, 0);
      }
      if (buffer.pull(out, count)) heard++;
      for (const sample of out) {
        step = Math.max(step, Math.abs(sample - last));
        last = sample;
      }
      if (tick === 101) assert.ok(buffer.delayMs >= 60, `${buffer.delayMs} ms`);
    }
    assert.ok(heard >= 998);
    assert.ok(buffer.delayMs < 36, `${buffer.delayMs} ms`);
    assert.ok(buffer.stretchedMs > 20);
    assert.equal(buffer.droppedMs, 0);
    const largest = (9000 * 2 * Math.PI * 150) / sampleRateHz;
    assert.ok(step < 3 * largest, `${step}, of the tone alone ${largest}`);
  });
}

test('another codec of the same clock goes on in time; silence of the sender and keys conceal nothing for long', () => {
  const codec = level(160);
  const buffer = bufferOf({ codec, clockRateHz: 8000, sampleRateHz: 8000, table: null, resampler: null }, 8000);
  const out = new Int16Array(160);
  const ulaw = new Uint8Array(160).fill(0x80);
  const push = (tick: number): void => {
    if (tick < 50) buffer.push(tick, tick * 160, Uint8Array.of(3, 232), 0, 2, 0);
    else if (tick < 100) buffer.push(tick, tick * 160, ulaw, 0, 160, 1);
    else if (tick < 120) buffer.push(tick, 100 * 160, ulaw, 0, 0, -1);
    else buffer.push(tick, tick * 160, ulaw, 0, 160, 1);
  };
  const heard = Array.from({ length: 150 }, (_, tick) => {
    push(tick);
    return buffer.pull(out, 160);
  });
  assert.ok(heard.slice(1, 100).every(Boolean), 'not a frame is missing where the codec changes');
  assert.equal(buffer.concealedMs, 0);
  assert.ok(
    heard.slice(102, 120).every((is) => !is),
    'a key is silence',
  );
  assert.ok(heard.slice(122).every(Boolean));
});
