import type { Clock, Timer } from './clock.ts';
import type { Disposable } from './disposable.ts';
import { type HeapTimer, TimerHeap } from './timer-heap.ts';

/** 2026-01-01T00:00:00Z: where simulated wall-clock time begins. */
export const simEpochUnixMs = 1_767_225_600_000;

/**
 * Order among timers that are due at the same time. What comes from outside (packets) is there
 * before the server's own timers, what a test does comes after them: so a replayed journal meets
 * the same order as the recorded run.
 */
export const simRank = { arrival: 0, timer: 1, test: 2 } as const;
export type SimRank = (typeof simRank)[keyof typeof simRank];

/**
 * Simulated time: it stands still until `advance` or `runUntil` moves it. Timers run in the order
 * of due time, rank and creation. Between two timers all microtasks run out and all held outside
 * operations end, so an asynchronous handler behaves as if it took no time.
 */
export class SimClock implements Clock {
  #nowMs = 1000; // not 0, so that a forgotten "0 means never" shows in tests
  readonly #originMs = this.#nowMs;
  readonly #heap = new TimerHeap();
  #sequence = 0;
  #moving = false;
  #holds = 0;
  #onReleased: (() => void) | null = null;

  nowMs(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return simEpochUnixMs + this.#nowMs - this.#originMs;
  }

  after(delayMs: number, run: () => void): Timer {
    return this.at(this.#nowMs + Math.max(0, delayMs), run);
  }

  /** Runs `run` at an absolute time of `nowMs()`; a past time means as soon as possible. */
  at(dueMs: number, run: () => void, rank: SimRank = simRank.timer): Timer {
    const timer = new SimTimer(this.#heap, Math.max(dueMs, this.#nowMs), rank, this.#sequence++, run);
    this.#heap.push(timer);
    return timer;
  }

  /** Timers that have not run: for leak tests. */
  get pending(): number {
    return this.#heap.pending;
  }

  /** Delays in ms of the pending timers, soonest first: for the message of a leak test. */
  pendingDelaysMs(): number[] {
    return this.#heap
      .list()
      .map(({ dueMs }) => dueMs - this.#nowMs)
      .sort((a, b) => a - b);
  }

  /** Keeps time from moving until disposed: an operation outside of simulated time is under way. */
  hold(): Disposable {
    let held = true;
    this.#holds++;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        this.#holds--;
        if (this.#holds === 0) this.#onReleased?.();
      },
    };
  }

  /** Holds the time until `operation` settles; returns it. */
  track<T>(operation: Promise<T>): Promise<T> {
    const hold = this.hold();
    return operation.finally(() => hold.dispose());
  }

  /**
   * Moves time forward by `durationMs`, running what becomes due. A timer that throws ends the
   * advance with that fault, as it would end a process.
   */
  async advance(durationMs: number): Promise<void> {
    await this.#move(this.#nowMs + durationMs, null);
  }

  /**
   * Moves time until `condition` holds, looked at whenever all timers of one instant have run.
   * @throws Error when `limitMs` passed and it does not.
   */
  async runUntil(condition: () => boolean, limitMs: number): Promise<void> {
    if (await this.#move(this.#nowMs + limitMs, condition)) return;
    throw new Error(`not so within ${limitMs} ms of simulated time: ${condition}`);
  }

  /** Waits for an outside operation while time stands still. */
  async during<T>(operation: Promise<T>): Promise<T> {
    const value = await operation;
    await microtasksDone();
    return value;
  }

  async #move(untilMs: number, condition: (() => boolean) | null): Promise<boolean> {
    if (this.#moving) throw new Error('the simulated clock is already moving: advance() is not reentrant');
    this.#moving = true;
    try {
      for (;;) {
        await microtasksDone();
        if (this.#holds > 0) await this.#released();
        const next = this.#heap.peek();
        const instantIsOver = next === null || next.dueMs > this.#nowMs;
        if (instantIsOver && condition?.() === true) return true;
        if (next === null || next.dueMs > untilMs) break;
        this.#heap.pop();
        this.#nowMs = next.dueMs;
        const { run } = next;
        next.run = null;
        run?.();
      }
      this.#nowMs = untilMs;
      return condition?.() === true;
    } finally {
      this.#moving = false;
    }
  }

  async #released(): Promise<void> {
    while (this.#holds > 0) {
      await new Promise<void>((resolve) => {
        this.#onReleased = resolve;
      });
      this.#onReleased = null;
      await microtasksDone();
    }
  }
}

class SimTimer implements Timer, HeapTimer {
  readonly #heap: TimerHeap;
  readonly dueMs: number;
  readonly rank: SimRank;
  readonly sequence: number;
  run: (() => void) | null;

  constructor(heap: TimerHeap, dueMs: number, rank: SimRank, sequence: number, run: () => void) {
    this.#heap = heap;
    this.dueMs = dueMs;
    this.rank = rank;
    this.sequence = sequence;
    this.run = run;
  }

  cancel(): void {
    this.#heap.cancel(this);
  }
}

/**
 * Lets all microtasks run out. Node runs a `nextTick` callback only when the microtask queue is
 * empty, which costs a third of a microsecond; `setImmediate` would cost six times that.
 */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
