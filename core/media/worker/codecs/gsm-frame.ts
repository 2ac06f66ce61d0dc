/** Frames of GSM 06.10: samples to 76 parameters and back, and their two packings. */
import { add, multR } from './gsm-arithmetic.ts';
import { analyse, synthesise } from './gsm-filters.ts';
import { findLag, predictLong, subframeSamples, synthesiseLong } from './gsm-long-term.ts';
import { codePulses, decodePulses } from './gsm-pulses.ts';
import { codeRatios, coefficients, decodeRatios, segments } from './gsm-ratios.ts';
import { frameSamples, type GsmDecoderState, type GsmEncoderState, longestLag } from './gsm-state.ts';

export const gsmParameters = 76;
/** Of an RTP payload or a raw GSM file. */
export const gsmFrameBytes = 33;
/** Of two frames in a WAV file of format 49. */
export const gsmPairBytes = 65;
const subframeParameters = 17;

const s = new Int32Array(frameSamples);
const ratios = new Int32Array(8);
const reflection = new Int32Array(8);
const e = new Int32Array(subframeSamples);
const scratch = new Uint8Array(gsmParameters);

/** Sections 4.2.1 to 4.2.3: 13 bits of each sample, without offset, highs lifted. */
function preprocess(samples: Int16Array, from: number, input: Int32Array): void {
  let z1 = input[0] as number;
  let z2 = input[1] as number;
  let mp = input[2] as number;
  for (let i = 0; i < frameSamples; i++) {
    const so = ((samples[from + i] as number) >> 3) << 2;
    const s1 = so - z1;
    z1 = so;
    const msp = z2 >> 15;
    const lsp = z2 - (msp << 15);
    // L_add saturates; the sum of two 32-bit numbers is exact as a JavaScript number.
    const s2 = s1 * 32768 + multR(lsp, 32735);
    z2 = Math.min(2147483647, Math.max(-2147483648, msp * 32735 + s2));
    const rounded = Math.min(2147483647, z2 + 16384);
    const emphasis = multR(mp, -28180);
    mp = rounded >> 15;
    s[i] = add(mp, emphasis);
  }
  input[0] = z1;
  input[1] = z2;
  input[2] = mp;
}

/** Encodes 160 samples from `samples[from]` to 76 parameters. */
export function encodeGsmParameters(
  state: GsmEncoderState,
  samples: Int16Array,
  from: number,
  parameters: Uint8Array,
): void {
  preprocess(samples, from, state.input);
  codeRatios(s, parameters);
  decodeRatios(parameters, ratios);
  for (let segment = 0; segment < 4; segment++) {
    coefficients(state.ratios, ratios, segment, reflection);
    analyse(s, segments[segment] as number, segments[segment + 1] as number, reflection, state.lattice);
  }
  state.ratios.set(ratios);
  const { residual } = state;
  for (let sub = 0; sub < 4; sub++) {
    const start = sub * subframeSamples;
    const at = longestLag + start;
    const place = 8 + sub * subframeParameters;
    findLag(s, start, residual, at, parameters, place);
    predictLong(s, start, residual, at, parameters[place] as number, parameters[place + 1] as number, e);
    codePulses(e, parameters, place + 2);
    for (let i = 0; i < subframeSamples; i++) residual[at + i] = add(e[i] as number, residual[at + i] as number);
  }
  residual.copyWithin(0, frameSamples);
}

/** Decodes 76 parameters to 160 samples at `samples[to]`. Any numbers will do. */
export function decodeGsmParameters(
  state: GsmDecoderState,
  parameters: Uint8Array,
  samples: Int16Array,
  to: number,
): void {
  const { residual, output, lattice } = state;
  for (let sub = 0; sub < 4; sub++) {
    const at = longestLag + sub * subframeSamples;
    const place = 8 + sub * subframeParameters;
    decodePulses(parameters, place + 2, e);
    const lag = parameters[place] as number;
    // Section 4.3.2: "If the received LTP lag is outside of the range, the last one is used".
    if (lag >= 40 && lag <= longestLag) output[1] = lag;
    synthesiseLong(residual, at, output[1] as number, parameters[place + 1] as number, e);
  }
  decodeRatios(parameters, ratios);
  for (let segment = 0; segment < 4; segment++) {
    coefficients(state.ratios, ratios, segment, reflection);
    const from = segments[segment] as number;
    synthesise(residual, longestLag, s, from, segments[segment + 1] as number, reflection, lattice);
  }
  state.ratios.set(ratios);
  residual.copyWithin(0, frameSamples);
  // Sections 4.3.5 to 4.3.7: de-emphasis, upscaling, 13 bits.
  let msr = output[0] as number;
  for (let i = 0; i < frameSamples; i++) {
    msr = add(s[i] as number, multR(msr, 28180));
    samples[to + i] = add(msr, msr) & 0xfff8;
  }
  output[0] = msr;
}

/** Bits of each parameter, in the order of transmission (table 1.1). */
const ratioBits = [6, 6, 5, 5, 4, 4, 3, 3];
const subframeBits = [7, 2, 2, 6, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3];
const widths = Uint8Array.of(...ratioBits, ...subframeBits, ...subframeBits, ...subframeBits, ...subframeBits);

/** RFC 3551, section 4.5.8.1: the signature 0xD, then all bits, most significant first. */
const signature = 0xd;

/** Encodes 160 samples from `samples[from]` to the 33 bytes at `frame[at]`. */
export function encodeGsmFrame(
  state: GsmEncoderState,
  samples: Int16Array,
  from: number,
  frame: Uint8Array,
  at: number,
): void {
  encodeGsmParameters(state, samples, from, scratch);
  let bits = signature;
  let held = 4;
  let place = at;
  for (let i = 0; i < gsmParameters; i++) {
    const width = widths[i] as number;
    bits = (bits << width) | (scratch[i] as number);
    held += width;
    if (held < 8) continue;
    held -= 8;
    frame[place++] = bits >> held;
    bits &= (1 << held) - 1;
  }
}

/** Decodes the 33 bytes at `frame[at]` to 160 samples at `samples[to]`; false: the signature is not there. */
export function decodeGsmFrame(
  state: GsmDecoderState,
  frame: Uint8Array,
  at: number,
  samples: Int16Array,
  to: number,
): boolean {
  let bits = frame[at] as number;
  if (bits >> 4 !== signature) return false;
  let held = 4;
  let place = at + 1;
  for (let i = 0; i < gsmParameters; i++) {
    const width = widths[i] as number;
    if (held < width) {
      bits = ((bits & 0xff) << 8) | (frame[place++] as number);
      held += 8;
    }
    held -= width;
    scratch[i] = (bits >> held) & ((1 << width) - 1);
  }
  decodeGsmParameters(state, scratch, samples, to);
  return true;
}

/** Encodes 320 samples to the 65 bytes of a WAV file's block (format 49): no signature, least significant bit first. */
export function encodeGsmPair(
  state: GsmEncoderState,
  samples: Int16Array,
  from: number,
  block: Uint8Array,
  at: number,
): void {
  let bits = 0;
  let held = 0;
  let place = at;
  for (let frame = 0; frame < 2; frame++) {
    encodeGsmParameters(state, samples, from + frame * frameSamples, scratch);
    for (let i = 0; i < gsmParameters; i++) {
      bits |= (scratch[i] as number) << held;
      held += widths[i] as number;
      for (; held >= 8; held -= 8) {
        block[place++] = bits & 0xff;
        bits >>= 8;
      }
    }
  }
}

/** Decodes the 65 bytes at `block[at]` to 320 samples at `samples[to]`. */
export function decodeGsmPair(
  state: GsmDecoderState,
  block: Uint8Array,
  at: number,
  samples: Int16Array,
  to: number,
): void {
  let bits = 0;
  let held = 0;
  let place = at;
  for (let frame = 0; frame < 2; frame++) {
    for (let i = 0; i < gsmParameters; i++) {
      const width = widths[i] as number;
      if (held < width) {
        bits |= (block[place++] as number) << held;
        held += 8;
      }
      scratch[i] = bits & ((1 << width) - 1);
      bits >>= width;
      held -= width;
    }
    decodeGsmParameters(state, scratch, samples, to + frame * frameSamples);
  }
}
