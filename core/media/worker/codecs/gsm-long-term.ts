/** The long-term predictor of GSM 06.10: sections 4.2.11, 4.2.12 and 4.3.2. */
import { correlateSamples, takeSamples, takeSums } from './correlations.ts';
import { add, limit16, magnitude, mult, multR, norm } from './gsm-arithmetic.ts';
import { longestLag } from './gsm-state.ts';

export const subframeSamples = 40;
const firstLag = 40;
const lags = 81;
/** Decision levels and values of the gain (tables 4.3a and 4.3b). */
const gainLevels = [6554, 16384, 26214];
const gains = Int32Array.of(3277, 11469, 21299, 32767);

const scaled = takeSamples(subframeSamples);
/** What lies before the subframe, oldest first. */
const history = takeSamples(longestLag);
const sums = takeSums(lags);

/**
 * Section 4.2.11: lag and gain code of the subframe at `d[start…]`, whose past lies before `past[at]`;
 * to `parameters[to]` and the next.
 */
export function findLag(
  d: Int32Array,
  start: number,
  past: Int32Array,
  at: number,
  parameters: Uint8Array,
  to: number,
): void {
  let loudest = 0;
  for (let i = 0; i < subframeSamples; i++) loudest = Math.max(loudest, magnitude(d[start + i] as number));
  const room = loudest === 0 ? 6 : norm(loudest << 16);
  const scale = room > 6 ? 0 : 6 - room;
  for (let i = 0; i < subframeSamples; i++) scaled[i] = (d[start + i] as number) >> scale;
  for (let i = 0; i < longestLag; i++) history[i] = past[at - longestLag + i] as number;
  correlateSamples(scaled, subframeSamples, history, longestLag - firstLag, lags, sums);
  let best = 0;
  let lag = firstLag;
  for (let place = 0; place < lags; place++) {
    if ((sums[place] as number) <= best) continue;
    best = sums[place] as number;
    lag = firstLag + place;
  }
  parameters[to] = lag;
  parameters[to + 1] = gainCode((best << 1) >> (6 - scale), past, at - lag);
}

/** Table 4.3a, by cross-correlation and the past's own power. */
function gainCode(correlation: number, past: Int32Array, from: number): number {
  let power = 0;
  for (let i = 0; i < subframeSamples; i++) {
    const sample = (past[from + i] as number) >> 3;
    power = (power + Math.imul(sample, sample)) | 0;
  }
  power <<= 1;
  if (correlation <= 0) return 0;
  if (correlation >= power) return 3;
  const shift = norm(power);
  const r = (correlation << shift) >> 16;
  const s = (power << shift) >> 16;
  for (let code = 0; code < 3; code++) if (r <= mult(s, gainLevels[code] as number)) return code;
  return 3;
}

/** Section 4.2.12: `past[at…]` becomes the prediction, `e` what it misses. */
export function predictLong(
  d: Int32Array,
  start: number,
  past: Int32Array,
  at: number,
  lag: number,
  gain: number,
  e: Int32Array,
): void {
  const factor = gains[gain & 3] as number;
  for (let i = 0; i < subframeSamples; i++) {
    const predicted = multR(factor, past[at + i - lag] as number);
    past[at + i] = predicted;
    e[i] = limit16((d[start + i] as number) - predicted);
  }
}

/** Section 4.3.2: `past[at…]` becomes what was sent plus its prediction. */
export function synthesiseLong(past: Int32Array, at: number, lag: number, gain: number, e: Int32Array): void {
  const factor = gains[gain & 3] as number;
  for (let i = 0; i < subframeSamples; i++) {
    past[at + i] = add(e[i] as number, multR(factor, past[at + i - lag] as number));
  }
}
