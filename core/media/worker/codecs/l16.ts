/** L16 (RFC 3551, section 4.5.11): "uncompressed audio data samples … in network byte order". */
import type { Codec, CodecRecord } from '../records.ts';

/** Stateless: one serves all streams. */
class L16 implements Codec {
  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    const most = Math.min(count, payload.length >> 1);
    for (let i = 0; i < most; i++) {
      const sample = samples[i] as number;
      payload[2 * i] = sample >> 8;
      payload[2 * i + 1] = sample;
    }
    return 2 * most;
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    const most = Math.min(length >> 1, payload.length >> 1, samples.length);
    for (let i = 0; i < most; i++) samples[i] = ((payload[2 * i] as number) << 8) | (payload[2 * i + 1] as number);
    return most;
  }
}

/** Static numbers 10 and 11 are at 44100 Hz, so ours are dynamic. */
const record = (rateHz: number): CodecRecord => ({
  name: 'L16',
  clockRateHz: rateHz,
  sampleRateHz: rateHz,
  channels: 1,
  staticPayloadType: null,
  fmtp: null,
  maxFrameBytes: rateHz / 25,
  bytesPerSample: 2,
  create: () => new L16(),
});

export const codecs: readonly CodecRecord[] = [record(16000), record(8000)];
