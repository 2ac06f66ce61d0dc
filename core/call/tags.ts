import { type Random, secureToken } from '../runtime/index.ts';

/** Makes call tags: an optional node prefix and 96 random bits (design, section 6). */
export function tagMaker(random: Random, prefix: string): () => string {
  return () => prefix + secureToken(random, 12);
}
