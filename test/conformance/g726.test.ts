/** The ITU's test sequences for G.726 at 32 kbit/s; other rates' are read where they are there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  alawToLinear,
  encodeSample,
  linearToAlaw,
  linearToUlaw,
  ulawToLinear,
} from '../../core/media/worker/codecs/g711.ts';
import { G726Adpcm } from '../../core/media/worker/codecs/g726-adpcm.ts';
import { type G726Kbps, g726Rates } from '../../core/media/worker/codecs/g726-tables.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const folder = join(root ?? '', 'codec/g726');
const skip = root === undefined ? 'CALLBUS_CONFORMANCE is not set' : false;

type Law = 'a' | 'm';

/** 16-bit little-endian words. */
function words(name: string): Int16Array {
  const bytes = readFileSync(join(folder, name));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** A homing sequence has 3496 words; the file's last block is filled up with what is no code. */
const homingWords = 3496;

function expand(law: Law, code: number): number {
  return (law === 'a' ? (alawToLinear[code] as number) : (ulawToLinear[code] as number)) >> 2;
}

/**
 * Block COMPRESS. A negative A-law sample is folded by its complement, a negative µ-law one by its
 * sign: so the Recommendation's two tables have it.
 */
function compress(law: Law, sample: number): number {
  return law === 'a'
    ? encodeSample(linearToAlaw, sample)
    : encodeSample(linearToUlaw, sample < 0 ? Math.max(sample - 1, -32768) : sample);
}

/** Section 4.2.8: one step of the law towards what the encoder had. */
function nextLower(law: Law, code: number): number {
  if (law === 'm') return code & 0x80 ? (code === 0xff ? 0x7e : code + 1) : code === 0 ? 0 : code - 1;
  if (code & 0x80) return code === 0xd5 ? 0x55 : ((code ^ 0x55) - 1) ^ 0x55;
  return code === 0x2a ? 0x2a : ((code ^ 0x55) + 1) ^ 0x55;
}

function nextHigher(law: Law, code: number): number {
  if (law === 'm') return code & 0x80 ? (code === 0x80 ? 0x80 : code - 1) : code === 0x7f ? 0xfe : code + 1;
  if (code & 0x80) return code === 0xaa ? 0xaa : ((code ^ 0x55) + 1) ^ 0x55;
  return code === 0x55 ? 0xd5 : ((code ^ 0x55) - 1) ^ 0x55;
}

function decodeTo(law: Law, adpcm: G726Adpcm, code: number, sign: number): number {
  const compressed = compress(law, adpcm.decode(code));
  const again = adpcm.recode(expand(law, compressed));
  if (again === code) return compressed;
  return (again ^ sign) > (code ^ sign) ? nextLower(law, compressed) : nextHigher(law, compressed);
}

/** Encodes what `law` says to codes. */
function encodeAll(kbps: G726Kbps, law: Law, inputs: readonly Int16Array[]): number[] {
  const adpcm = new G726Adpcm(g726Rates[kbps]);
  return inputs
    .flatMap((input) => Array.from(input, (code) => adpcm.encode(expand(law, code & 0xff))))
    .slice(-(inputs.at(-1)?.length ?? 0));
}

function decodeAll(kbps: G726Kbps, law: Law, inputs: readonly Int16Array[]): number[] {
  const adpcm = new G726Adpcm(g726Rates[kbps]);
  const sign = 1 << (g726Rates[kbps].bitsPerCode - 1);
  return inputs
    .flatMap((input) => Array.from(input, (code) => decodeTo(law, adpcm, code, sign)))
    .slice(-(inputs.at(-1)?.length ?? 0));
}

const laws: readonly Law[] = ['a', 'm'];
const rates: readonly G726Kbps[] = [16, 24, 32, 40];

/** Names of the sequences (appendix II): r: from reset, h: after the homing sequence; n: normal, v: overload. */
for (const kbps of rates) {
  if (root !== undefined && !existsSync(join(folder, `rn${kbps}fm.i`))) continue;
  for (const law of laws) {
    const other = law === 'a' ? 'm' : 'a';
    for (const homed of [false, true]) {
      const state = homed ? 'h' : 'r';
      const before = (name: string): Int16Array[] => (homed ? [words(name).subarray(0, homingWords)] : []);
      for (const kind of ['n', 'v']) {
        const source = kind === 'n' ? `nrm.${law}` : `ovr.${law}`;
        const name = `${state}${kind}${kbps}f`;
        test(`G.726 at ${kbps} kbit/s encodes ${source} to ${name}${law}.i {g726}`, { skip }, () => {
          const codes = encodeAll(kbps, law, [...before(`pcm_init.${law}`), words(source)]);
          assert.deepEqual(codes, Array.from(words(`${name}${law}.i`)));
        });
        test(`G.726 at ${kbps} kbit/s decodes ${name}${law}.i to ${name}${law}.o {g726}`, { skip }, () => {
          const decoded = decodeAll(kbps, law, [...before(`i_ini_${kbps}.${law}`), words(`${name}${law}.i`)]);
          assert.deepEqual(decoded, Array.from(words(`${name}${law}.o`)));
        });
        const cross = law === 'a' ? `${name}x.o` : `${name}c.o`;
        test(`G.726 at ${kbps} kbit/s decodes ${name}${law}.i to the other law's ${cross} {g726}`, {
          skip,
        }, () => {
          const decoded = decodeAll(kbps, other, [...before(`i_ini_${kbps}.${other}`), words(`${name}${law}.i`)]);
          assert.deepEqual(decoded, Array.from(words(cross)));
        });
      }
      test(`G.726 at ${kbps} kbit/s decodes i${kbps} to ${state}i${kbps}f${law}.o {g726}`, { skip }, () => {
        const decoded = decodeAll(kbps, law, [...before(`i_ini_${kbps}.${law}`), words(`i${kbps}`)]);
        assert.deepEqual(decoded, Array.from(words(`${state}i${kbps}f${law}.o`)));
      });
    }
  }
}
