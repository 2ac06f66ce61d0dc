import type { SimClock } from '../../core/runtime/index.ts';

interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;
  readonly deadline: { cancel(): void };
}

/**
 * Moves simulated time for whoever waits. Several tests' waits may run at once (`Promise.all` of two
 * calls): time moves instant by instant, and after each instant every waiter is asked. What a test
 * does after its wait happens at the time when its condition became true.
 */
export class Driver {
  readonly #clock: SimClock;
  readonly #waiters = new Set<Waiter>();
  #running = false;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  /** Resolves once `condition` holds; rejects after `limitMs` with `describe()`. */
  until(condition: () => boolean, limitMs: number, describe: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const deadline = this.#clock.at(
        this.#clock.nowMs() + limitMs,
        () => {
          if (condition()) resolve();
          else reject(new Error(`after ${limitMs} ms: ${describe()}`));
          this.#waiters.delete(waiter);
        },
        2,
      );
      const waiter: Waiter = { condition, resolve, deadline };
      this.#waiters.add(waiter);
      void this.#run();
    });
  }

  /** Lets exactly that much time pass. */
  advance(durationMs: number): Promise<void> {
    return this.until(
      () => false,
      durationMs,
      () => '',
    ).catch(() => {});
  }

  /** Lets time pass until `operation` settles, and gives its outcome. */
  async during<T>(operation: Promise<T>, limitMs: number, what: string): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    operation.then(end, end);
    await this.until(
      () => settled,
      limitMs,
      () => `${what} is not done`,
    );
    return operation;
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiters.size > 0) {
        await this.#clock.runUntil(() => this.#ask(), Number.MAX_SAFE_INTEGER);
        // What was waited for goes on now, and may wait again at this same time.
        await new Promise<void>((resolve) => process.nextTick(resolve));
      }
    } finally {
      this.#running = false;
    }
  }

  /** True when somebody need not wait longer, or nobody is left. */
  #ask(): boolean {
    let anyone = this.#waiters.size === 0;
    for (const waiter of this.#waiters) {
      if (!waiter.condition()) continue;
      anyone = true;
      this.#waiters.delete(waiter);
      waiter.deadline.cancel();
      waiter.resolve();
    }
    return anyone;
  }
}
