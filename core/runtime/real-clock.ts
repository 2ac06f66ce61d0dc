import type { Clock, Timer } from './clock.ts';

/** Longest delay that Node's timers take; longer waits are made of several. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * The machine's clock. A timer never runs early: Node counts from the cached time of its event
 * loop, so a callback that follows long work would come too soon; it is then put off again.
 * With `every` that gives deadlines that do not drift (`setInterval(20)` runs 1 % slow).
 */
export function realClock(): Clock {
  return {
    nowMs: () => performance.now(),
    unixMs: () => Date.now(),
    after: (delayMs, run) => new RealTimer(performance.now() + Math.max(0, delayMs), run),
  };
}

class RealTimer implements Timer {
  readonly #dueMs: number;
  readonly #run: () => void;
  #handle: NodeJS.Timeout | null = null;

  constructor(dueMs: number, run: () => void) {
    this.#dueMs = dueMs;
    this.#run = run;
    this.#arm(dueMs - performance.now());
  }

  #arm(leftMs: number): void {
    this.#handle = setTimeout(this.#fire, Math.min(Math.max(1, leftMs), maxDelayMs));
  }

  readonly #fire = (): void => {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs > 0) {
      this.#arm(leftMs);
      return;
    }
    this.#handle = null;
    this.#run();
  };

  cancel(): void {
    if (this.#handle !== null) clearTimeout(this.#handle);
    this.#handle = null;
  }
}
