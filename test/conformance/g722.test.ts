/** ITU-T G.722, Appendix II: the sequences drive the band coders, without the filters. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { G722Band } from '../../core/media/worker/codecs/g722-band.ts';
import { higherBand, lowerBand } from '../../core/media/worker/codecs/g722-tables.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const folder = join(root ?? '', 'codec/g722');
const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

/** 16-bit big-endian words. */
function words(name: string): number[] {
  const bytes = readFileSync(join(folder, name));
  return Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16BE(index * 2));
}

const sample = new Int32Array(1);
const code = new Uint8Array(1);

/** Bit 0 of an input word asks for a reset; the answer's bit 0 says that there was one. */
function answers(inputs: readonly number[], bands: readonly G722Band[], step: (word: number) => number): number[] {
  return inputs.map((word) => {
    if ((word & 1) === 0) return step(word);
    for (const band of bands) band.reset();
    return 1;
  });
}

function encodeAll(inputs: readonly number[]): number[] {
  const low = new G722Band(lowerBand[1]);
  const high = new G722Band(higherBand);
  return answers(inputs, [low, high], (word) => {
    sample[0] = word >> 1;
    high.encode(sample, code, 1);
    const upper = (code[0] as number) << 6;
    low.encode(sample, code, 1);
    return ((upper | (code[0] as number)) << 24) >> 16;
  });
}

function decodeAll(inputs: readonly number[], band: G722Band, codeOf: (word: number) => number): number[] {
  return answers(inputs, [band], (word) => {
    code[0] = codeOf(word);
    band.decode(code, sample, 1);
    return (sample[0] as number) << 1;
  });
}

for (const [input, expected] of [
  ['bt1c1.xmt', 'bt2r1.cod'],
  ['bt1c2.xmt', 'bt2r2.cod'],
] as const) {
  test(`G.722's band coders make ${expected} of ${input} {g722}`, { skip }, () => {
    assert.deepEqual(encodeAll(words(input)), words(expected));
  });
}

for (const [input, set] of [
  ['bt2r1.cod', 1],
  ['bt2r2.cod', 2],
  ['bt1d3.cod', 3],
] as const) {
  test(`G.722's higher band decodes ${input} exactly {g722}`, { skip }, () => {
    const decoded = decodeAll(words(input), new G722Band(higherBand), (word) => (word >> 14) & 3);
    assert.deepEqual(decoded, words(`bt3h${set}.rc0`));
  });
  for (const mode of [1, 2, 3] as const) {
    const expected = `bt3l${set}.rc${mode}`;
    if (root !== undefined && !existsSync(join(folder, expected))) continue;
    test(`G.722's lower band decodes ${input} in mode ${mode} exactly {g722}`, { skip }, () => {
      const decoded = decodeAll(words(input), new G722Band(lowerBand[mode]), (word) => (word >> 8) & 0x3f);
      assert.deepEqual(decoded, words(expected));
    });
  }
}
