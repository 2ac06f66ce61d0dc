import type { CodecRecord } from '../../../core/index.ts';

/** L16 of RFC 3551, 4.5.11, at 8000 Hz: samples in network byte order. */
export const codecs: readonly CodecRecord[] = [
  {
    name: 'L16',
    clockRateHz: 8000,
    sampleRateHz: 8000,
    channels: 1,
    staticPayloadType: null,
    fmtp: null,
    maxFrameBytes: 320,
    create: () => ({
      encode(samples, count, payload) {
        for (let i = 0; i < count; i++) {
          const sample = samples[i] ?? 0;
          payload[2 * i] = sample >> 8;
          payload[2 * i + 1] = sample & 0xff;
        }
        return 2 * count;
      },
      decode(payload, length, samples) {
        const count = length >> 1;
        for (let i = 0; i < count; i++) samples[i] = ((payload[2 * i] ?? 0) << 8) | (payload[2 * i + 1] ?? 0);
        return count;
      },
    }),
  },
];
