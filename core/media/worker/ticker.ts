import type { Clock, Timer } from '../../runtime/index.ts';

export const tickMs = 20;
/** Ticks that are made up for after a stall; earlier ones are dropped, so that no burst is sent. */
const maxCatchUp = 3;

/**
 * Calls `run` every 20 ms on absolute deadlines, so that 50 ticks a second stay 50 in the long run.
 * `run` is told how late it is.
 */
export function startTicker(clock: Clock, run: (latenessMs: number) => void): Timer {
  let dueMs = clock.nowMs() + tickMs;
  let timer = clock.after(tickMs, fire);
  function fire(): void {
    const latenessMs = clock.nowMs() - dueMs;
    // A timer may fire a fraction of a millisecond early: then it is set again for the rest.
    if (latenessMs < -1) {
      timer = clock.after(-latenessMs, fire);
      return;
    }
    dueMs += tickMs;
    if (latenessMs > maxCatchUp * tickMs) dueMs += Math.floor(latenessMs / tickMs - maxCatchUp) * tickMs;
    timer = clock.after(Math.max(0, dueMs - clock.nowMs()), fire);
    run(Math.max(0, latenessMs));
  }
  return { cancel: () => timer.cancel() };
}
