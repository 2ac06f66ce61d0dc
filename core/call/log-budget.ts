import type { Clock } from '../runtime/index.ts';

/** So many log lines in so much time; what is past it is only counted. A flood cannot fill the disk. */
export class LogBudget {
  readonly #clock: Clock;
  readonly #lines: number;
  readonly #perMs: number;
  #windowFromMs = Number.NEGATIVE_INFINITY;
  #taken = 0;
  #leftOut = 0;

  constructor(clock: Clock, lines: number, perMs: number) {
    this.#clock = clock;
    this.#lines = lines;
    this.#perMs = perMs;
  }

  /** The fields that a line gets if it may be written: `leftOut`, how many were not; null: not this one. */
  take(): { readonly leftOut?: number } | null {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#windowFromMs >= this.#perMs) {
      this.#windowFromMs = nowMs;
      this.#taken = 0;
    }
    if (this.#taken >= this.#lines) {
      this.#leftOut++;
      return null;
    }
    this.#taken++;
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut === 0 ? {} : { leftOut };
  }
}
