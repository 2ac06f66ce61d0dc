/**
 * The tables of iLBC (RFC 3951, section 3 and appendix A.8). The RFC prints them with six decimals of
 * numbers that are whole multiples of 2^-13 or 2^-15; those whole numbers stand here, and `decimals`
 * gives what the RFC prints, so that a search decides as the RFC's does.
 */

import { lsfUnits } from './ilbc-lsf-codebook.ts';

export const orderLpc = 10;
/** Samples of a sub-block. */
export const subSamples = 40;
/** Samples of the two sub-blocks that the start state lies in. */
export const stateBlockSamples = 80;
/** Past samples that the adaptive codebook is made of: for sub-blocks, and for the rest of the state. */
export const memorySamples = 147;
export const stateMemorySamples = 85;
export const stages = 3;
export const longestFrameSamples = 240;

const decimals = (value: number): number => Math.fround(Math.round(value * 1e6) / 1e6);
const fraction = (values: readonly number[], bits: number): Float64Array =>
  Float64Array.from(values, (value) => decimals(value / 2 ** bits));
const floats = (values: readonly number[]): Float64Array => Float64Array.from(values, Math.fround);

/** Zeros, then poles without the leading 1. */
export const inputHighPass: Float64Array = floats([0.92727436, -1.8544941, 0.92727436, -1.9059465, 0.9114024]);
export const outputHighPass: Float64Array = floats([0.93980581, -1.8795834, 0.93980581, -1.9330735, 0.93589199]);

/** Half the rate: before the pitch is looked for. */
export const halvingFilter: Float64Array = floats([-0.06665, 0.125, 0.31665, 0.414063, 0.31665, 0.125, -0.06665]);

/** Quantizer of the start state's samples, and of its largest amplitude (powers of ten). */
export const stateLevels: Float64Array = floats([
  -3.719849, -2.17749, -1.130005, -0.309692, 0.444214, 1.329712, 2.436279, 3.983887,
]);
export const stateScales: Float64Array = floats([
  1.000085, 1.071695, 1.140395, 1.206868, 1.277188, 1.351503, 1.42938, 1.500727, 1.569049, 1.639599, 1.707071, 1.781531,
  1.840799, 1.90155, 1.956695, 2.00675, 2.055474, 2.102787, 2.142819, 2.183592, 2.217962, 2.257177, 2.295739, 2.332967,
  2.369248, 2.402792, 2.43508, 2.468598, 2.503394, 2.539284, 2.572944, 2.605036, 2.636331, 2.668939, 2.69878, 2.729101,
  2.759786, 2.789834, 2.818679, 2.848074, 2.87747, 2.906899, 2.936655, 2.967804, 3.000115, 3.033367, 3.066355, 3.104231,
  3.141499, 3.183012, 3.222952, 3.265433, 3.308441, 3.350823, 3.395275, 3.442793, 3.490801, 3.542514, 3.604064, 3.66605,
  3.740994, 3.830749, 3.93877, 4.101764,
]);

/** Codebook vectors that are searched, by block (0: the rest of the state) and stage. */
export const searchRanges: readonly (readonly number[])[] = [
  [58, 58, 58],
  [108, 44, 44],
  [108, 108, 108],
  [108, 108, 108],
  [108, 108, 108],
];

/** Makes the second half of the codebook from the first; in the order in which it is applied. */
export const expansionFilter: Float64Array = floats([
  -0.033691, 0.08374, -0.144043, 0.713379, 0.806152, -0.184326, 0.108887, -0.03418,
]);

/** Gains of the three stages: 32, 16 and 8 levels. */
export const gainLevels: readonly Float64Array[] = [
  fraction(
    Array.from({ length: 32 }, (_, index) => Math.round((index + 1) * 0.0375 * 2 ** 14)),
    14,
  ),
  fraction(
    Array.from({ length: 16 }, (_, index) => Math.round((index - 7) * 0.15 * 2 ** 14)),
    14,
  ),
  floats([-1, -0.659973, -0.330017, 0, 0.25, 0.5, 0.75, 1]),
];

/** Four phases of an interpolation by four, seven taps each. */
export const interpolation: Float64Array = floats([
  0, 0, 0, 1, 0, 0, 0, 0.015625, -0.076904, 0.28833, 0.862061, -0.106445, 0.018799, -0.015625, 0.023682, -0.124268,
  0.601563, 0.601563, -0.124268, 0.023682, -0.023682, 0.018799, -0.106445, 0.862061, 0.28833, -0.076904, 0.015625,
  -0.018799,
]);

export const meanLsf: Float64Array = floats([
  0.281738, 0.445801, 0.66333, 0.962524, 1.251831, 1.533081, 1.850586, 2.137817, 2.481445, 2.777344,
]);

/** How much of the first of two sets of line spectral frequencies a sub-block takes. */
export const lsfWeights: { readonly 20: Float64Array; readonly 30: Float64Array } = {
  20: floats([3 / 4, 2 / 4, 1 / 4, 0]),
  30: floats([1 / 2, 1, 2 / 3, 1 / 3, 0, 0]),
};

const window = (length: number, value: (index: number) => number): Float64Array =>
  fraction(
    Array.from({ length }, (_, index) => Math.min(32_767, Math.round(32_768 * value(index)))),
    15,
  );
/** Of the whole block, and of the newest samples: without look-ahead it falls off steeply. */
export const hannWindow: Float64Array = window(240, (index) => Math.sin((Math.PI * (index + 1)) / 241) ** 2);
export const lastWindow: Float64Array = window(240, (index) =>
  index < 220 ? Math.sin((Math.PI * (index + 1)) / 441) ** 2 : Math.cos((Math.PI * (index - 220)) / 40),
);
export const lagWindow: Float64Array = floats([
  1.0001, 0.99889, 0.995569, 0.990057, 0.982392, 0.972623, 0.960816, 0.947047, 0.931405, 0.913989, 0.894909,
]);

/** Line spectral frequencies are quantized in three parts. */
export const lsfParts: readonly { readonly size: number; readonly vectors: number; readonly at: number }[] = [
  { size: 3, vectors: 64, at: 0 },
  { size: 3, vectors: 128, at: 192 },
  { size: 4, vectors: 128, at: 576 },
];
export const lsfCodebook: Float64Array = fraction(lsfUnits, 13);
