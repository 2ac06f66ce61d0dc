/** Arrival times of the last `windowMs`; old ones are dropped in batches. */
export class ArrivalWindow {
  readonly #windowMs: number;
  #times: number[] = [];
  #head = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(atMs: number): void {
    this.#drop(atMs);
    this.#times.push(atMs);
  }

  /** Arrivals in the last `windowMs`. */
  count(nowMs: number): number {
    this.#drop(nowMs);
    return this.#times.length - this.#head;
  }

  #drop(nowMs: number): void {
    while (this.#head < this.#times.length && (this.#times[this.#head] ?? 0) <= nowMs - this.#windowMs) this.#head++;
    if (this.#head > 1000 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
  }
}
