import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeG711, encodeG711 } from '../../support/g711.ts';
import { chord, clicks, frameSamples, levelAt, loudness, silence, spectrum, tone } from '../../support/tones.ts';

test("G.711 codes and values are the recommendation's", () => {
  const value = (law: 'PCMU' | 'PCMA', code: number): number => {
    const samples = new Int16Array(1);
    decodeG711(law, Uint8Array.of(code), samples);
    return samples[0] ?? 0;
  };
  assert.deepEqual(
    [0xff, 0x7f, 0x80, 0x00].map((code) => value('PCMU', code)),
    [0, 0, 32124, -32124],
  );
  assert.deepEqual(
    [0xd5, 0x55, 0xaa, 0x2a].map((code) => value('PCMA', code)),
    [8, -8, 32256, -32256],
  );
  assert.deepEqual([...encodeG711('PCMU', Int16Array.of(32767, -32768))], [0x80, 0x00]);
  assert.deepEqual([...encodeG711('PCMA', Int16Array.of(32767, -32768))], [0xaa, 0x2a]);
});

test('a decoded code encodes to itself', () => {
  for (const law of ['PCMU', 'PCMA'] as const) {
    for (let code = 0; code < 256; code++) {
      const samples = new Int16Array(1);
      decodeG711(law, Uint8Array.of(code), samples);
      const again = new Int16Array(1);
      decodeG711(law, encodeG711(law, samples), again);
      assert.equal(again[0], samples[0]);
    }
  }
});

test('a tone has its level at its frequency and nothing elsewhere', () => {
  const { samples } = tone(440);
  assert.equal(samples.length % frameSamples, 0);
  assert.ok(Math.abs(levelAt(samples, 440) - 8000) < 20);
  assert.ok(levelAt(samples, 660) < 20);
  assert.ok(Math.abs(loudness(samples) - 8000 / Math.SQRT2) < 20);
});

test('a repeated signal joins without a step', () => {
  for (const hz of [300, 440, 523, 1000]) {
    const { samples } = tone(hz);
    const twice = new Int16Array(samples.length * 2);
    twice.set(samples);
    twice.set(samples, samples.length);
    assert.equal(clicks(twice, 7000), 0);
  }
});

test('a chord is told apart, silence is silent, a broken edge is a click', () => {
  const { samples } = chord([400, 700, 1000]);
  assert.deepEqual(
    spectrum(samples, 3)
      .map(({ hz }) => hz)
      .sort((a, b) => a - b),
    [400, 700, 1000],
  );
  assert.equal(loudness(silence.samples), 0);
  assert.equal(clicks(Int16Array.of(0, 0, 20_000, 0)), 2);
});
