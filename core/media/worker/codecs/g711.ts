/**
 * ITU-T G.711: PCMU (µ-law, payload type 0) and PCMA (A-law, 8), both ways by table. Tables are
 * made once from the Recommendation's rules, so that a sample costs one look-up.
 */
import { decodeByTable, encodeByTable } from '../kernels.ts';
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

/** A law's codes by sample; the lowest `shift` bits of a sample do not matter to it. */
export interface EncodingTable {
  readonly codes: Uint8Array;
  readonly shift: number;
}

/** µ-law looks at 14 bits, A-law at 12: the tables stay small enough for the processor's cache. */
export const linearToUlaw: EncodingTable = encodingTable(ulawCode, 2);
export const linearToAlaw: EncodingTable = encodingTable(alawCode, 4);

/** Indexed by `sample >> shift`, negative ones in the upper half. */
function encodingTable(code: (sample: number) => number, shift: number): EncodingTable {
  const length = 65_536 >> shift;
  return { codes: Uint8Array.from({ length }, (_, index) => code(((index << (16 + shift)) >> 16) | 0)), shift };
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

/** The code of one sample. */
export function encodeSample(table: EncodingTable, sample: number): number {
  return table.codes[(sample >> table.shift) & (table.codes.length - 1)] as number;
}

/** Encodes `count` samples with one of the tables above; returns the bytes written. */
export function encodeG711(table: EncodingTable, samples: Int16Array, count: number, payload: Uint8Array): number {
  encodeByTable(table.codes, table.shift, samples, payload, count);
  return count;
}

/** Decodes `length` bytes with one of the tables above; returns the samples written. */
export function decodeG711(table: Int16Array, payload: Uint8Array, length: number, samples: Int16Array): number {
  decodeByTable(table, payload, 0, samples, 0, length);
  return length;
}

/** One class for both laws: the packet path stays monomorphic. Stateless. */
class G711 implements Codec {
  readonly #decoding: Int16Array;
  readonly #encoding: EncodingTable;

  constructor(decoding: Int16Array, encoding: EncodingTable) {
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

const record = (name: string, payloadType: number, decoding: Int16Array, encoding: EncodingTable): CodecRecord => ({
  name,
  clockRateHz: 8000,
  sampleRateHz: 8000,
  channels: 1,
  staticPayloadType: payloadType,
  fmtp: null,
  maxFrameBytes: 160,
  bytesPerSample: 1,
  encodingTable: encoding,
  decodingTable: decoding,
  create: () => new G711(decoding, encoding),
});

export const codecs: readonly CodecRecord[] = [
  record('PCMU', 0, ulawToLinear, linearToUlaw),
  record('PCMA', 8, alawToLinear, linearToAlaw),
];
