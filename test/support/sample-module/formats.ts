import type { FormatRecord } from '../../../core/index.ts';

/** Raw µ-law (G.711): no header, one byte a sample, 8000 Hz. */
export const formats: readonly FormatRecord[] = [
  {
    extensions: ['ul'],
    mime: 'audio/basic',
    decode: (bytes) => ({ sampleRateHz: 8000, samples: Int16Array.from(bytes, expand) }),
  },
];

/** One byte of G.711 µ-law: sign, three bits of exponent, four of mantissa, all inverted. */
function expand(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}
