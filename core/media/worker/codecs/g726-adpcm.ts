/**
 * The ADPCM of ITU-T G.726, section 4: one direction, sample by sample, in the Recommendation's own
 * arithmetic. Block names are its.
 */
import type { G726Rate } from './g726-tables.ts';
import { restoreIntegers } from './integers.ts';

// Places of the state.
const yl = 0;
const yu = 1;
const dms = 2;
const dml = 3;
const ap = 4;
const td = 5;
const a1 = 6;
const a2 = 7;
const pk1 = 8;
const pk2 = 9;
const sr1 = 10;
const sr2 = 11;
const b = 12;
const dqs = 18;
const words = 24;

/** Number of bits that `value` takes: the exponent of FLOATA, FLOATB and LOG. */
function bits(value: number): number {
  return 32 - Math.clz32(value);
}

/** Blocks FLOATA and FLOATB: sign, 4 bits of exponent, 6 of mantissa, as one signed number. */
function toFloat(magnitude: number, negative: boolean): number {
  const exponent = bits(magnitude);
  const float = magnitude === 0 ? 0x20 : (exponent << 6) + ((magnitude << 6) >> exponent);
  return negative ? float - 0x400 : float;
}

/** Block FMULT: coefficient by float. */
function fmult(coefficient: number, float: number): number {
  const an = coefficient >> 2;
  const size = an > 0 ? an : -an & 0x1fff;
  const exponent = bits(size) - 6;
  const mantissa = size === 0 ? 32 : exponent >= 0 ? size >> exponent : size << -exponent;
  const shift = exponent + ((float >> 6) & 0xf) - 13;
  const product = (Math.imul(mantissa, float & 0x3f) + 0x30) >> 4;
  const value = shift >= 0 ? (product << shift) & 0x7fff : product >> -shift;
  return (an ^ float) < 0 ? -value | 0 : value;
}

export class G726Adpcm {
  readonly #rate: G726Rate;
  readonly #state = new Int32Array(words);
  // What one sample's steps hand on to each other.
  /** Estimate of the zeroes alone, and of the whole signal. */
  #sez = 0;
  #se = 0;
  /** Quantizer scale factor. */
  #y = 0;
  /** Reconstructed signal. */
  #sr = 0;
  /** The last sample ended a tone: everything starts anew. */
  #transition = false;

  constructor(rate: G726Rate) {
    this.#rate = rate;
    this.reset();
  }

  /** Section 4.2.9: optional reset. */
  reset(): void {
    const state = this.#state;
    state.fill(0);
    state[yl] = 34816;
    state[yu] = 544;
    state[sr1] = 32;
    state[sr2] = 32;
    state.fill(32, dqs);
  }

  /** Encodes a 14-bit sample. */
  encode(sample: number): number {
    this.#predict();
    const code = this.#quantize((sample - this.#se) | 0);
    this.#adapt(code);
    return code;
  }

  /** Decodes to a 16-bit sample of 14 significant bits. */
  decode(code: number): number {
    this.#predict();
    this.#adapt(code);
    const sample = this.#sr << 2;
    return sample > 32767 ? 32767 : Math.max(sample, -32768);
  }

  /**
   * The code that `sample` would have had in place of the last one decoded: what the synchronous
   * coding adjustment (section 4.2.8) of a decoder to A-law or µ-law asks.
   */
  recode(sample: number): number {
    return this.#quantize((sample - this.#se) | 0);
  }

  /** Blocks FMULT, ACCUM, and MIX. */
  #predict(): void {
    const s = this.#state;
    let zeroes = 0;
    for (let i = 0; i < 6; i++) zeroes = (zeroes + fmult(s[b + i] as number, s[dqs + i] as number)) | 0;
    // Both sums are of 16 bits, signed.
    zeroes = (zeroes << 16) >> 16;
    const all = zeroes + fmult(s[a2] as number, s[sr2] as number) + fmult(s[a1] as number, s[sr1] as number);
    this.#sez = zeroes >> 1;
    this.#se = ((all << 16) >> 16) >> 1;
    const fast = s[yu] as number;
    const speed = s[ap] as number;
    if (speed >= 256) {
      this.#y = fast;
      return;
    }
    const slow = (s[yl] as number) >> 6;
    const difference = fast - slow;
    const product = Math.imul(difference, speed >> 2);
    this.#y = slow + ((difference < 0 ? product + 0x3f : product) >> 6);
  }

  /** Blocks LOG, SUBTB and QUAN. */
  #quantize(difference: number): number {
    const { levels, smallest } = this.#rate;
    const magnitude = difference < 0 ? -difference : difference;
    const exponent = bits(magnitude >> 1);
    const mantissa = ((magnitude << 7) >> exponent) & 0x7f;
    const normalized = (exponent << 7) + mantissa - (this.#y >> 2);
    const { length } = levels;
    let passed = 0;
    while (passed < length && normalized >= (levels[passed] as number)) passed++;
    if (difference < 0) return 2 * length + 1 - passed;
    return passed === 0 ? smallest : passed;
  }

  /** Blocks RECONST, ADDA, ANTILOG: the magnitude of the quantized difference. */
  #reconstruct(code: number): number {
    const log = (this.#rate.reconstruction[code] as number) + (this.#y >> 2);
    if (log < 0) return 0;
    return ((128 + (log & 127)) << 7) >> (14 - ((log >> 7) & 15));
  }

  /** Everything that follows from a code, the same on both sides. */
  #adapt(code: number): void {
    const rate = this.#rate;
    const s = this.#state;
    const negative = code >> (rate.bitsPerCode - 1) !== 0;
    const magnitude = this.#reconstruct(code);
    const dq = negative ? -magnitude | 0 : magnitude;
    // Block ADDB: 16 bits, which wrap round: only 40 kbit/s has differences as large.
    this.#sr = ((this.#se + dq) << 16) >> 16;
    this.#adaptFilters(dq, magnitude, negative);
    this.#adaptSpeed(rate.multipliers[code] as number, rate.speeds[code] as number);
    s[td] = (s[a2] as number) < -11776 ? 1 : 0;
  }

  /** Block TRANS: is this the end of a tone from a modem? */
  #isTransition(magnitude: number): boolean {
    const s = this.#state;
    if (s[td] === 0) return false;
    const log = s[yl] as number;
    const whole = log >> 15;
    const threshold = whole > 9 ? 31 << 10 : (32 + ((log >> 10) & 0x1f)) << whole;
    return magnitude > (threshold + (threshold >> 1)) >> 1;
  }

  #adaptFilters(dq: number, magnitude: number, negative: boolean): void {
    const s = this.#state;
    // Block ADDC: sign of the partially reconstructed signal, and whether it is zero.
    const partial = ((dq + this.#sez) << 16) >> 16;
    const sign = partial < 0 ? 1 : 0;
    this.#transition = this.#isTransition(magnitude);
    if (this.#transition) {
      s[a1] = 0;
      s[a2] = 0;
      for (let i = 0; i < 6; i++) s[b + i] = 0;
    } else {
      this.#adaptPoles(sign, partial === 0);
      const { leak } = this.#rate;
      for (let i = 0; i < 6; i++) {
        const before = s[b + i] as number;
        // Block XOR: a difference of zero moves nothing.
        const opposite = (s[dqs + i] as number) < 0 !== negative;
        const after = before - (before >> leak) + (magnitude === 0 ? 0 : opposite ? -128 : 128);
        // Coefficients have 16 bits and wrap: codes that no encoder makes get there.
        s[b + i] = (after << 16) >> 16;
      }
    }
    s.copyWithin(dqs + 1, dqs, dqs + 5);
    s[dqs] = toFloat(magnitude, negative);
    s[sr2] = s[sr1] as number;
    const sr = this.#sr;
    s[sr1] = sr === -32768 ? 0x20 - 0x400 : toFloat(sr < 0 ? -sr : sr, sr < 0);
    s[pk2] = s[pk1] as number;
    s[pk1] = sign;
  }

  /** Blocks UPA2, LIMC, UPA1 and LIMD. */
  #adaptPoles(sign: number, isZero: boolean): void {
    const s = this.#state;
    const old1 = s[a1] as number;
    let pole2 = (s[a2] as number) - ((s[a2] as number) >> 7);
    let pole1 = old1 - (old1 >> 8);
    if (!isZero) {
      const differs = sign !== s[pk1];
      const toward = differs ? old1 : -old1;
      pole2 += toward < -8191 ? -256 : toward > 8191 ? 255 : toward >> 5;
      pole2 += sign === s[pk2] ? 128 : -128;
      pole1 += differs ? -192 : 192;
    }
    pole2 = pole2 > 12288 ? 12288 : Math.max(pole2, -12288);
    const bound = 15360 - pole2;
    s[a1] = pole1 > bound ? bound : Math.max(pole1, -bound);
    s[a2] = pole2;
  }

  /** Blocks FILTD, LIMB, FILTE, FILTA, FILTB, SUBTC and FILTC. */
  #adaptSpeed(multiplier: number, speed: number): void {
    const s = this.#state;
    const y = this.#y;
    const fast = y + ((multiplier - y) >> 5);
    s[yu] = fast < 544 ? 544 : Math.min(fast, 5120);
    s[yl] = (s[yl] as number) + (s[yu] as number) + (-(s[yl] as number) >> 6);
    const short = (s[dms] as number) + ((speed - (s[dms] as number)) >> 5);
    const long = (s[dml] as number) + (((speed << 2) - (s[dml] as number)) >> 7);
    s[dms] = short;
    s[dml] = long;
    const before = s[ap] as number;
    const tone = (s[a2] as number) < -11776;
    if (this.#transition) s[ap] = 256;
    else if (y < 1536 || tone || Math.abs((short << 2) - long) >= long >> 3) s[ap] = before + ((0x200 - before) >> 4);
    else s[ap] = before + (-before >> 4);
  }

  state(): readonly number[] {
    return Array.from(this.#state);
  }

  restore(state: unknown): void {
    restoreIntegers(this.#state, state);
  }
}
