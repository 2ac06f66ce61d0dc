import type { Clock } from '../../core/index.ts';

const maxKeys = 10_000;

/** At most so many in a window, by key. No timers; memory is bounded. */
export class RateLimit {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #count: number;
  readonly #windowMs: number;
  /** In the order of their windows. */
  readonly #windows = new Map<string, { readonly fromMs: number; count: number }>();

  constructor(clock: Pick<Clock, 'nowMs'>, count: number, windowMs: number) {
    this.#clock = clock;
    this.#count = count;
    this.#windowMs = windowMs;
  }

  /** False: too many; it does not count then. */
  take(key: string): boolean {
    const nowMs = this.#clock.nowMs();
    let window = this.#windows.get(key);
    if (window === undefined || nowMs - window.fromMs >= this.#windowMs) {
      this.#windows.delete(key);
      const [oldest] = this.#windows.keys();
      if (this.#windows.size >= maxKeys && oldest !== undefined) this.#windows.delete(oldest);
      window = { fromMs: nowMs, count: 0 };
      this.#windows.set(key, window);
    }
    if (window.count >= this.#count) return false;
    window.count++;
    return true;
  }
}
