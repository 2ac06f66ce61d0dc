/** Files that are blocks of one size, each decoded after the one before. */
import type { AudioReader, FormatWriter } from '../records.ts';

export interface BlockCoding {
  readonly bytes: number;
  readonly samples: number;
  /** With a state of its own: decodes the block at `at` to `samples`. */
  readonly newDecoder: () => (bytes: Uint8Array, at: number, samples: Int16Array) => void;
  /** With a state of its own: encodes `samples` to the block at `at`. */
  readonly newEncoder: () => (samples: Int16Array, bytes: Uint8Array, at: number) => void;
}

/** A block that is cut short at the end is dropped. */
export class BlockReader implements AudioReader {
  readonly sampleRateHz: number;
  readonly maxSamples: number;
  readonly #bytes: Uint8Array;
  readonly #coding: BlockCoding;
  readonly #decode: ReturnType<BlockCoding['newDecoder']>;
  readonly #samples: Int16Array;
  readonly #blocks: number;
  #next = 0;
  #given: number;

  constructor(bytes: Uint8Array, coding: BlockCoding, sampleRateHz: number) {
    this.#bytes = bytes;
    this.#coding = coding;
    this.#decode = coding.newDecoder();
    this.#blocks = Math.floor(bytes.length / coding.bytes);
    this.#samples = new Int16Array(coding.samples);
    this.#given = coding.samples;
    this.sampleRateHz = sampleRateHz;
    this.maxSamples = this.#blocks * coding.samples;
  }

  read(out: Int16Array): number {
    let filled = 0;
    while (filled < out.length) {
      if (this.#given === this.#samples.length) {
        if (this.#next === this.#blocks) break;
        this.#decode(this.#bytes, this.#next++ * this.#coding.bytes, this.#samples);
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

/** Writes whole blocks; the last one is filled up with silence. */
export function blockWriter(coding: BlockCoding, header: (dataBytes: number) => Uint8Array): FormatWriter {
  const encode = coding.newEncoder();
  const block = new Int16Array(coding.samples);
  let filled = 0;
  return {
    header,
    encode(samples, count) {
      const bytes = new Uint8Array(Math.floor((filled + count) / block.length) * coding.bytes);
      let made = 0;
      for (let i = 0; i < count; i++) {
        block[filled++] = samples[i] as number;
        if (filled < block.length) continue;
        encode(block, bytes, made);
        made += coding.bytes;
        filled = 0;
      }
      return bytes;
    },
    finish() {
      if (filled === 0) return new Uint8Array(0);
      const bytes = new Uint8Array(coding.bytes);
      encode(block.fill(0, filled), bytes, 0);
      filled = 0;
      return bytes;
    },
  };
}
