/** The filters of iLBC (RFC 3951, appendix A): all in place or from one buffer to another, nothing allocated. */
import { halvingFilter } from './ilbc-tables.ts';

/** Inner product of `a[at…]` and `b[from…]`. */
export function dot(a: Float64Array, at: number, b: Float64Array, from: number, count: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    sum0 += (a[at + i] as number) * (b[from + i] as number);
    sum1 += (a[at + i + 1] as number) * (b[from + i + 1] as number);
    sum2 += (a[at + i + 2] as number) * (b[from + i + 2] as number);
    sum3 += (a[at + i + 3] as number) * (b[from + i + 3] as number);
  }
  for (; i < count; i++) sum0 += (a[at + i] as number) * (b[from + i] as number);
  return sum0 + sum1 + (sum2 + sum3);
}

/** 1/A(z) of ten poles: `signal[at…]` in place, what stands before it is the state. `a[from]` is 1. */
export function allPole(signal: Float64Array, at: number, count: number, a: Float64Array, from: number): void {
  const a1 = a[from + 1] as number;
  const a2 = a[from + 2] as number;
  const a3 = a[from + 3] as number;
  const a4 = a[from + 4] as number;
  const a5 = a[from + 5] as number;
  const a6 = a[from + 6] as number;
  const a7 = a[from + 7] as number;
  const a8 = a[from + 8] as number;
  const a9 = a[from + 9] as number;
  const a10 = a[from + 10] as number;
  let y1 = signal[at - 1] as number;
  let y2 = signal[at - 2] as number;
  let y3 = signal[at - 3] as number;
  let y4 = signal[at - 4] as number;
  let y5 = signal[at - 5] as number;
  let y6 = signal[at - 6] as number;
  let y7 = signal[at - 7] as number;
  let y8 = signal[at - 8] as number;
  let y9 = signal[at - 9] as number;
  let y10 = signal[at - 10] as number;
  for (let n = at; n < at + count; n++) {
    // The oldest first: the newest, which the processor waits for, are then needed last.
    const past = a10 * y10 + a9 * y9 + a8 * y8 + a7 * y7 + a6 * y6 + a5 * y5 + a4 * y4 + a3 * y3 + a2 * y2;
    const y = (signal[n] as number) - past - a1 * y1;
    signal[n] = y;
    y10 = y9;
    y9 = y8;
    y8 = y7;
    y7 = y6;
    y6 = y5;
    y5 = y4;
    y4 = y3;
    y3 = y2;
    y2 = y1;
    y1 = y;
  }
}

/** A(z) of ten zeros: what stands before `signal[at]` is the state; `signal` must not be `out`. */
export function allZero(
  signal: Float64Array,
  at: number,
  count: number,
  a: Float64Array,
  from: number,
  out: Float64Array,
  to: number,
): void {
  const a0 = a[from] as number;
  const a1 = a[from + 1] as number;
  const a2 = a[from + 2] as number;
  const a3 = a[from + 3] as number;
  const a4 = a[from + 4] as number;
  const a5 = a[from + 5] as number;
  const a6 = a[from + 6] as number;
  const a7 = a[from + 7] as number;
  const a8 = a[from + 8] as number;
  const a9 = a[from + 9] as number;
  const a10 = a[from + 10] as number;
  let x1 = signal[at - 1] as number;
  let x2 = signal[at - 2] as number;
  let x3 = signal[at - 3] as number;
  let x4 = signal[at - 4] as number;
  let x5 = signal[at - 5] as number;
  let x6 = signal[at - 6] as number;
  let x7 = signal[at - 7] as number;
  let x8 = signal[at - 8] as number;
  let x9 = signal[at - 9] as number;
  let x10 = signal[at - 10] as number;
  for (let n = 0; n < count; n++) {
    const x = signal[at + n] as number;
    const near = a0 * x + a1 * x1 + a2 * x2 + a3 * x3 + a4 * x4;
    out[to + n] = near + a5 * x5 + a6 * x6 + (a7 * x7 + a8 * x8 + a9 * x9 + a10 * x10);
    x10 = x9;
    x9 = x8;
    x8 = x7;
    x7 = x6;
    x6 = x5;
    x5 = x4;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = x;
  }
}

/** Two zeros and two poles, in place; `state` holds the last two inputs and outputs. */
export function highPass(signal: Float64Array, at: number, count: number, of: Float64Array, state: Float64Array): void {
  const b0 = of[0] as number;
  const b1 = of[1] as number;
  const b2 = of[2] as number;
  const a1 = of[3] as number;
  const a2 = of[4] as number;
  let x1 = state[0] as number;
  let x2 = state[1] as number;
  let y1 = state[2] as number;
  let y2 = state[3] as number;
  for (let n = at; n < at + count; n++) {
    const x = signal[n] as number;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    signal[n] = y;
  }
  state[0] = x1;
  state[1] = x2;
  state[2] = y1;
  state[3] = y2;
}

/** Half the rate: `count` samples of `signal[at…]`, which has six more before, give `count / 2`; zeros follow. */
export function halve(signal: Float64Array, at: number, count: number, out: Float64Array): void {
  const taps = halvingFilter.length;
  const c0 = halvingFilter[0] as number;
  const c1 = halvingFilter[1] as number;
  const c2 = halvingFilter[2] as number;
  const c3 = halvingFilter[3] as number;
  // The filter is symmetric.
  let n = 0;
  for (; 3 + 2 * n < count; n++) {
    const p = at + 2 * n - 3;
    const outer = (signal[p] as number) + (signal[p + 6] as number);
    const middle = (signal[p + 1] as number) + (signal[p + 5] as number);
    const inner = (signal[p + 2] as number) + (signal[p + 4] as number);
    out[n] = c0 * outer + c1 * middle + c2 * inner + c3 * (signal[p + 3] as number);
  }
  for (; n < count / 2; n++) {
    const newest = 3 + 2 * n;
    let sum = 0;
    for (let k = newest - count + 1; k < taps; k++) {
      sum += (halvingFilter[k] as number) * (signal[at + newest - k] as number);
    }
    out[n] = sum;
  }
}
