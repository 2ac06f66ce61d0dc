import type { Clock } from '../runtime/index.ts';
import { ArrivalWindow } from './arrival-window.ts';
import type { CallStatistics } from './types.ts';

/** Calls per second are counted over this long (reference/di-interfaces 3.3). */
const windowMs = 5000;

/**
 * SEMS's figures of calls (reference/di-interfaces 3.3). Averages and maxima are "since the previous
 * query": a query resets them, and all readers share them.
 */
export class Statistics implements CallStatistics {
  readonly #clock: Clock;
  readonly limit: { hard: number; current: number };
  #calls = 0;
  #total = 0;
  /** Integral of the number of calls over time since the last query, in call-milliseconds. */
  #area = 0;
  #areaFromMs: number;
  #changedAtMs: number;
  #maximum = 0;
  #rateMaximum = 0;
  readonly #arrivals = new ArrivalWindow(windowMs);

  constructor(clock: Clock, callsPerSecondLimit: number) {
    this.#clock = clock;
    this.limit = { hard: callsPerSecondLimit, current: callsPerSecondLimit };
    this.#areaFromMs = clock.nowMs();
    this.#changedAtMs = this.#areaFromMs;
  }

  /** A call began. */
  started(): void {
    this.#integrate();
    this.#calls++;
    this.#total++;
    this.#maximum = Math.max(this.#maximum, this.#calls);
    this.#arrivals.add(this.#clock.nowMs());
    this.#rateMaximum = Math.max(this.#rateMaximum, this.callsPerSecondAverage());
  }

  /** A call ended. */
  ended(): void {
    this.#integrate();
    this.#calls--;
  }

  calls(): number {
    return this.#calls;
  }

  total(): number {
    return this.#total;
  }

  /** Time-weighted average of live calls since the previous query, rounded up. */
  averageSinceQuery(): number {
    this.#integrate();
    const now = this.#clock.nowMs();
    const spanMs = now - this.#areaFromMs;
    const average = spanMs <= 0 ? this.#calls : this.#area / spanMs;
    this.#area = 0;
    this.#areaFromMs = now;
    // A rounding error of the division must not lift a whole number to the next one.
    return Math.ceil(average - 1e-9);
  }

  maximumSinceQuery(): number {
    const maximum = this.#maximum;
    this.#maximum = this.#calls;
    return maximum;
  }

  /** New calls a second over the last 5 s, fraction cut off. */
  callsPerSecondAverage(): number {
    return Math.floor(this.#arrivals.count(this.#clock.nowMs()) / (windowMs / 1000));
  }

  callsPerSecondMaximum(): number {
    const maximum = this.#rateMaximum;
    this.#rateMaximum = 0;
    return maximum;
  }

  /** True when the rate exceeds the limit (core-and-sbc 2.6: it must exceed it, refused calls are not counted). */
  isOverRate(): boolean {
    return this.limit.current > 0 && this.callsPerSecondAverage() > this.limit.current;
  }

  #integrate(): void {
    const now = this.#clock.nowMs();
    this.#area += this.#calls * (now - this.#changedAtMs);
    this.#changedAtMs = now;
  }
}
