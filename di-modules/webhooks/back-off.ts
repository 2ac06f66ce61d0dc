import type { Random } from '../../core/index.ts';

export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** How long to wait after so many failures in a row: doubling, up to a bound, and 20 % more or less by chance. */
export function waitAfter(failures: number, { firstMs, longestMs }: BackOff, random: Pick<Random, 'fraction'>): number {
  const plain = Math.min(longestMs, firstMs * 2 ** Math.min(40, failures - 1));
  return Math.round(plain * (0.8 + 0.4 * random.fraction()));
}
