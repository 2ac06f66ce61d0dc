/** GSM 06.10 full rate (RFC 3551, section 4.5.8): 13 kbit/s, 33 bytes for 20 ms. */
import type { Codec, CodecRecord } from '../records.ts';
import { decodeGsmFrame, encodeGsmFrame, gsmFrameBytes } from './gsm-frame.ts';
import { frameSamples, GsmDecoderState, GsmEncoderState } from './gsm-state.ts';
import { fieldOf } from './integers.ts';

export {
  decodeGsmFrame,
  decodeGsmPair,
  decodeGsmParameters,
  encodeGsmFrame,
  encodeGsmPair,
  encodeGsmParameters,
  gsmFrameBytes,
  gsmPairBytes,
  gsmParameters,
} from './gsm-frame.ts';
export { GsmDecoderState, GsmEncoderState } from './gsm-state.ts';

class Gsm implements Codec {
  readonly #encoder = new GsmEncoderState();
  readonly #decoder = new GsmDecoderState();

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    const frames = Math.min(Math.floor(count / frameSamples), Math.floor(payload.length / gsmFrameBytes));
    for (let i = 0; i < frames; i++) {
      encodeGsmFrame(this.#encoder, samples, i * frameSamples, payload, i * gsmFrameBytes);
    }
    return frames * gsmFrameBytes;
  }

  /** Whole frames up to the first that is none. */
  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    const bytes = Math.min(length, payload.length);
    const frames = Math.min(Math.floor(bytes / gsmFrameBytes), Math.floor(samples.length / frameSamples));
    for (let i = 0; i < frames; i++) {
      if (!decodeGsmFrame(this.#decoder, payload, i * gsmFrameBytes, samples, i * frameSamples)) {
        return i * frameSamples;
      }
    }
    return frames * frameSamples;
  }

  snapshot(): unknown {
    return { encoder: this.#encoder.state(), decoder: this.#decoder.state() };
  }

  restore(state: unknown): void {
    this.#encoder.restore(fieldOf(state, 'encoder'));
    this.#decoder.restore(fieldOf(state, 'decoder'));
  }
}

export const codecs: readonly CodecRecord[] = [
  {
    name: 'GSM',
    clockRateHz: 8000,
    sampleRateHz: 8000,
    channels: 1,
    staticPayloadType: 3,
    fmtp: null,
    maxFrameBytes: gsmFrameBytes,
    create: () => new Gsm(),
  },
];
