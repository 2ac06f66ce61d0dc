import type { BandTables } from './g722-tables.ts';
import { restoreIntegers } from './integers.ts';

/**
 * Places of the state: prediction, scale factor, poles and their signal, zeroes and their differences.
 * Signals and differences are kept doubled, as FILTEP and FILTEZ want them.
 */
const words = 21;

/** Sums and reconstructed signals saturate at 16 bits. */
function limit16(value: number): number {
  return value > 32767 ? 32767 : Math.max(value, -32768);
}

/**
 * A zero's coefficient after a difference whose sign agrees (`step`) or not (block UPZERO). Signs are
 * as good as random, so a branch on them would cost more than all the arithmetic.
 */
function zero(coefficient: number, difference: number, dx: number, step: number): number {
  const opposite = (difference ^ dx) >> 31;
  return ((Math.imul(coefficient, 255) >> 8) + ((step ^ opposite) - opposite)) | 0;
}

/**
 * One direction of one ADPCM band of ITU-T G.722 (sections 3.2 to 3.6; block names of section 6.2),
 * without the filters before it: so the test sequences of Appendix II drive it too.
 */
export class G722Band {
  readonly #state = new Int32Array(words);
  readonly #tables: BandTables;

  constructor(tables: BandTables) {
    this.#tables = tables;
    this.reset();
  }

  /** Block RSCREG: as at the start. */
  reset(): void {
    this.#state.fill(0);
    this.#state[3] = this.#tables.firstStep;
  }

  /** Encodes `count` 15-bit samples; codes come one a word. */
  encode(samples: Int32Array, codes: Uint8Array, count: number): void {
    this.#run(samples, codes, count, true);
  }

  /** Decodes `count` codes to 15-bit samples. */
  decode(codes: Uint8Array, samples: Int32Array, count: number): void {
    this.#run(samples, codes, count, false);
  }

  /**
   * Both directions are the same loop but for where the code comes from. The whole state is in
   * variables while it runs: that made it four times as fast as reading and writing it sample by sample.
   */
  #run(samples: Int32Array, codes: Uint8Array, count: number, encoding: boolean): void {
    const {
      levels,
      firstHalf,
      codes: codeOf,
      coreShift,
      core,
      logSteps,
      highestLog,
      steps,
      fine,
      fineShift,
    } = this.#tables;
    const state = this.#state;
    let predicted = state[0] as number;
    let zeroes = state[1] as number;
    let log = state[2] as number;
    let factor = state[3] as number;
    let pole1 = state[4] as number;
    let pole2 = state[5] as number;
    let partial1 = state[6] as number;
    let partial2 = state[7] as number;
    let signal1 = state[8] as number;
    let b0 = state[9] as number;
    let b1 = state[10] as number;
    let b2 = state[11] as number;
    let b3 = state[12] as number;
    let b4 = state[13] as number;
    let b5 = state[14] as number;
    let d0 = state[15] as number;
    let d1 = state[16] as number;
    let d2 = state[17] as number;
    let d3 = state[18] as number;
    let d4 = state[19] as number;
    let d5 = state[20] as number;

    for (let i = 0; i < count; i++) {
      let code = codes[i] as number;
      if (encoding) {
        // Block QUANTL or QUANTH: how many decision levels are passed?
        const difference = limit16(((samples[i] as number) - predicted) | 0);
        const sign = difference >> 31;
        const magnitude = difference ^ sign;
        let passed = 0;
        for (let half = firstHalf; half > 0; half >>= 1) {
          const level = Math.imul(levels[passed + half - 1] as number, factor) >> 12;
          passed += half & ~((magnitude - level) >> 31);
        }
        code = codeOf[passed + 32 + (sign << 5)] as number;
        codes[i] = code;
      } else {
        const output = (predicted + (Math.imul(factor, fine[code >> fineShift] as number) >> 15)) | 0;
        // Block LIMIT: 15 bits.
        samples[i] = output > 16383 ? 16383 : Math.max(output, -16384);
      }

      // Blocks INVQAL, LOGSCL, SCALEL or their counterparts.
      const coreCode = code >> coreShift;
      const dx = Math.imul(factor, core[coreCode] as number) >> 15;
      log = ((Math.imul(log, 127) >> 7) + (logSteps[coreCode] as number)) | 0;
      log = log < 0 ? 0 : Math.min(log, highestLog);
      factor = steps[log >> 6] as number;

      // Blocks RECONS and PARREC; all ones where signs of partial reconstructions differ.
      const signal0 = limit16((predicted + dx) | 0);
      const partial0 = limit16((zeroes + dx) | 0);
      const differs1 = (partial0 ^ partial1) >> 31;
      const differs2 = (partial0 ^ partial2) >> 31;
      partial2 = partial1;
      partial1 = partial0;

      // Block UPPOL2: minus four times the first pole where signs agree.
      const toward = limit16(((limit16(pole1 << 2) ^ ~differs1) - ~differs1) | 0);
      pole2 = ((128 ^ differs2) - differs2 + (toward >> 7) + (Math.imul(pole2, 32512) >> 15)) | 0;
      pole2 = pole2 > 12288 ? 12288 : Math.max(pole2, -12288);
      // Block UPPOL1.
      const bound = (15360 - pole2) | 0;
      pole1 = ((192 ^ differs1) - differs1 + (Math.imul(pole1, 32640) >> 15)) | 0;
      pole1 = pole1 > bound ? bound : ((pole1 + bound) | 0) < 0 ? -bound | 0 : pole1;

      const step = dx === 0 ? 0 : 128;
      b5 = zero(b5, d5, dx, step);
      b4 = zero(b4, d4, dx, step);
      b3 = zero(b3, d3, dx, step);
      b2 = zero(b2, d2, dx, step);
      b1 = zero(b1, d1, dx, step);
      b0 = zero(b0, d0, dx, step);
      d5 = d4;
      d4 = d3;
      d3 = d2;
      d2 = d1;
      d1 = d0;
      d0 = limit16(dx << 1);
      // Blocks FILTEZ, FILTEP and PREDIC.
      zeroes = limit16(((Math.imul(b5, d5) >> 15) + (Math.imul(b4, d4) >> 15)) | 0);
      zeroes = limit16((zeroes + (Math.imul(b3, d3) >> 15)) | 0);
      zeroes = limit16((zeroes + (Math.imul(b2, d2) >> 15)) | 0);
      zeroes = limit16((zeroes + (Math.imul(b1, d1) >> 15)) | 0);
      zeroes = limit16((zeroes + (Math.imul(b0, d0) >> 15)) | 0);
      const doubled = limit16(signal0 << 1);
      const poles = limit16(((Math.imul(pole1, doubled) >> 15) + (Math.imul(pole2, signal1) >> 15)) | 0);
      signal1 = doubled;
      predicted = limit16((poles + zeroes) | 0);
    }

    state[0] = predicted;
    state[1] = zeroes;
    state[2] = log;
    state[3] = factor;
    state[4] = pole1;
    state[5] = pole2;
    state[6] = partial1;
    state[7] = partial2;
    state[8] = signal1;
    state[9] = b0;
    state[10] = b1;
    state[11] = b2;
    state[12] = b3;
    state[13] = b4;
    state[14] = b5;
    state[15] = d0;
    state[16] = d1;
    state[17] = d2;
    state[18] = d3;
    state[19] = d4;
    state[20] = d5;
  }

  state(): readonly number[] {
    return Array.from(this.#state);
  }

  restore(state: unknown): void {
    restoreIntegers(this.#state, state);
  }
}
