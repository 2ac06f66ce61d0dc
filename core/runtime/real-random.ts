import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from './random.ts';

/** The machine's randomness. */
export function realRandom(): Random {
  return {
    fraction: () => Math.random(),
    integer: (limit) => (limit <= 1 ? 0 : randomInt(limit)),
    secure: (length) => new Uint8Array(randomBytes(length)),
  };
}
