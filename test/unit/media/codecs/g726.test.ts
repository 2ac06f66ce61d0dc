import assert from 'node:assert/strict';
import { test } from 'node:test';
import { G726Adpcm } from '../../../../core/media/worker/codecs/g726-adpcm.ts';
import { type G726Kbps, g726Rates } from '../../../../core/media/worker/codecs/g726-tables.ts';
import { SlowG726 } from './g726-blocks.ts';

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 2 ** 32;
}

const count = 6000;
const at = (f: (time: number, index: number) => number): Int16Array =>
  Int16Array.from({ length: count }, (_, index) => Math.max(-32768, Math.min(32767, f(index / 8000, index))));
/** 14 bits are coded of each sample. */
const inputs: { readonly [name: string]: Int16Array } = {
  speech: at((t) => {
    const phase = 2 * Math.PI * (130 * t + 4 * Math.sin(2 * Math.PI * t));
    let sum = 400 * (random() - 0.5);
    for (let k = 1; k < 12; k++) sum += (5000 * Math.max(0.01, Math.sin(6 * t)) * Math.sin(k * phase + k * k)) / k;
    return sum;
  }),
  noise: at(() => 65536 * (random() - 0.5)),
  silence: at(() => 0),
  'a modem that changes its tones': at(
    (_t, index) => 12000 * Math.sin((2 * Math.PI * ((index >> 8) & 1 ? 1300 : 2100) * index) / 8000),
  ),
  clipping: at((_t, index) => ((index >> 4) & 1 ? 40000 : -40000)),
};

for (const kbps of [16, 24, 32, 40] as const satisfies readonly G726Kbps[]) {
  test(`G.726 at ${kbps} kbit/s gives codes and samples of the Recommendation's blocks, one by one {g726}`, () => {
    for (const [name, samples] of Object.entries(inputs)) {
      const slowEncoder = new SlowG726(kbps);
      const slowDecoder = new SlowG726(kbps);
      const encoder = new G726Adpcm(g726Rates[kbps]);
      const decoder = new G726Adpcm(g726Rates[kbps]);
      samples.forEach((sample, index) => {
        const code = encoder.encode(sample >> 2);
        assert.equal(code, slowEncoder.step(sample >> 2).code, `${name}, code ${index}`);
        assert.equal(decoder.decode(code), slowDecoder.step(null, code).output, `${name}, sample ${index}`);
      });
    }
  });

  test(`G.726 at ${kbps} kbit/s decodes any codes as the Recommendation's blocks do {g726}`, () => {
    const decoder = new G726Adpcm(g726Rates[kbps]);
    const slow = new SlowG726(kbps);
    for (let index = 0; index < count; index++) {
      const code = Math.floor(random() * 2 ** g726Rates[kbps].bitsPerCode);
      assert.equal(decoder.decode(code), slow.step(null, code).output, `sample ${index}`);
    }
  });
}
