import type { Clock, Timer } from '../../runtime/index.ts';

export const tickMs = 20;
/** Ticks that are made up for after a stall; earlier ones are dropped, so that no burst is sent. */
const maxCatchUp = 3;
/** Ticks without work after which only every so many-th one is run. */
const restTicks = 50;

/**
 * Calls `run` every 20 ms on absolute deadlines, so that 50 ticks a second stay 50 in the long run. `run`
 * is told how late it is and returns false when it had nothing to do: after a second of that it is called
 * once a second, until `wake`; the deadlines stay on the same grid.
 */
export class Ticker {
  readonly #clock: Clock;
  readonly #run: (latenessMs: number) => boolean;
  #dueMs: number;
  #timer: Timer;
  #idleTicks = 0;
  #cancelled = false;

  constructor(clock: Clock, run: (latenessMs: number) => boolean) {
    this.#clock = clock;
    this.#run = run;
    this.#dueMs = clock.nowMs() + tickMs;
    this.#timer = clock.after(tickMs, this.#fire);
  }

  /** There may be work from now on. */
  wake(): void {
    const rested = this.#idleTicks >= restTicks;
    this.#idleTicks = 0;
    if (!rested || this.#cancelled) return;
    const nowMs = this.#clock.nowMs();
    const leftMs = this.#dueMs - nowMs;
    if (leftMs <= tickMs) return;
    this.#dueMs -= Math.floor(leftMs / tickMs) * tickMs;
    this.#timer.cancel();
    this.#timer = this.#clock.after(this.#dueMs - nowMs, this.#fire);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#timer.cancel();
  }

  readonly #fire = (): void => {
    const latenessMs = this.#clock.nowMs() - this.#dueMs;
    // A timer may fire a fraction of a millisecond early: then it is set again for the rest.
    if (latenessMs < -1) {
      this.#timer = this.#clock.after(-latenessMs, this.#fire);
      return;
    }
    const rests = this.#idleTicks >= restTicks;
    this.#dueMs += rests ? restTicks * tickMs : tickMs;
    if (latenessMs > maxCatchUp * tickMs) {
      this.#dueMs += Math.floor(latenessMs / tickMs - maxCatchUp) * tickMs;
    }
    this.#timer = this.#clock.after(Math.max(0, this.#dueMs - this.#clock.nowMs()), this.#fire);
    if (this.#run(Math.max(0, latenessMs))) this.#idleTicks = 0;
    else this.#idleTicks++;
  };
}
