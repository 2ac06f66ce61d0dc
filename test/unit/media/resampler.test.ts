import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler } from '../../../core/media/worker/resampler.ts';

const pairs = [
  [8000, 16000],
  [8000, 48000],
  [16000, 48000],
  [8000, 24000],
  [24000, 48000],
  [44100, 8000],
  [44100, 16000],
  [44100, 48000],
] as const;

const amplitude = 16000;
const decibels = (ratio: number): number => 20 * Math.log10(ratio);

function sine(hz: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: rateHz * 0.3 }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz));
}

/** 20 ms at a time. */
function converted(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  const resampler = new Resampler(fromHz, toHz);
  const out = new Int16Array(Math.ceil((samples.length * toHz) / fromHz) + 1);
  const frame = fromHz / 50;
  let written = 0;
  for (let at = 0; at < samples.length; at += frame) {
    written += resampler.process(samples, at, Math.min(frame, samples.length - at), out, written);
  }
  return out.subarray(0, written);
}

/** Amplitude at `hz` in the middle of `samples`. */
function levelAt(samples: Int16Array, hz: number, rateHz: number): number {
  const from = Math.floor(samples.length / 5);
  const count = Math.floor(samples.length * 0.6);
  let real = 0;
  let imaginary = 0;
  let weights = 0;
  for (let i = 0; i < count; i++) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / count);
    const sample = weight * (samples[from + i] ?? 0);
    weights += weight;
    real += sample * Math.cos((2 * Math.PI * hz * i) / rateHz);
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / rateHz);
  }
  return (2 * Math.hypot(real, imaginary)) / weights;
}

function peak(samples: Int16Array): number {
  return samples.subarray(samples.length / 5, samples.length * 0.8).reduce((most, s) => Math.max(most, Math.abs(s)), 0);
}

for (const [low, high] of pairs) {
  for (const [fromHz, toHz] of [
    [low, high],
    [high, low],
  ] as const) {
    const nyquist = Math.min(fromHz, toHz) / 2;
    test(`${fromHz} to ${toHz} Hz: flat within 0.1 dB to 85 % of the band, 3 dB down at 95 % at most {mixer}`, () => {
      for (const part of [0.05, 0.25, 0.5, 0.7, 0.8, 0.85, 0.95]) {
        const hz = nyquist * part;
        const gain = decibels(levelAt(converted(sine(hz, fromHz), fromHz, toHz), hz, toHz) / amplitude);
        assert.ok(gain < 0.1 && gain > (part > 0.9 ? -3 : -0.1), `${hz} Hz: ${gain.toFixed(2)} dB`);
      }
    });

    test(`${fromHz} to ${toHz} Hz: what has no place in the band is 60 dB down {mixer}`, () => {
      if (fromHz > toHz) {
        for (const part of [1.15, 1.3, 1.7, 2.3]) {
          if (nyquist * part >= fromHz / 2) continue;
          const alias = peak(converted(sine(nyquist * part, fromHz), fromHz, toHz));
          assert.ok(decibels(Math.max(1, alias) / amplitude) < -60, `${nyquist * part} Hz: ${alias}`);
        }
        return;
      }
      for (const part of [0.1, 0.5, 0.8, 0.85]) {
        const hz = nyquist * part;
        const out = converted(sine(hz, fromHz), fromHz, toHz);
        for (const image of [fromHz - hz, fromHz + hz, 2 * fromHz - hz, 2 * fromHz + hz]) {
          if (image >= toHz / 2) continue;
          assert.ok(decibels(levelAt(out, image, toHz) / amplitude) < -60, `image of ${hz} Hz at ${image} Hz`);
        }
      }
    });
  }
}

test('An impulse comes 16 samples of the lower rate later, and what is around it is even', () => {
  for (const [fromHz, toHz] of [
    [8000, 16000],
    [16000, 8000],
    [8000, 48000],
    [48000, 16000],
  ] as const) {
    const samples = new Int16Array(fromHz / 10);
    samples[fromHz / 20] = 20000;
    const out = converted(samples, fromHz, toHz);
    const place = toHz / 20 + (16 * toHz) / Math.min(fromHz, toHz);
    const most = out.reduce((best, value, at) => (Math.abs(value) > Math.abs(out[best] ?? 0) ? at : best), 0);
    assert.equal(most, place);
    for (let i = 1; i < toHz / 500; i++) {
      assert.ok(Math.abs((out[place - i] ?? 0) - (out[place + i] ?? 0)) <= 1, `${fromHz} to ${toHz} Hz, ${i}`);
    }
  }
});

test('The size of the pieces changes nothing, and a follower goes on to the sample', () => {
  for (const [fromHz, toHz] of [
    [8000, 48000],
    [48000, 8000],
    [44100, 8000],
  ] as const) {
    const samples = sine(440, fromHz);
    const whole = converted(samples, fromHz, toHz);
    const out = new Int16Array(whole.length + 8);
    let resampler = new Resampler(fromHz, toHz);
    let written = 0;
    let size = 1;
    for (let at = 0; at < samples.length; at += size, size = (size * 7 + 3) % 4001) {
      size = Math.min(Math.max(1, size), samples.length - at);
      written += resampler.process(samples, at, size, out, written);
      const next = new Resampler(fromHz, toHz);
      next.follow(resampler);
      resampler = next;
    }
    assert.deepEqual(out.subarray(0, written), whole);
  }
});

test('Loud samples saturate instead of wrapping round', () => {
  const samples = Int16Array.from({ length: 800 }, (_, i) => ((i >> 3) & 1 ? 32767 : -32768));
  const out = converted(samples, 8000, 16000);
  for (let i = 1; i < out.length; i++) assert.ok(Math.abs((out[i] ?? 0) - (out[i - 1] ?? 0)) < 60000);
});
