/** So many things a second, and so many at once: what comes beyond is refused. */
export class Budget {
  readonly #perSecond: number;
  readonly #atOnce: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, atOnce: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#atOnce = atOnce;
    this.#left = atOnce;
    this.#atMs = nowMs;
  }

  take(nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    this.#left = Math.min(this.#atOnce, this.#left + (passedMs * this.#perSecond) / 1000);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
