/**
 * GSM 06.10 in files: plain frames of 33 bytes (`.gsm`), as on the wire (RFC 3551, 4.5.8), and pairs of
 * frames in 65 bytes inside of WAV files (WAV49).
 */
import {
  decodeGsmFrame,
  decodeGsmPair,
  encodeGsmFrame,
  encodeGsmPair,
  GsmDecoderState,
  GsmEncoderState,
  gsmFrameBytes,
  gsmPairBytes,
} from '../codecs/gsm.ts';
import type { AudioReader, FormatRecord, FormatWriter } from '../records.ts';
import { damaged, impossible } from './damage.ts';
import { noHeader } from './raw.ts';
import { readAll } from './read-all.ts';

const frameSamples = 160;
const rateHz = 8000;
const signature = 0xd;

/** What is encoded at once. */
interface Packing {
  readonly bytes: number;
  readonly samples: number;
  readonly decode: (state: GsmDecoderState, bytes: Uint8Array, at: number, samples: Int16Array) => void;
  readonly encode: (state: GsmEncoderState, samples: Int16Array, bytes: Uint8Array, at: number) => void;
}

const plain: Packing = {
  bytes: gsmFrameBytes,
  samples: frameSamples,
  decode: (state, bytes, at, samples) => void decodeGsmFrame(state, bytes, at, samples, 0),
  encode: (state, samples, bytes, at) => encodeGsmFrame(state, samples, 0, bytes, at),
};

const pairs: Packing = {
  bytes: gsmPairBytes,
  samples: 2 * frameSamples,
  decode: (state, bytes, at, samples) => decodeGsmPair(state, bytes, at, samples, 0),
  encode: (state, samples, bytes, at) => encodeGsmPair(state, samples, 0, bytes, at),
};

export const wav49BlockBytes = pairs.bytes;
export const wav49BlockSamples = pairs.samples;

/** Blocks decoded one after the other; one that is cut short at the end is dropped. */
class GsmReader implements AudioReader {
  readonly sampleRateHz: number;
  readonly maxSamples: number;
  readonly #bytes: Uint8Array;
  readonly #packing: Packing;
  readonly #state = new GsmDecoderState();
  readonly #samples: Int16Array;
  readonly #blocks: number;
  #next = 0;
  #given: number;

  constructor(bytes: Uint8Array, packing: Packing, sampleRateHz: number) {
    this.#bytes = bytes;
    this.#packing = packing;
    this.#blocks = Math.floor(bytes.length / packing.bytes);
    this.#samples = new Int16Array(packing.samples);
    this.#given = packing.samples;
    this.sampleRateHz = sampleRateHz;
    this.maxSamples = this.#blocks * packing.samples;
  }

  read(out: Int16Array): number {
    let filled = 0;
    while (filled < out.length) {
      if (this.#given === this.#samples.length) {
        if (this.#next === this.#blocks) break;
        this.#packing.decode(this.#state, this.#bytes, this.#next++ * this.#packing.bytes, this.#samples);
        this.#given = 0;
      }
      const take = Math.min(out.length - filled, this.#samples.length - this.#given);
      out.set(this.#samples.subarray(this.#given, this.#given + take), filled);
      this.#given += take;
      filled += take;
    }
    return filled;
  }
}

function openGsm(bytes: Uint8Array): AudioReader {
  for (let at = 0; at + gsmFrameBytes <= bytes.length; at += gsmFrameBytes) {
    if ((bytes[at] as number) >> 4 !== signature) {
      throw damaged('GSM', at, 'no frame begins here (its first four bits are not 1101)');
    }
  }
  return new GsmReader(bytes, plain, rateHz);
}

/** The data chunk of a WAV49 file. */
export function openWav49(data: Uint8Array, sampleRateHz: number): AudioReader {
  return new GsmReader(data, pairs, sampleRateHz);
}

/** Writes whole blocks; the last one is filled up with silence. */
export function gsmWriter(kind: 'gsm' | 'wav49', header: (dataBytes: number) => Uint8Array): FormatWriter {
  const packing = kind === 'gsm' ? plain : pairs;
  const state = new GsmEncoderState();
  const block = new Int16Array(packing.samples);
  let filled = 0;
  return {
    header,
    encode(samples, count) {
      const bytes = new Uint8Array(Math.floor((filled + count) / block.length) * packing.bytes);
      let made = 0;
      for (let i = 0; i < count; i++) {
        block[filled++] = samples[i] as number;
        if (filled < block.length) continue;
        packing.encode(state, block, bytes, made);
        made += packing.bytes;
        filled = 0;
      }
      return bytes;
    },
    finish() {
      if (filled === 0) return new Uint8Array(0);
      const bytes = new Uint8Array(packing.bytes);
      packing.encode(state, block.fill(0, filled), bytes, 0);
      filled = 0;
      return bytes;
    },
  };
}

export const formats: readonly FormatRecord[] = [
  {
    extensions: ['gsm'],
    mime: 'audio/GSM',
    open: openGsm,
    decode: (bytes) => readAll(openGsm(bytes)),
    writerRateHz: rateHz,
    writer(sampleRateHz, { channels = 1 } = {}) {
      if (channels !== 1 || sampleRateHz !== rateHz) throw impossible('GSM', 'one channel at 8000 Hz only');
      return gsmWriter('gsm', noHeader);
    },
  },
];
