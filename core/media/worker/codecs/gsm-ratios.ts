/** Log area ratios of GSM 06.10: from samples to codes (sections 4.2.4 to 4.2.7), from codes to filters (4.2.8, 4.2.9). */
import { correlateSamples, takeSamples, takeSums } from './correlations.ts';
import { add, div, magnitude, mult, multR, norm } from './gsm-arithmetic.ts';
import { frameSamples } from './gsm-state.ts';

// Tables 4.1 and 4.2: quantization of the log area ratios.
const a = [20480, 20480, 20480, 20480, 13964, 15360, 8534, 9036];
const b = [0, 0, 2048, -2560, 94, -1792, -341, -1144];
const lowest = [-32, -32, -16, -16, -8, -8, -4, -4];
const highest = [31, 31, 15, 15, 7, 7, 3, 3];
const inverseA = [13107, 13107, 13107, 13107, 19223, 17476, 31454, 29708];

/** Autocorrelation; the frame is scaled and back as section 4.2.4 has it, which loses low bits. */
const acf = takeSums(9);
/** Silence stands before the frame: what a lag reaches. */
const silence = 8;
const framed = takeSamples(silence + frameSamples);
const frame = framed.subarray(silence);
const p = new Int32Array(9);
const k = new Int32Array(9);
const r = new Int32Array(8);

function autocorrelate(s: Int32Array): void {
  let loudest = 0;
  for (let i = 0; i < frameSamples; i++) loudest = Math.max(loudest, magnitude(s[i] as number));
  const scale = loudest === 0 ? 0 : 4 - norm(loudest << 16);
  if (scale > 0) {
    const factor = 16384 >> (scale - 1);
    for (let i = 0; i < frameSamples; i++) {
      const sample = multR(s[i] as number, factor);
      frame[i] = sample;
      s[i] = sample << scale;
    }
  } else for (let i = 0; i < frameSamples; i++) frame[i] = s[i] as number;
  correlateSamples(frame, frameSamples, framed, silence, acf.length, acf);
  for (let lag = 0; lag < acf.length; lag++) acf[lag] = (acf[lag] as number) << 1;
}

/** Section 4.2.5: the Schur recursion. */
function reflect(): void {
  r.fill(0);
  const energy = acf[0] as number;
  if (energy === 0) return;
  const shift = norm(energy);
  for (let i = 0; i <= 8; i++) {
    p[i] = ((acf[i] as number) << shift) >> 16;
    k[i] = p[i] as number;
  }
  for (let n = 1; n <= 8; n++) {
    const first = p[1] as number;
    const size = magnitude(first);
    if ((p[0] as number) < size) return;
    const quotient = div(size, p[0] as number);
    const coefficient = first > 0 ? -quotient : quotient;
    r[n - 1] = coefficient;
    if (n === 8) return;
    p[0] = add(p[0] as number, multR(first, coefficient));
    for (let m = 1; m <= 8 - n; m++) {
      const next = p[m + 1] as number;
      p[m] = add(next, multR(k[m] as number, coefficient));
      k[m] = add(k[m] as number, multR(next, coefficient));
    }
  }
}

/** Section 4.2.6: the logarithm by three lines. */
function toLogArea(coefficient: number): number {
  const size = magnitude(coefficient);
  const ratio = size < 22118 ? size >> 1 : size < 31130 ? size - 11059 : (size - 26112) << 2;
  return coefficient < 0 ? -ratio : ratio;
}

/** The eight coded ratios of the frame `s`, to the start of `parameters`. */
export function codeRatios(s: Int32Array, parameters: Uint8Array): void {
  autocorrelate(s);
  reflect();
  for (let i = 0; i < 8; i++) {
    const scaled = add(add(mult(a[i] as number, toLogArea(r[i] as number)), b[i] as number), 256) >> 9;
    const least = lowest[i] as number;
    parameters[i] = Math.min(highest[i] as number, Math.max(least, scaled)) - least;
  }
}

/** Section 4.2.8: the ratios that codes stand for. */
export function decodeRatios(parameters: Uint8Array, ratios: Int32Array): void {
  for (let i = 0; i < 8; i++) {
    const code = ((parameters[i] as number) + (lowest[i] as number)) << 10;
    const value = multR(inverseA[i] as number, add(code, -((b[i] as number) << 1)));
    ratios[i] = add(value, value);
  }
}

/** Sections 4.2.9.1 and 4.2.9.2: reflection coefficients of part `segment` of the frame. */
export function coefficients(before: Int32Array, now: Int32Array, segment: number, out: Int32Array): void {
  for (let i = 0; i < 8; i++) {
    const old = before[i] as number;
    const fresh = now[i] as number;
    const ratio =
      segment === 0
        ? add(add(old >> 2, fresh >> 2), old >> 1)
        : segment === 1
          ? add(old >> 1, fresh >> 1)
          : segment === 2
            ? add(add(old >> 2, fresh >> 2), fresh >> 1)
            : fresh;
    const size = magnitude(ratio);
    const value = size < 11059 ? size << 1 : size < 20070 ? size + 11059 : add(size >> 2, 26112);
    out[i] = ratio < 0 ? -value : value;
  }
}

/** Where the four parts of a frame begin, and its end. */
export const segments = [0, 13, 27, 40, frameSamples] as const;
