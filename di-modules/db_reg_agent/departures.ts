import type { Clock, Timer } from '../../core/index.ts';

export interface RateLimit {
  /** So many in `perSeconds`. */
  readonly rate: number;
  readonly perSeconds: number;
  /** Begin with an empty allowance. */
  readonly slowStart: boolean;
}

/** The queue of REGISTERs that wait to leave; without a limit they leave at once. Each key waits once. */
export class Departures {
  readonly #clock: Clock;
  readonly #limit: RateLimit | null;
  readonly #waiting = new Map<number, () => void>();
  #allowance: number;
  #countedMs: number;
  #timer: Timer | null = null;

  constructor(clock: Clock, limit: RateLimit | null) {
    this.#clock = clock;
    this.#limit = limit;
    this.#allowance = limit === null || limit.slowStart ? 0 : limit.rate;
    this.#countedMs = clock.nowMs();
  }

  /** What waits under the same key is replaced and keeps its place. */
  add(key: number, leave: () => void): void {
    if (this.#limit === null) {
      leave();
      return;
    }
    this.#waiting.set(key, leave);
    if (this.#timer === null) this.#pump(this.#limit);
  }

  delete(key: number): void {
    this.#waiting.delete(key);
  }

  stop(): void {
    this.#waiting.clear();
    this.#timer?.cancel();
    this.#timer = null;
  }

  #pump(limit: RateLimit): void {
    const perMs = limit.rate / (limit.perSeconds * 1000);
    const nowMs = this.#clock.nowMs();
    this.#allowance = Math.min(limit.rate, this.#allowance + (nowMs - this.#countedMs) * perMs);
    this.#countedMs = nowMs;
    for (const [key, leave] of this.#waiting) {
      // Fractions of time add up to a little less than one.
      if (this.#allowance < 1 - 1e-9) break;
      this.#allowance -= 1;
      this.#waiting.delete(key);
      leave();
    }
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    this.#timer = this.#clock.after(Math.max(1, Math.ceil((1 - this.#allowance) / perMs)), () => this.#pump(limit));
  }
}
