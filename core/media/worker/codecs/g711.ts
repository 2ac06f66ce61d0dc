/**
 * ITU-T G.711: PCMU (µ-law, payload type 0) and PCMA (A-law, 8), both ways by table. The decoding
 * tables follow the Recommendation's own numbers; each encoding table is made from its decoding
 * table once, one byte for each of the 65 536 samples, so that a sample costs one look-up.
 */
import type { Codec, CodecRecord } from '../records.ts';

/** µ-law code to 16-bit sample (14-bit values, left-justified). */
export const ulawToLinear: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80) !== 0 ? -magnitude : magnitude;
});

/** A-law code to 16-bit sample (13-bit values, left-justified). */
export const alawToLinear: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = ((bits & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return (bits & 0x80) !== 0 ? magnitude : -magnitude;
});

/** Sample (as an unsigned 16-bit index) to µ-law code. */
export const linearToUlaw: Uint8Array = encodingTable(ulawCode);

/** Sample (as an unsigned 16-bit index) to A-law code. */
export const linearToAlaw: Uint8Array = encodingTable(alawCode);

/** The code of silence in each law. */
export const ulawSilence = 0xff;
export const alawSilence = 0xd5;

function encodingTable(code: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, index) => code((index << 16) >> 16));
}

/** Adding the bias makes each segment start at a power of two: its number is the exponent. */
function ulawCode(sample: number): number {
  const negative = sample < 0;
  // Negative samples are folded by complement, so that -1 and 0 are the two zeros.
  const magnitude = Math.min((negative ? ~sample : sample) >> 2, 8158) + 33;
  const segment = Math.max(0, 31 - Math.clz32(magnitude) - 5);
  const bits = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0f);
  return ~(bits | (negative ? 0x80 : 0)) & 0xff;
}

function alawCode(sample: number): number {
  const positive = sample >= 0;
  const magnitude = (positive ? sample : ~sample) >> 4;
  // The first two segments share one step, so the quantum of the first is the magnitude itself.
  const segment = magnitude < 16 ? 0 : 31 - Math.clz32(magnitude) - 3;
  const bits = segment === 0 ? magnitude : (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f);
  return (bits | (positive ? 0x80 : 0)) ^ 0x55;
}

/** Encodes `count` samples with one of the tables above. */
export function encodeG711(table: Uint8Array, samples: Int16Array, count: number, payload: Uint8Array): number {
  for (let i = 0; i < count; i++) payload[i] = table[(samples[i] as number) & 0xffff] as number;
  return count;
}

/** Decodes `length` bytes with one of the tables above. */
export function decodeG711(table: Int16Array, payload: Uint8Array, length: number, samples: Int16Array): number {
  for (let i = 0; i < length; i++) samples[i] = table[payload[i] as number] as number;
  return length;
}

/** One class for both laws: the packet path stays monomorphic. Stateless. */
class G711 implements Codec {
  readonly #decoding: Int16Array;
  readonly #encoding: Uint8Array;

  constructor(decoding: Int16Array, encoding: Uint8Array) {
    this.#decoding = decoding;
    this.#encoding = encoding;
  }

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    return encodeG711(this.#encoding, samples, count, payload);
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    return decodeG711(this.#decoding, payload, length, samples);
  }
}

const record = (name: string, payloadType: number, decoding: Int16Array, encoding: Uint8Array): CodecRecord => ({
  name,
  clockRateHz: 8000,
  sampleRateHz: 8000,
  channels: 1,
  staticPayloadType: payloadType,
  fmtp: null,
  maxFrameBytes: 160,
  bytesPerSample: 1,
  create: () => new G711(decoding, encoding),
});

export const codecs: readonly CodecRecord[] = [
  record('PCMU', 0, ulawToLinear, linearToUlaw),
  record('PCMA', 8, alawToLinear, linearToAlaw),
];
