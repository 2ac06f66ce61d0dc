import type { Clock, Timer } from '../../../core/index.ts';

/** A script's timers by number; setting one again restarts it (reference/dsm 4.5). */
export class ScriptTimers {
  readonly #clock: Clock;
  readonly #fire: (id: string) => void;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, fire: (id: string) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Zero seconds: its event is queued at once. False: a script has no more than 1000. */
  set(id: string, seconds: number): boolean {
    this.remove(id);
    if (this.#timers.size >= maxTimers) return false;
    if (seconds === 0) {
      this.#fire(id);
      return true;
    }
    const timer = this.#clock.after(seconds * 1000, () => {
      this.#timers.delete(id);
      this.#fire(id);
    });
    this.#timers.set(id, timer);
    return true;
  }

  remove(id: string): void {
    this.#timers.get(id)?.cancel();
    this.#timers.delete(id);
  }

  removeAll(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

const maxTimers = 1000;
