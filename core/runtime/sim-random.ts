import type { Random } from './random.ts';

/**
 * Seeded randomness (xoshiro128**, D. Blackman and S. Vigna, seeded by splitmix32): the same seed
 * gives the same run. `secure` draws from a stream of its own, so that one more call tag does not
 * change the behaviour of everything behind it.
 */
export class SimRandom implements Random {
  readonly #behaviour: () => number;
  readonly #secrets: () => number;

  constructor(seed: number | string) {
    const start = typeof seed === 'string' ? hashText(seed) : seed >>> 0;
    this.#behaviour = xoshiro128(start);
    this.#secrets = xoshiro128(hashText(`secure ${start}`));
  }

  fraction(): number {
    return this.#behaviour() / 2 ** 32;
  }

  integer(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  secure(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#secrets() >>> 24;
    return bytes;
  }
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

function xoshiro128(seed: number): () => number {
  let state = seed;
  const splitMix = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = splitMix();
  let b = splitMix();
  let c = splitMix();
  let d = splitMix();
  return () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
}
