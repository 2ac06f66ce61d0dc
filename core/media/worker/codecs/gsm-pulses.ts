/** Regular-pulse excitation of GSM 06.10: sections 4.2.13 to 4.2.18. */
import { add, limit16, magnitude, mult, multR } from './gsm-arithmetic.ts';
import { subframeSamples } from './gsm-long-term.ts';

export const pulses = 13;
/** Table 4.4's eleven taps reach five samples to either side. */
const margin = 5;
/** Tables 4.5 and 4.6: the mantissa's reciprocal, and itself. */
const reciprocals = Int32Array.of(29128, 26215, 23832, 21846, 20165, 18725, 17476, 16384);
const mantissas = Int32Array.of(18431, 20479, 22527, 24575, 26623, 28671, 30719, 32767);

const padded = new Int32Array(subframeSamples + 2 * margin);
const weighted = new Int32Array(subframeSamples);
/** Of the block maximum: exponent and mantissa. */
let exponent = 0;
let mantissa = 0;

/** Section 4.2.13: "block filter". */
function weight(e: Int32Array): void {
  for (let i = 0; i < subframeSamples; i++) padded[i + margin] = e[i] as number;
  for (let i = 0; i < subframeSamples; i++) {
    const sum =
      4096 +
      Math.imul((padded[i] as number) + (padded[i + 10] as number), -134) +
      Math.imul((padded[i + 1] as number) + (padded[i + 9] as number), -374) +
      Math.imul((padded[i + 3] as number) + (padded[i + 7] as number), 2054) +
      Math.imul((padded[i + 4] as number) + (padded[i + 6] as number), 5741) +
      Math.imul(padded[i + 5] as number, 8192);
    weighted[i] = limit16((sum | 0) >> 13);
  }
}

/** Section 4.2.14: which of four grids carries most. */
function selectGrid(): number {
  let most = 0;
  let grid = 0;
  for (let m = 0; m < 4; m++) {
    let energy = 0;
    for (let i = 0; i < pulses; i++) {
      const sample = (weighted[m + 3 * i] as number) >> 2;
      energy = (energy + Math.imul(sample, sample)) | 0;
    }
    if (energy <= most) continue;
    most = energy;
    grid = m;
  }
  return grid;
}

/** Section 4.2.15: the code of a block maximum. */
function codeMaximum(loudest: number): number {
  let places = 0;
  for (let rest = loudest >> 9; rest > 0 && places < 6; rest >>= 1) places++;
  return (loudest >> (places + 5)) + (places << 3);
}

/** Section 4.2.15: exponent and mantissa that a code stands for. */
function splitMaximum(code: number): void {
  exponent = code > 15 ? (code >> 3) - 1 : 0;
  mantissa = code - (exponent << 3);
  if (mantissa === 0) {
    exponent = -4;
    mantissa = 7;
    return;
  }
  while (mantissa <= 7) {
    mantissa = (mantissa << 1) | 1;
    exponent--;
  }
  mantissa -= 8;
}

/**
 * Codes the residual `e`: grid, maximum and pulses to `parameters[to…]`; `e` becomes what the decoder
 * will make of them.
 */
export function codePulses(e: Int32Array, parameters: Uint8Array, to: number): void {
  weight(e);
  const grid = selectGrid();
  let loudest = 0;
  for (let i = 0; i < pulses; i++) loudest = Math.max(loudest, magnitude(weighted[grid + 3 * i] as number));
  const maximum = codeMaximum(loudest);
  parameters[to] = grid;
  parameters[to + 1] = maximum;
  splitMaximum(maximum);
  const shift = 6 - exponent;
  const reciprocal = reciprocals[mantissa] as number;
  for (let i = 0; i < pulses; i++) {
    const normalized = ((weighted[grid + 3 * i] as number) << (shift + 16)) >> 16;
    parameters[to + 2 + i] = (mult(normalized, reciprocal) >> 12) + 4;
  }
  placePulses(parameters, to, grid, e);
}

/** Section 4.2.16 and 4.2.17: the residual that grid, maximum and pulses at `parameters[from…]` stand for. */
export function decodePulses(parameters: Uint8Array, from: number, e: Int32Array): void {
  splitMaximum((parameters[from + 1] as number) & 63);
  placePulses(parameters, from, (parameters[from] as number) & 3, e);
}

function placePulses(parameters: Uint8Array, from: number, grid: number, e: Int32Array): void {
  const factor = mantissas[mantissa & 7] as number;
  const shift = 6 - exponent;
  const half = shift > 0 ? 1 << (shift - 1) : 0;
  e.fill(0);
  for (let i = 0; i < pulses; i++) {
    const level = (((parameters[from + 2 + i] as number) & 7) * 2 - 7) << 12;
    e[grid + 3 * i] = add(multR(factor, level), half) >> shift;
  }
}
