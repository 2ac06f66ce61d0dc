/** Chance that repeats: the same seed, the same run. */
import assert from 'node:assert/strict';

/** Rounds of a fuzz test: few in `npm test`, many in `npm run fuzz`. */
export function roundsOf(few: number): number {
  return Math.max(1, Math.round(few * Number(process.env['CALLBUS_FUZZ_FACTOR'] ?? 1)));
}

/** `CALLBUS_FUZZ_SEED` runs one seed again. */
export function seedsOf(rounds: number, first = 1): number[] {
  const only = process.env['CALLBUS_FUZZ_SEED'];
  return only === undefined ? Array.from({ length: rounds }, (_, index) => first + index) : [Number(only)];
}

export class Chance {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = (seed * 2654435761) >>> 0;
  }

  /** In [0, 1): mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  integer(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  happens(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.integer(list.length)];
    assert.ok(picked !== undefined, 'nothing to pick from');
    return picked;
  }
}

/** Runs `run` with every seed; a failure says which seed, so that it can be run again alone. */
export async function withSeeds(
  seeds: readonly number[],
  run: (chance: Chance) => void | Promise<void>,
): Promise<void> {
  for (const seed of seeds) {
    try {
      await run(new Chance(seed));
    } catch (fault) {
      const told = fault instanceof Error ? fault.stack : String(fault);
      throw new Error(`CALLBUS_FUZZ_SEED=${seed}: ${told}`, { cause: fault });
    }
  }
}

/** The shortest input found that still fails: halves, then lines, are left out while it does. */
export function shrunk(input: Buffer, fails: (smaller: Buffer) => boolean): Buffer {
  let smallest = input;
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= smallest.length; ) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (fails(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}
