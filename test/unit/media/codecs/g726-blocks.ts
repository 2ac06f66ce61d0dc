/**
 * ITU-T G.726 once more, slowly: block by block as section 4.2 has them, on words of as many bits as the
 * Recommendation says, in sign and magnitude where it has that. Shares nothing with the codec but the
 * quantizer's tables.
 */
import { type G726Kbps, g726Rates } from '../../../../core/media/worker/codecs/g726-tables.ts';

const bit = (word: number, place: number): number => (word >> place) & 1;
/** Two's complement of `bits` bits. */
const field = (value: number, bits: number): number => ((value % 2 ** bits) + 2 ** bits) % 2 ** bits;
const signedOf = (word: number, bits: number): number => (word >= 2 ** (bits - 1) ? word - 2 ** bits : word);

/** Exponent of FLOATA, FLOATB: places of the highest bit, by asking each. */
function places(magnitude: number): number {
  let exponent = 0;
  while (magnitude >= 2 ** exponent) exponent++;
  return exponent;
}

interface Float {
  readonly sign: number;
  readonly exponent: number;
  readonly mantissa: number;
}

function float(sign: number, magnitude: number): Float {
  const exponent = places(magnitude);
  return { sign, exponent, mantissa: magnitude === 0 ? 32 : Math.floor((magnitude * 64) / 2 ** exponent) };
}

/** Block FMULT: a coefficient of 16 bits by a float, to 16 bits. */
function fmult(coefficient: number, by: Float): number {
  const sign = bit(coefficient, 15);
  const magnitude = sign === 0 ? coefficient >> 2 : (16384 - (coefficient >> 2)) & 8191;
  const exponent = places(magnitude);
  const mantissa = magnitude === 0 ? 32 : Math.floor((magnitude * 64) / 2 ** exponent);
  const productExponent = by.exponent + exponent;
  const product = (by.mantissa * mantissa + 48) >> 4;
  const value =
    productExponent <= 26
      ? Math.floor((product * 128) / 2 ** (26 - productExponent))
      : field(product * 128 * 2 ** (productExponent - 26), 15);
  return (sign ^ by.sign) === 1 ? field(-value, 16) : value;
}

export class SlowG726 {
  readonly #kbps: G726Kbps;
  #yu = 544;
  #yl = 34816;
  #ap = 0;
  #dms = 0;
  #dml = 0;
  #td = 0;
  #a1 = 0;
  #a2 = 0;
  #pk1 = 0;
  #pk2 = 0;
  #b = [0, 0, 0, 0, 0, 0];
  #dq: Float[] = Array.from({ length: 6 }, () => float(0, 0));
  #sr: Float[] = [float(0, 0), float(0, 0)];

  constructor(kbps: G726Kbps) {
    this.#kbps = kbps;
  }

  /** A code of `sample` (14 bits, signed), or with `code` what that is decoded to (16 bits before the output's limit). */
  step(sample: number | null, given = 0): { readonly code: number; readonly output: number } {
    const rate = g726Rates[this.#kbps];
    const width = rate.bitsPerCode;
    // FMULT, ACCUM.
    const products = this.#b.map((each, i) => fmult(each, this.#dq[i] ?? float(0, 0)));
    const sezi = field(
      products.reduce((sum, each) => sum + each, 0),
      16,
    );
    const wa = fmult(this.#a1, this.#sr[0] ?? float(0, 0)) + fmult(this.#a2, this.#sr[1] ?? float(0, 0));
    const se = field(sezi + wa, 16) >> 1;
    const sez = sezi >> 1;
    const seSigned = signedOf(se, 15);
    // LIMA, MIX.
    const al = this.#ap >= 256 ? 64 : this.#ap >> 2;
    const dif = field(this.#yu - (this.#yl >> 6), 14);
    const difm = bit(dif, 13) === 1 ? (16384 - dif) & 8191 : dif;
    const prodm = (difm * al) >> 6;
    const y = field((this.#yl >> 6) + (bit(dif, 13) === 1 ? field(-prodm, 14) : prodm), 13);
    const code = sample === null ? given : this.#quantize(sample - seSigned, y);
    // RECONST, ADDA, ANTILOG.
    const dqs = bit(code, width - 1);
    const dql = field((rate.reconstruction[code] ?? 0) + (y >> 2), 12);
    const dqt = 128 + (dql & 127);
    const dqm = bit(dql, 11) === 1 ? 0 : Math.floor((dqt * 128) / 2 ** (14 - ((dql >> 7) & 15)));
    const dq = dqs === 1 ? -dqm : dqm;
    const sr = field(seSigned + dq, 16);
    // TRANS.
    const ylInteger = this.#yl >> 15;
    const ylFraction = (this.#yl >> 10) & 31;
    const thr2 = ylInteger > 9 ? 31 * 1024 : (32 + ylFraction) * 2 ** ylInteger;
    const tr = this.#td === 1 && dqm > (thr2 + (thr2 >> 1)) >> 1;
    // ADDC.
    const dqsez = field(dq + signedOf(sez, 15), 16);
    const pk0 = bit(dqsez, 15);
    const sigpk = dqsez === 0;
    // UPA2, LIMC, TRIGB.
    const a1 = signedOf(this.#a1, 16);
    const a2 = signedOf(this.#a2, 16);
    const fa1 = Math.max(-8191, Math.min(8191, a1)) * 4;
    const uga2a = (pk0 === this.#pk2 ? 16384 : -16384) + (pk0 === this.#pk1 ? -fa1 : fa1);
    const uga2 = sigpk ? 0 : Math.floor(uga2a / 128);
    const a2p = Math.max(-12288, Math.min(12288, a2 + uga2 - Math.floor(a2 / 128)));
    // UPA1, LIMD.
    const uga1 = sigpk ? 0 : pk0 === this.#pk1 ? 192 : -192;
    const bound = 15360 - a2p;
    const a1p = Math.max(-bound, Math.min(bound, a1 + uga1 - Math.floor(a1 / 256)));
    const tdp = a2p < -11776 ? 1 : 0;
    // XOR, UPB.
    const leak = this.#kbps === 40 ? 512 : 256;
    this.#b = this.#b.map((each, i) => {
      const before = signedOf(each, 16);
      const ugb = dqm === 0 ? 0 : dqs === this.#dq[i]?.sign ? 128 : -128;
      return tr ? 0 : field(before + ugb - Math.floor(before / leak), 16);
    });
    this.#a1 = tr ? 0 : field(a1p, 16);
    this.#a2 = tr ? 0 : field(a2p, 16);
    this.#td = tr ? 0 : tdp;
    this.#pk2 = this.#pk1;
    this.#pk1 = pk0;
    // FLOATA, FLOATB.
    this.#dq = [float(dqs, dqm), ...this.#dq.slice(0, 5)];
    this.#sr = [float(bit(sr, 15), bit(sr, 15) === 1 ? (65536 - sr) & 32767 : sr), this.#sr[0] ?? float(0, 0)];
    this.#adaptScale(y, rate.multipliers[code] ?? 0, (rate.speeds[code] ?? 0) / 512, tr, tdp);
    return { code, output: Math.max(-32768, Math.min(32767, signedOf(sr, 16) * 4)) };
  }

  /** SUBTA, LOG, SUBTB, QUAN. */
  #quantize(d: number, y: number): number {
    const { levels, smallest, bitsPerCode } = g726Rates[this.#kbps];
    const dqm = Math.abs(d);
    const exponent = Math.max(0, places(dqm) - 1);
    const dl = exponent * 128 + (Math.floor((dqm * 128) / 2 ** exponent) & 127);
    const dln = signedOf(field(dl - (y >> 2), 12), 12);
    const interval = levels.filter((level) => dln >= level).length;
    if (d < 0) return 2 ** bitsPerCode - 1 - interval;
    return interval === 0 ? smallest : interval;
  }

  /** FILTD, LIMB, FILTE; FILTA, FILTB, SUBTC, FILTC, TRIGA. */
  #adaptScale(y: number, wi: number, fi: number, tr: boolean, tdp: number): void {
    this.#yu = Math.max(544, Math.min(5120, y + Math.floor((wi - y) / 32)));
    this.#yl = this.#yl + this.#yu + Math.floor(-this.#yl / 64);
    this.#dms += Math.floor((fi * 512 - this.#dms) / 32);
    this.#dml += Math.floor((fi * 2048 - this.#dml) / 128);
    const far = Math.abs(this.#dms * 4 - this.#dml) >= this.#dml >> 3;
    const ax = y < 1536 || far || tdp === 1;
    this.#ap = tr ? 256 : this.#ap + Math.floor(((ax ? 512 : 0) - this.#ap) / 16);
  }
}
