import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import type { Random } from './random.ts';

/** Bytes fetched at once: a call needs a dozen tokens, and each visit to the generator costs microseconds. */
const POOL_BYTES = 4096;

/** The machine's randomness. */
export function realRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  /** Random digits that tokens are cut from: a token by itself costs more than all that is done with it. */
  let digits = '';
  let digitsUsed = 0;
  return {
    fraction: () => Math.random(),
    integer: (limit) => (limit <= 1 ? 0 : randomInt(limit)),
    secure(length) {
      if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
      if (used + length > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = pool.slice(used, used + length);
      // What was given away is nobody else's to read.
      pool.fill(0, used, used + length);
      used += length;
      return bytes;
    },
    token(bytes) {
      const length = 2 * bytes;
      if (digitsUsed + length > digits.length) {
        digits = randomBytes(Math.max(POOL_BYTES / 4, bytes)).toString('hex');
        digitsUsed = 0;
      }
      digitsUsed += length;
      return digits.slice(digitsUsed - length, digitsUsed);
    },
  };
}
