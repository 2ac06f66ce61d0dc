/**
 * Linear prediction of iLBC (RFC 3951, sections 3.2 and 4.1): analysis, line spectral frequencies and
 * their quantizer, and the filters of each sub-block.
 */
import { correlateDoubles, takeDoubles } from './correlations.ts';
import type { IlbcMode } from './ilbc-frame.ts';
import { hannWindow, lagWindow, lastWindow, lsfCodebook, lsfParts, lsfWeights, orderLpc } from './ilbc-tables.ts';

/** Coefficients of one filter, with the leading 1. */
export const filterLength: number = orderLpc + 1;
const half = orderLpc / 2;
const chirpSynthesis = Math.fround(0.9025);
const chirpWeighting = Math.fround(0.4222);
const windowSamples = 240;
/** Samples before the block that the last window of a 30 ms frame starts at. */
export const lookBack = 60;

/** Zeros stand before the window: a correlation's lag reaches into them. */
const windowed = takeDoubles(orderLpc + 2 + windowSamples);
const windowAt = orderLpc + 2;
const correlation = takeDoubles(filterLength);
const predictor = new Float64Array(filterLength);
const expanded = new Float64Array(filterLength);

/** Line spectral frequencies of `past` (lookBack and 240 samples), one set or two, to `lsf`. */
export function analyse(mode: IlbcMode, past: Float64Array, lsf: Float64Array): void {
  for (let set = 0; set < mode.lsfSets; set++) {
    const isLast = set === mode.lsfSets - 1;
    const from = isLast ? lookBack : 0;
    const window = isLast ? lastWindow : hannWindow;
    for (let i = 0; i < windowSamples; i++) windowed[windowAt + i] = (past[from + i] as number) * (window[i] as number);
    correlateDoubles(windowed, windowAt, windowSamples, windowed, windowAt, -1, filterLength, correlation);
    for (let lag = 0; lag < filterLength; lag++) {
      correlation[lag] = (correlation[lag] as number) * (lagWindow[lag] as number);
    }
    levinson();
    expand(predictor, chirpSynthesis, expanded, 0);
    toLsf(expanded, lsf, set * orderLpc);
  }
}

function levinson(): void {
  const a = predictor;
  a.fill(0);
  a[0] = 1;
  let error = correlation[0] as number;
  if (error < Number.EPSILON) return;
  for (let m = 0; m < orderLpc; m++) {
    let sum = correlation[m + 1] as number;
    for (let i = 0; i < m; i++) sum += (a[i + 1] as number) * (correlation[m - i] as number);
    const reflection = -sum / error;
    error += reflection * sum;
    for (let i = 0; i < (m + 1) >> 1; i++) {
      const low = a[i + 1] as number;
      const high = a[m - i] as number;
      a[m - i] = high + reflection * low;
      a[i + 1] = low + reflection * high;
    }
    a[m + 1] = reflection;
  }
}

/** Bandwidth expansion. */
function expand(a: Float64Array, by: number, out: Float64Array, to: number): void {
  let chirp = 1;
  for (let i = 0; i < filterLength; i++) {
    out[to + i] = chirp * (a[i] as number);
    chirp *= by;
  }
}

const symmetric = new Float64Array(half);
const antisymmetric = new Float64Array(half);
/** Grids of the search for roots, coarse to fine, in units of the sampling rate. */
const steps = [0.00635, 0.003175, 0.0015875, 0.00079375].map(Math.fround);
const far = 1e37;
/** The coarse grid, up to half the rate, where it ends; and the cosines there. */
const grid: number[] = [0];
for (let omega = 0; omega < 0.5; grid.push(omega)) omega = Math.fround(omega + (steps[0] as number));
const cosines = Float64Array.from(grid, (omega) => Math.cos(omega * 2 * Math.PI));
const omegas = Float64Array.from(grid);

/** The roots of the two polynomials lie in turn on the unit circle. */
function toLsf(a: Float64Array, lsf: Float64Array, to: number): void {
  let before = -1;
  let beforeAnti = 1;
  for (let i = 0; i < half; i++) {
    const low = a[i + 1] as number;
    const high = a[orderLpc - i] as number;
    before = (i === 0 ? -1 : -before) + low + high;
    beforeAnti = beforeAnti - (high - low);
    symmetric[i] = i === half - 1 ? before / 2 : before;
    antisymmetric[i] = i === half - 1 ? beforeAnti / 2 : beforeAnti;
  }
  let place = 0;
  let oldSymmetric = far;
  let oldAntisymmetric = far;
  for (let index = 0; index < orderLpc; index++) {
    const isSymmetric = (index & 1) === 0;
    const polynomial = isSymmetric ? symmetric : antisymmetric;
    let old = isSymmetric ? oldSymmetric : oldAntisymmetric;
    let value = chebyshev(polynomial, cosines[place] as number);
    while (value * old > 0 && place < omegas.length - 1) {
      old = value;
      value = chebyshev(polynomial, cosines[++place] as number);
    }
    // The root lies before: finer and finer. The next is searched from here on again.
    let omega = omegas[place] as number;
    let step = steps[0] as number;
    for (let level = 1; level < steps.length; level++) {
      step = steps[level] as number;
      omega = Math.fround(omega - step);
      value = chebyshev(polynomial, Math.cos(omega * 2 * Math.PI));
      while (value * old > 0 && omega < 0.5) {
        old = value;
        omega = Math.fround(omega + step);
        value = chebyshev(polynomial, Math.cos(omega * 2 * Math.PI));
      }
    }
    lsf[to + index] = (Math.abs(value) >= Math.abs(old) ? omega - step : omega) * 2 * Math.PI;
    old = old >= 0 ? -far : far;
    if (isSymmetric) oldSymmetric = old;
    else oldAntisymmetric = old;
  }
}

function chebyshev(of: Float64Array, cosine: number): number {
  const twice = 2 * cosine;
  const first = twice + (of[0] as number);
  const second = twice * first - 1 + (of[1] as number);
  const third = twice * second - first + (of[2] as number);
  const fourth = twice * third - second + (of[3] as number);
  return cosine * fourth - third + (of[4] as number);
}

/** Chooses codebook vectors for `lsf`; `fields[at…]` gets three indices a set. */
export function quantizeLsf(mode: IlbcMode, lsf: Float64Array, fields: Int32Array, at: number): void {
  for (let set = 0; set < mode.lsfSets; set++) {
    let position = set * orderLpc;
    for (let part = 0; part < lsfParts.length; part++) {
      const { size, vectors, at: from } = lsfParts[part] as (typeof lsfParts)[number];
      fields[at + set * lsfParts.length + part] = nearestVector(lsf, position, from, size, vectors);
      position += size;
    }
  }
}

/** Number of the vector of three or four frequencies that is nearest to `lsf[at…]`. */
function nearestVector(lsf: Float64Array, at: number, from: number, size: number, vectors: number): number {
  const lsf0 = lsf[at] as number;
  const lsf1 = lsf[at + 1] as number;
  const lsf2 = lsf[at + 2] as number;
  const lsf3 = size === 4 ? (lsf[at + 3] as number) : 0;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let vector = 0; vector < vectors; vector++) {
    const place = from + vector * size;
    const off0 = lsf0 - (lsfCodebook[place] as number);
    const off1 = lsf1 - (lsfCodebook[place + 1] as number);
    const off2 = lsf2 - (lsfCodebook[place + 2] as number);
    const off3 = size === 4 ? lsf3 - (lsfCodebook[place + 3] as number) : 0;
    const distance = off0 * off0 + off1 * off1 + off2 * off2 + off3 * off3;
    if (distance >= least) continue;
    least = distance;
    best = vector;
  }
  return best;
}

/** What the indices in `fields[at…]` stand for, made stable. */
export function dequantizeLsf(mode: IlbcMode, fields: Int32Array, at: number, lsf: Float64Array): void {
  for (let set = 0; set < mode.lsfSets; set++) {
    let position = set * orderLpc;
    for (let part = 0; part < lsfParts.length; part++) {
      const { size, at: from } = lsfParts[part] as (typeof lsfParts)[number];
      const vector = fields[at + set * lsfParts.length + part] as number;
      for (let i = 0; i < size; i++) lsf[position++] = lsfCodebook[from + vector * size + i] as number;
    }
  }
  stabilize(lsf, mode.lsfSets);
}

const closest = Math.fround(0.039);
const apart = Math.fround(0.0195);

/** Frequencies in order and 50 Hz apart (RFC 3951, section 3.2.5). */
function stabilize(lsf: Float64Array, sets: number): void {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < sets * orderLpc; i++) {
      if (i % orderLpc === orderLpc - 1) continue;
      const low = lsf[i] as number;
      const high = lsf[i + 1] as number;
      if (high - low < closest) {
        if (high < low) lsf[i + 1] = low + apart;
        else {
          lsf[i] = low - apart;
          lsf[i + 1] = high + apart;
        }
      }
      lsf[i] = Math.min(3.14, Math.max(0.01, lsf[i] as number));
    }
  }
}

const between = new Float64Array(orderLpc);

/**
 * The filters of all sub-blocks from this frame's frequencies and the last of the frame before,
 * `old`, which becomes this frame's. With `weighting`, expanded for the perceptual weighting.
 */
export function interpolateFilters(
  mode: IlbcMode,
  lsf: Float64Array,
  old: Float64Array,
  filters: Float64Array,
  weighting: boolean,
): void {
  const weights = lsfWeights[mode.frameMs];
  for (let block = 0; block < mode.subframes; block++) {
    const weight = weights[block] as number;
    const isFirst = mode.lsfSets === 1 || block === 0;
    const from = isFirst ? old : lsf;
    const toAt = isFirst ? 0 : orderLpc;
    for (let i = 0; i < orderLpc; i++) {
      between[i] = weight * (from[i] as number) + (1 - weight) * (lsf[toAt + i] as number);
    }
    toPredictor(between, predictor);
    expand(predictor, weighting ? chirpWeighting : 1, filters, block * filterLength);
  }
  const last = (mode.lsfSets - 1) * orderLpc;
  for (let i = 0; i < orderLpc; i++) old[i] = lsf[last + i] as number;
}

/** Sum and difference polynomials: `line[k]` holds z^-k. */
const sumLine = new Float64Array(filterLength + 1);
const differenceLine = new Float64Array(filterLength + 1);

/** Predictor coefficients of line spectral frequencies, which are spread evenly where they are impossible. */
function toPredictor(lsf: Float64Array, a: Float64Array): void {
  if ((lsf[0] as number) <= 0 || (lsf[orderLpc - 1] as number) >= Math.PI) spread(lsf);
  multiply(lsf, 0, sumLine);
  multiply(lsf, 1, differenceLine);
  a[0] = 1;
  for (let i = 1; i <= orderLpc; i++) {
    // (1 + z^-1) of the sum polynomial, (1 - z^-1) of the difference polynomial, in halves.
    const sum = (sumLine[i] as number) + (sumLine[i - 1] as number);
    const difference = (differenceLine[i] as number) - (differenceLine[i - 1] as number);
    a[i] = (sum + difference) / 2;
  }
}

function spread(lsf: Float64Array): void {
  const first = (lsf[0] as number) <= 0 ? 0.022 * 2 * Math.PI : (lsf[0] as number);
  const last = (lsf[orderLpc - 1] as number) >= Math.PI ? 0.499 * 2 * Math.PI : (lsf[orderLpc - 1] as number);
  for (let i = 0; i < orderLpc; i++) lsf[i] = first + ((last - first) * i) / (orderLpc - 1);
}

/**
 * The product of 1 - 2 cos(w) z^-1 + z^-2 over every second frequency from `first`. It reads the same from
 * both ends, as its factors do: half of it is enough.
 */
function multiply(lsf: Float64Array, first: number, line: Float64Array): void {
  let c1 = -2 * Math.cos(lsf[first] as number);
  let c2 = 1;
  let c3 = 0;
  let c4 = 0;
  let c5 = 0;
  for (let factor = 1; factor < half; factor++) {
    const middle = -2 * Math.cos(lsf[2 * factor + first] as number);
    c5 = c5 + middle * c4 + c3;
    c4 = c4 + middle * c3 + c2;
    c3 = c3 + middle * c2 + c1;
    c2 = c2 + middle * c1 + 1;
    c1 = c1 + middle;
  }
  line[0] = line[10] = 1;
  line[1] = line[9] = c1;
  line[2] = line[8] = c2;
  line[3] = line[7] = c3;
  line[4] = line[6] = c4;
  line[5] = c5;
}
