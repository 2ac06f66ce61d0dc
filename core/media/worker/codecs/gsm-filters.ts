/** The short-term lattice filters of GSM 06.10, sections 4.2.10 and 4.3.4. */
import { limit16 } from './gsm-arithmetic.ts';
import { frameSamples } from './gsm-state.ts';

const backward = new Int32Array(frameSamples);

/**
 * Section 4.2.10: samples `from` to `to` of `s` become their residual. One stage after the other over
 * all samples gives the same numbers as one sample after the other, and lets the products overlap.
 */
export function analyse(s: Int32Array, from: number, to: number, coefficients: Int32Array, lattice: Int32Array): void {
  for (let i = from; i < to; i++) backward[i] = s[i] as number;
  for (let stage = 0; stage < 8; stage++) {
    const r = coefficients[stage] as number;
    let before = lattice[stage] as number;
    for (let i = from; i < to; i++) {
      const d = s[i] as number;
      const u = before;
      before = backward[i] as number;
      backward[i] = limit16((u + ((Math.imul(r, d) + 16384) >> 15)) | 0);
      s[i] = limit16((d + ((Math.imul(r, u) + 16384) >> 15)) | 0);
    }
    lattice[stage] = before;
  }
}

/** Section 4.3.4: `count` samples of residual become speech. Coefficients are never -32768, so no product overflows. */
export function synthesise(
  residual: Int32Array,
  at: number,
  out: Int32Array,
  from: number,
  to: number,
  coefficients: Int32Array,
  v: Int32Array,
): void {
  const r0 = coefficients[0] as number;
  const r1 = coefficients[1] as number;
  const r2 = coefficients[2] as number;
  const r3 = coefficients[3] as number;
  const r4 = coefficients[4] as number;
  const r5 = coefficients[5] as number;
  const r6 = coefficients[6] as number;
  const r7 = coefficients[7] as number;
  let v0 = v[0] as number;
  let v1 = v[1] as number;
  let v2 = v[2] as number;
  let v3 = v[3] as number;
  let v4 = v[4] as number;
  let v5 = v[5] as number;
  let v6 = v[6] as number;
  let v7 = v[7] as number;
  for (let i = from; i < to; i++) {
    let sri = limit16((residual[at + i] as number) - ((Math.imul(r7, v7) + 16384) >> 15));
    sri = limit16((sri - ((Math.imul(r6, v6) + 16384) >> 15)) | 0);
    v7 = limit16((v6 + ((Math.imul(r6, sri) + 16384) >> 15)) | 0);
    sri = limit16((sri - ((Math.imul(r5, v5) + 16384) >> 15)) | 0);
    v6 = limit16((v5 + ((Math.imul(r5, sri) + 16384) >> 15)) | 0);
    sri = limit16((sri - ((Math.imul(r4, v4) + 16384) >> 15)) | 0);
    v5 = limit16((v4 + ((Math.imul(r4, sri) + 16384) >> 15)) | 0);
    sri = limit16((sri - ((Math.imul(r3, v3) + 16384) >> 15)) | 0);
    v4 = limit16((v3 + ((Math.imul(r3, sri) + 16384) >> 15)) | 0);
    sri = limit16((sri - ((Math.imul(r2, v2) + 16384) >> 15)) | 0);
    v3 = limit16((v2 + ((Math.imul(r2, sri) + 16384) >> 15)) | 0);
    sri = limit16((sri - ((Math.imul(r1, v1) + 16384) >> 15)) | 0);
    v2 = limit16((v1 + ((Math.imul(r1, sri) + 16384) >> 15)) | 0);
    sri = limit16((sri - ((Math.imul(r0, v0) + 16384) >> 15)) | 0);
    v1 = limit16((v0 + ((Math.imul(r0, sri) + 16384) >> 15)) | 0);
    v0 = sri;
    out[i] = sri;
  }
  v[0] = v0;
  v[1] = v1;
  v[2] = v2;
  v[3] = v3;
  v[4] = v4;
  v[5] = v5;
  v[6] = v6;
  v[7] = v7;
}
