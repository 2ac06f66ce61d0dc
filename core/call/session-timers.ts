import type { Clock, Timer } from '../runtime/index.ts';

/** Named one-shot timers of one call; setting a name again replaces its timer. */
export class NamedTimers {
  readonly #clock: Clock;
  readonly #fire: (name: string) => void;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, fire: (name: string) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  set(name: string, delayMs: number): void {
    this.#timers.get(name)?.cancel();
    this.#timers.set(
      name,
      this.#clock.after(delayMs, () => {
        this.#timers.delete(name);
        this.#fire(name);
      }),
    );
  }

  cancel(name: string): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  cancelAll(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
