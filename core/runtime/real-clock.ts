import type { Clock, Timer } from './clock.ts';

/** Longest delay that Node's timers take; longer waits are made of several. */
const maxDelayMs = 2 ** 31 - 1;
/** A row of timers wakes up this part of its delay late, but no later than the second, so that not each one costs a wake-up. */
const lateness = 1 / 512;
const maxLateMs = 50;

/**
 * The machine's clock. A timer never runs early: Node counts from the cached time of its event
 * loop, so a callback that follows long work would come too soon; it is then put off again.
 * With `every` that gives deadlines that do not drift (`setInterval(20)` runs 1 % slow).
 *
 * A call starts a dozen timers and nearly all have one of few delays (T1, 64*T1, T4). Timers of one
 * delay expire in the order in which they were started, so they stand in one row behind a single
 * timer of Node's: to start or cancel one is to link or unlink it.
 */
export function realClock(): Clock {
  const rows = new Map<number, TimerRow>();
  return {
    nowMs: () => performance.now(),
    unixMs: () => Date.now(),
    after(delayMs, run) {
      const roundMs = delayMs > 1 ? Math.ceil(delayMs) : 1;
      let row = rows.get(roundMs);
      if (row === undefined) {
        row = new TimerRow(roundMs, rows);
        rows.set(roundMs, row);
      }
      const timer = new RowTimer(row, performance.now() + Math.max(0, delayMs), run);
      row.add(timer);
      return timer;
    },
  };
}

class RowTimer implements Timer {
  readonly row: TimerRow;
  readonly dueMs: number;
  /** Null once it ran or was cancelled. */
  run: (() => void) | null;
  before: RowTimer | null = null;
  after: RowTimer | null = null;

  constructor(row: TimerRow, dueMs: number, run: () => void) {
    this.row = row;
    this.dueMs = dueMs;
    this.run = run;
  }

  cancel(): void {
    if (this.run !== null) this.row.remove(this);
  }
}

/** The timers of one delay, the next one first. */
class TimerRow {
  readonly #delayMs: number;
  readonly #rows: Map<number, TimerRow>;
  #first: RowTimer | null = null;
  #last: RowTimer | null = null;
  /** Armed as long as the row is in use; it keeps the process alive only while a timer waits. */
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, rows: Map<number, TimerRow>) {
    this.#delayMs = delayMs;
    this.#rows = rows;
    this.#handle = this.#arm(delayMs);
  }

  add(timer: RowTimer): void {
    timer.before = this.#last;
    if (this.#last === null) {
      this.#first = timer;
      this.#handle.ref();
    } else this.#last.after = timer;
    this.#last = timer;
  }

  remove(timer: RowTimer): void {
    const { before, after } = timer;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    timer.before = null;
    timer.after = null;
    timer.run = null;
    if (this.#first === null) this.#handle.unref();
  }

  #arm(leftMs: number): NodeJS.Timeout {
    return setTimeout(this.#fire, Math.min(Math.max(1, leftMs), maxDelayMs));
  }

  /** Runs what is due; one that throws leaves the others to the next turn. */
  readonly #fire = (): void => {
    try {
      for (let timer = this.#first; timer !== null && timer.dueMs <= performance.now(); timer = this.#first) {
        const { run } = timer;
        this.remove(timer);
        run?.();
      }
    } finally {
      if (this.#first === null) this.#rows.delete(this.#delayMs);
      else
        this.#handle = this.#arm(this.#first.dueMs - performance.now() + Math.min(maxLateMs, this.#delayMs * lateness));
    }
  };
}
