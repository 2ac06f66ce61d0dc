/**
 * When granted registrations are refreshed: at a fraction of their time, or in the least loaded second between two
 * (`minimum_reregister_interval`), so that ten thousand that began together do not stay together.
 */
export class RefreshTimes {
  readonly #least: number | null;
  readonly #most: number;
  /** Refreshes by second. */
  readonly #load = new Map<number, number>();

  /** `least` null: always at `most`. Fractions of the granted time. */
  constructor(least: number | null, most: number) {
    this.#least = least;
    this.#most = most;
  }

  /** The time of the refresh, ms, on the clock of `nowMs`; counted until `done`. */
  take(nowMs: number, grantedSeconds: number): number {
    const latestMs = nowMs + grantedSeconds * this.#most * 1000;
    const chosen =
      this.#least === null ? latestMs : this.#leastLoaded(nowMs + grantedSeconds * this.#least * 1000, latestMs);
    const second = Math.floor(chosen / 1000);
    this.#load.set(second, (this.#load.get(second) ?? 0) + 1);
    return chosen;
  }

  done(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    const left = (this.#load.get(second) ?? 0) - 1;
    if (left > 0) this.#load.set(second, left);
    else this.#load.delete(second);
  }

  #leastLoaded(fromMs: number, toMs: number): number {
    let best = Math.ceil(fromMs / 1000);
    for (let second = best; second * 1000 <= toMs; second++) {
      const load = this.#load.get(second) ?? 0;
      if (load < (this.#load.get(best) ?? 0)) best = second;
      if (load === 0) break;
    }
    return Math.min(best * 1000, toMs);
  }
}
