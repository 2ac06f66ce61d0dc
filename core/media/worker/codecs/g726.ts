/**
 * ITU-T G.726 (RFC 3551, section 4.5.4) at 16, 24, 32 and 40 kbit/s, in both packings. "The first
 * code word is placed into the least significant bits of the first octet"; under the AAL2 names the
 * first is in the most significant ones (ITU-T I.366.2, RFC 3551 4.5.4 at the end).
 */
import type { Codec, CodecRecord } from '../records.ts';
import { G726Adpcm } from './g726-adpcm.ts';
import { type G726Kbps, g726Rates } from './g726-tables.ts';
import { fieldOf } from './integers.ts';

class G726 implements Codec {
  readonly #encoder: G726Adpcm;
  readonly #decoder: G726Adpcm;
  readonly #width: number;
  readonly #bigEndian: boolean;

  constructor(kbps: G726Kbps, bigEndian: boolean) {
    this.#encoder = new G726Adpcm(g726Rates[kbps]);
    this.#decoder = new G726Adpcm(g726Rates[kbps]);
    this.#width = g726Rates[kbps].bitsPerCode;
    this.#bigEndian = bigEndian;
  }

  /** Frames are of 8 codes or a multiple, which fill whole bytes; what is left of a byte stays zero. */
  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    const width = this.#width;
    const most = Math.min(count, samples.length, Math.floor((payload.length * 8) / width));
    let bits = 0;
    let held = 0;
    let place = 0;
    for (let i = 0; i < most; i++) {
      const code = this.#encoder.encode((samples[i] as number) >> 2);
      bits = this.#bigEndian ? (bits << width) | code : bits | (code << held);
      held += width;
      if (held < 8) continue;
      held -= 8;
      payload[place++] = this.#bigEndian ? bits >> held : bits;
      bits = this.#bigEndian ? bits & ((1 << held) - 1) : bits >> 8;
    }
    if (held > 0) payload[place++] = this.#bigEndian ? bits << (8 - held) : bits;
    return place;
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    const width = this.#width;
    const mask = (1 << width) - 1;
    const bytes = Math.min(length, payload.length);
    const most = Math.min(samples.length, Math.floor((bytes * 8) / width));
    let bits = 0;
    let held = 0;
    let place = 0;
    for (let i = 0; i < most; i++) {
      if (held < width) {
        const byte = payload[place++] as number;
        bits = this.#bigEndian ? (bits << 8) | byte : bits | (byte << held);
        held += 8;
      }
      held -= width;
      samples[i] = this.#decoder.decode((this.#bigEndian ? bits >> held : bits) & mask);
      bits = this.#bigEndian ? bits & ((1 << held) - 1) : bits >> width;
    }
    return most;
  }

  snapshot(): unknown {
    return { encoder: this.#encoder.state(), decoder: this.#decoder.state() };
  }

  restore(state: unknown): void {
    this.#encoder.restore(fieldOf(state, 'encoder'));
    this.#decoder.restore(fieldOf(state, 'decoder'));
  }
}

/**
 * Static number 2 was G721, the same code as G726-32 (RFC 3551, section 6: "reserved" since): whoever
 * still uses it without a name is understood. SEMS offers it as G721.
 */
const record = (kbps: G726Kbps, bigEndian: boolean): CodecRecord => ({
  name: bigEndian ? `AAL2-G726-${kbps}` : `G726-${kbps}`,
  clockRateHz: 8000,
  sampleRateHz: 8000,
  channels: 1,
  staticPayloadType: kbps === 32 && !bigEndian ? 2 : null,
  fmtp: null,
  maxFrameBytes: kbps * 2.5,
  bytesPerSample: kbps / 64,
  create: () => new G726(kbps, bigEndian),
});

const rates: readonly G726Kbps[] = [32, 24, 40, 16];

export const codecs: readonly CodecRecord[] = [
  ...rates.map((kbps) => record(kbps, false)),
  ...rates.map((kbps) => record(kbps, true)),
];
