/** Plain samples as files have them: widths, byte orders, G.711; to and from 16 bits, one channel. */
import { alawToLinear, encodeSample, linearToAlaw, linearToUlaw, ulawToLinear } from '../codecs/g711.ts';
import type { AudioReader, FormatWriter } from '../records.ts';
import { saturate } from '../saturate.ts';

/** `u8` has its zero at 128; floats are -1 to 1. */
export type SampleKind =
  | 'u8'
  | 's8'
  | 's16le'
  | 's16be'
  | 's24le'
  | 's24be'
  | 's32le'
  | 's32be'
  | 'f32le'
  | 'f32be'
  | 'f64le'
  | 'f64be'
  | 'ulaw'
  | 'alaw';

interface SampleCode {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly write?: (view: DataView, at: number, sample: number) => void;
}

/** A float sample; what is no number is silence. */
function fromFloat(value: number): number {
  return Number.isNaN(value) ? 0 : saturate(Math.round(value * 32_768));
}

export const sampleCodes: { readonly [Kind in SampleKind]: SampleCode } = {
  u8: {
    bytes: 1,
    read: (view, at) => (view.getUint8(at) - 128) << 8,
    write: (view, at, sample) => view.setUint8(at, Math.min(255, (sample + 32_768 + 128) >> 8)),
  },
  s8: { bytes: 1, read: (view, at) => view.getInt8(at) << 8 },
  s16le: {
    bytes: 2,
    read: (view, at) => view.getInt16(at, true),
    write: (view, at, sample) => view.setInt16(at, sample, true),
  },
  s16be: {
    bytes: 2,
    read: (view, at) => view.getInt16(at),
    write: (view, at, sample) => view.setInt16(at, sample),
  },
  s24le: {
    bytes: 3,
    read: (view, at) => view.getInt16(at + 1, true), // the upper 16 bits
    write(view, at, sample) {
      view.setUint8(at, 0);
      view.setInt16(at + 1, sample, true);
    },
  },
  s24be: { bytes: 3, read: (view, at) => view.getInt16(at) },
  s32le: { bytes: 4, read: (view, at) => view.getInt16(at + 2, true) },
  s32be: { bytes: 4, read: (view, at) => view.getInt16(at) },
  f32le: { bytes: 4, read: (view, at) => fromFloat(view.getFloat32(at, true)) },
  f32be: { bytes: 4, read: (view, at) => fromFloat(view.getFloat32(at)) },
  f64le: { bytes: 8, read: (view, at) => fromFloat(view.getFloat64(at, true)) },
  f64be: { bytes: 8, read: (view, at) => fromFloat(view.getFloat64(at)) },
  ulaw: {
    bytes: 1,
    read: (view, at) => ulawToLinear[view.getUint8(at)] as number,
    write: (view, at, sample) => view.setUint8(at, encodeSample(linearToUlaw, sample)),
  },
  alaw: {
    bytes: 1,
    read: (view, at) => alawToLinear[view.getUint8(at)] as number,
    write: (view, at, sample) => view.setUint8(at, encodeSample(linearToAlaw, sample)),
  },
};

/** Samples in memory; several channels are averaged to one. A block cut short at the end is dropped. */
export class SampleReader implements AudioReader {
  readonly sampleRateHz: number;
  readonly maxSamples: number;
  readonly #view: DataView;
  readonly #code: SampleCode;
  readonly #channels: number;
  #block = 0;

  constructor(bytes: Uint8Array, kind: SampleKind, channels: number, sampleRateHz: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#code = sampleCodes[kind];
    this.#channels = channels;
    this.sampleRateHz = sampleRateHz;
    this.maxSamples = Math.floor(bytes.length / (this.#code.bytes * channels));
  }

  read(out: Int16Array): number {
    const { bytes, read } = this.#code;
    const channels = this.#channels;
    const count = Math.min(out.length, this.maxSamples - this.#block);
    let at = this.#block * bytes * channels;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let c = 0; c < channels; c++, at += bytes) sum += read(this.#view, at);
      out[i] = channels === 1 ? sum : Math.round(sum / channels);
    }
    this.#block += count;
    return count;
  }
}

/** Encodes samples as `kind`; null for a kind that is only read. */
export function sampleWriter(
  kind: SampleKind,
  channels: number,
  header: (dataBytes: number) => Uint8Array,
): FormatWriter | null {
  const { bytes, write } = sampleCodes[kind];
  if (write === undefined) return null;
  return {
    blockBytes: bytes * channels,
    header,
    encode(samples, count) {
      const data = new Uint8Array(count * bytes);
      const view = new DataView(data.buffer);
      for (let i = 0, at = 0; i < count; i++, at += bytes) write(view, at, samples[i] as number);
      return data;
    },
  };
}
