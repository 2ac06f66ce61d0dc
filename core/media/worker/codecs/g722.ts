/**
 * ITU-T G.722 at 64 kbit/s: two bands of 8000 samples each behind quadrature mirror filters. "Even
 * though the actual sampling rate for G.722 audio is 16,000 Hz, the RTP clock rate … is 8,000 Hz"
 * (RFC 3551, section 4.5.2).
 */
import type { Codec, CodecRecord } from '../records.ts';
import { G722Band } from './g722-band.ts';
import { backward, DelayLine, forward, linePairs } from './g722-filter.ts';
import { higherBand, lowerBand } from './g722-tables.ts';
import { fieldOf } from './integers.ts';

// What one run of the bands reads and writes: shared, for it is done with before the next begins.
const lowSamples = new Int32Array(linePairs);
const highSamples = new Int32Array(linePairs);
const lowCodes = new Uint8Array(linePairs);
const highCodes = new Uint8Array(linePairs);

function limit(value: number, bound: number): number {
  return value >= bound ? bound - 1 : Math.max(value, -bound);
}

/** Both directions of one stream. Mode: what of each byte the decoder takes for speech (1: all). */
export class G722 implements Codec {
  readonly #encodeLow = new G722Band(lowerBand[1]);
  readonly #encodeHigh = new G722Band(higherBand);
  readonly #decodeLow: G722Band;
  readonly #decodeHigh = new G722Band(higherBand);
  readonly #sent = new DelayLine();
  readonly #received = new DelayLine();

  constructor(mode: 1 | 2 | 3 = 1) {
    this.#decodeLow = new G722Band(lowerBand[mode]);
  }

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    const bytes = Math.min(count >> 1, samples.length >> 1, payload.length);
    const line = this.#sent;
    for (let from = 0; from < bytes; from += linePairs) {
      const pairs = Math.min(linePairs, bytes - from);
      for (let i = 0; i < pairs; i++) {
        line.push(samples[2 * (from + i)] as number, samples[2 * (from + i) + 1] as number);
        const a = forward(line.even, line.end);
        const b = backward(line.odd, line.end);
        lowSamples[i] = limit((a + b) >> 14, 16384);
        highSamples[i] = limit((b - a) >> 14, 16384);
      }
      this.#encodeLow.encode(lowSamples, lowCodes, pairs);
      this.#encodeHigh.encode(highSamples, highCodes, pairs);
      for (let i = 0; i < pairs; i++) payload[from + i] = ((highCodes[i] as number) << 6) | (lowCodes[i] as number);
    }
    return bytes;
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    const bytes = Math.min(length, payload.length, samples.length >> 1);
    const line = this.#received;
    for (let from = 0; from < bytes; from += linePairs) {
      const pairs = Math.min(linePairs, bytes - from);
      for (let i = 0; i < pairs; i++) {
        const code = payload[from + i] as number;
        lowCodes[i] = code & 0x3f;
        highCodes[i] = code >> 6;
      }
      this.#decodeLow.decode(lowCodes, lowSamples, pairs);
      this.#decodeHigh.decode(highCodes, highSamples, pairs);
      for (let i = 0; i < pairs; i++) {
        const low = lowSamples[i] as number;
        const high = highSamples[i] as number;
        line.push((low + high) | 0, (low - high) | 0);
        samples[2 * (from + i)] = limit(backward(line.odd, line.end) >> 11, 32768);
        samples[2 * (from + i) + 1] = limit(forward(line.even, line.end) >> 11, 32768);
      }
    }
    return bytes * 2;
  }

  snapshot(): unknown {
    return {
      encode: { low: this.#encodeLow.state(), high: this.#encodeHigh.state(), filter: this.#sent.state() },
      decode: { low: this.#decodeLow.state(), high: this.#decodeHigh.state(), filter: this.#received.state() },
    };
  }

  restore(state: unknown): void {
    const encode = fieldOf(state, 'encode');
    this.#encodeLow.restore(fieldOf(encode, 'low'));
    this.#encodeHigh.restore(fieldOf(encode, 'high'));
    this.#sent.restore(fieldOf(encode, 'filter'));
    const decode = fieldOf(state, 'decode');
    this.#decodeLow.restore(fieldOf(decode, 'low'));
    this.#decodeHigh.restore(fieldOf(decode, 'high'));
    this.#received.restore(fieldOf(decode, 'filter'));
  }
}

export const codecs: readonly CodecRecord[] = [
  {
    name: 'G722',
    clockRateHz: 8000,
    sampleRateHz: 16000,
    channels: 1,
    staticPayloadType: 9,
    fmtp: null,
    maxFrameBytes: 160,
    bytesPerSample: 0.5,
    create: () => new G722(),
  },
];
