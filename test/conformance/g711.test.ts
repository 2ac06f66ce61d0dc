import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  alawToLinear,
  decodeG711,
  encodeG711,
  encodeSample,
  linearToAlaw,
  linearToUlaw,
  ulawToLinear,
} from '../../core/media/index.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

/** A file of 16-bit little-endian words. */
function words(name: string): Int16Array {
  const bytes = readFileSync(join(root ?? '', 'codec/g711', name));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

test('A-law decodes all codes of the ITU sweep exactly {g711}', { skip }, () => {
  const codes = Uint8Array.from(words('sweep-r.a'), (word) => word & 0xff);
  const expected = words('sweep-r.a-a');
  const decoded = new Int16Array(codes.length);
  decodeG711(alawToLinear, codes, codes.length, decoded);
  assert.deepEqual(decoded, expected);
});

test('A-law encodes every 16-bit sample to the ITU code or, at a decision threshold, to its neighbour {g711}', {
  skip,
}, () => {
  const samples = words('sweep.src');
  const expected = words('sweep-r.a');
  const codes = new Uint8Array(samples.length);
  encodeG711(linearToAlaw, samples, samples.length, codes);
  const step = (code: number): number => ((code ^ 0x55) & 0x80 ? 1 : -1) * (((code ^ 0x55) & 0x7f) + 1);
  let differing = 0;
  for (let i = 0; i < codes.length; i++) {
    const distance = Math.abs(step(codes[i] ?? 0) - step((expected[i] ?? 0) & 0xff));
    if (distance !== 0) differing++;
    assert.ok(distance <= 2, `sample ${samples[i]}: code ${codes[i]}, expected ${(expected[i] ?? 0) & 0xff}`);
  }
  assert.ok(differing <= 256, `${differing} samples differ from the reference`);
});

test('encoding what was decoded gives the same code in both laws {g711}', () => {
  for (let code = 0; code < 256; code++) {
    assert.equal(encodeSample(linearToAlaw, alawToLinear[code] ?? 0), code);
    // µ-law has two zeros; the negative one (0x7f) reads back as the positive.
    if (code !== 0x7f) assert.equal(encodeSample(linearToUlaw, ulawToLinear[code] ?? 0), code);
  }
});
