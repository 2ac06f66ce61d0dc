import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComfortNoise, encodeComfortNoise } from '../../../core/media/worker/comfort-noise.ts';

const rms = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);

/** Steady noise of a description. */
function noiseOf(description: Uint8Array, count: number): Int16Array {
  const noise = new ComfortNoise();
  noise.update(description, 0, description.length);
  noise.reset();
  const out = new Int16Array(count);
  noise.generate(out, count);
  return out;
}

test('a level is played as loud as it says {comfort-noise}', () => {
  for (const level of [20, 40, 60]) {
    const found = -20 * Math.log10(rms(noiseOf(Uint8Array.of(level), 16_000)) / 32768);
    assert.ok(Math.abs(found - level) < 0.5, `${found} for ${level}`);
  }
  assert.equal(rms(noiseOf(Uint8Array.of(127), 160)), 0);
});

test('noise that is described and made anew has its level and its colour {comfort-noise}', () => {
  // Noise with its energy low: what a room sounds like.
  let state = 0;
  const room = noiseOf(Uint8Array.of(30), 16_000).map((sample) => {
    state = 0.9 * state + sample;
    return Math.round(state);
  });
  const description = new Uint8Array(11);
  assert.equal(encodeComfortNoise(room, 4000, description), 11);
  const made = noiseOf(description, 16_000);
  assert.ok(Math.abs(20 * Math.log10(rms(made) / rms(room))) < 1.5);
  const neighbours = (samples: Int16Array): number =>
    samples.slice(1).reduce((sum, each, i) => sum + each * (samples[i] ?? 0), 0) / (rms(samples) ** 2 * samples.length);
  assert.ok(Math.abs(neighbours(made) - neighbours(room)) < 0.05, `${neighbours(made)} ${neighbours(room)}`);
});

test('silence is level 127, full scale level 0, and little room means fewer coefficients {comfort-noise}', () => {
  const description = new Uint8Array(11);
  encodeComfortNoise(new Int16Array(160), 160, description);
  assert.equal(description[0], 127);
  encodeComfortNoise(
    Int16Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? 32767 : -32768)),
    160,
    description,
  );
  assert.equal(description[0], 0);
  assert.equal(encodeComfortNoise(new Int16Array(160), 160, new Uint8Array(1)), 1);
  assert.equal(encodeComfortNoise(new Int16Array(160), 160, new Uint8Array(0)), 0);
});

test('any description gives finite noise, and a change of level has no step {comfort-noise}', () => {
  for (let byte = 0; byte < 256; byte += 5) {
    const noise = noiseOf(new Uint8Array(40).fill(byte), 800);
    assert.ok(noise.every((sample) => Number.isInteger(sample)));
  }
  const noise = new ComfortNoise();
  noise.update(Uint8Array.of(127), 0, 1);
  noise.update(Uint8Array.of(20), 0, 1);
  const out = new Int16Array(8);
  noise.generate(out, 8);
  assert.ok(rms(out) < 500);
});

test('noise goes on exactly where another worker left it {comfort-noise}', () => {
  const stays = new ComfortNoise();
  stays.update(Uint8Array.of(30, 60, 140), 0, 3);
  stays.generate(new Int16Array(100), 100);
  const comes = new ComfortNoise();
  comes.restore(JSON.parse(JSON.stringify(stays.state())));
  const [a, b] = [new Int16Array(100), new Int16Array(100)];
  stays.generate(a, 100);
  comes.generate(b, 100);
  assert.deepEqual(a, b);
});
