/**
 * The start state of iLBC (RFC 3951, sections 3.5 and 4.2): the samples with most energy, quantized one
 * by one after an all-pass filter has spread their energy, with noise shaping.
 */
import { allPole, allZero } from './ilbc-filters.ts';
import { field, type IlbcMode } from './ilbc-frame.ts';
import { orderLpc, stateLevels, stateScales, subSamples } from './ilbc-tables.ts';

const longestState = 58;
const input = new Float64Array(orderLpc + 2 * longestState);
const filtered = new Float64Array(orderLpc + 2 * longestState);
const shaped = new Float64Array(orderLpc + longestState);
const reversed = new Float64Array(orderLpc + 1);
/** `stateLevels` are for this amplitude. */
const fullScale = 4.5;

/** Circular convolution of `input` with the all-pass filter of `filters[from…]`, to `filtered`. */
function spreadEnergy(count: number, filters: Float64Array, from: number): void {
  for (let k = 0; k <= orderLpc; k++) reversed[k] = filters[from + orderLpc - k] as number;
  input.fill(0, orderLpc + count, orderLpc + 2 * count);
  allZero(input, orderLpc, 2 * count, reversed, 0, filtered, orderLpc);
  allPole(filtered, orderLpc, 2 * count, filters, from);
  for (let k = orderLpc; k < orderLpc + count; k++) {
    filtered[k] = (filtered[k] as number) + (filtered[k + count] as number);
  }
}

/**
 * Quantizes the state at `residual[at…]`: scale and samples to `fields`. `from` is where the filters
 * of its first sub-block stand in `synthesis` and `weighting`.
 */
export function encodeState(
  mode: IlbcMode,
  residual: Float64Array,
  at: number,
  synthesis: Float64Array,
  weighting: Float64Array,
  from: number,
  isFirst: boolean,
  fields: Int32Array,
): void {
  const count = mode.stateSamples;
  for (let k = 0; k < count; k++) input[orderLpc + k] = residual[at + k] as number;
  spreadEnergy(count, synthesis, from);
  let largest = 0;
  for (let k = 0; k < count; k++) largest = Math.max(largest, Math.abs(filtered[orderLpc + k] as number));
  const scale = nearest(stateScales, Math.log10(Math.max(10, largest)));
  fields[field.scale] = scale;
  const factor = fullScale / 10 ** (stateScales[scale] as number);
  for (let k = orderLpc; k < orderLpc + count; k++) filtered[k] = (filtered[k] as number) * factor;
  // The state's two parts lie in two sub-blocks with filters of their own.
  const firstPart = isFirst ? subSamples : count - subSamples;
  shape(0, firstPart, weighting, from, fields);
  shape(firstPart, count, weighting, from + orderLpc + 1, fields);
}

/** Quantizes samples `start` to `end` of `filtered`, weighted, with the quantizer's noise fed back. */
function shape(start: number, end: number, weighting: Float64Array, from: number, fields: Int32Array): void {
  allPole(filtered, orderLpc + start, end - start, weighting, from);
  for (let n = orderLpc + start; n < orderLpc + end; n++) {
    let predicted = 0;
    for (let k = orderLpc; k >= 1; k--) predicted -= (weighting[from + k] as number) * (shaped[n - k] as number);
    const level = nearest(stateLevels, (filtered[n] as number) - predicted);
    fields[field.state + n - orderLpc] = level;
    shaped[n] = (stateLevels[level] as number) + predicted;
  }
}

/** Index of the level nearest to `value`; levels ascend. */
function nearest(levels: Float64Array, value: number): number {
  let index = 0;
  while (index < levels.length - 1 && value > ((levels[index] as number) + (levels[index + 1] as number)) / 2) index++;
  return index;
}

/** What the state's fields stand for, to `out[at…]`. */
export function decodeState(
  mode: IlbcMode,
  fields: Int32Array,
  synthesis: Float64Array,
  from: number,
  out: Float64Array,
  at: number,
): void {
  const count = mode.stateSamples;
  const factor = 10 ** (stateScales[(fields[field.scale] as number) & 63] as number) / fullScale;
  for (let k = 0; k < count; k++) {
    const level = (fields[field.state + count - 1 - k] as number) & 7;
    input[orderLpc + k] = factor * (stateLevels[level] as number);
  }
  spreadEnergy(count, synthesis, from);
  for (let k = 0; k < count; k++) out[at + k] = filtered[orderLpc + count - 1 - k] as number;
}
