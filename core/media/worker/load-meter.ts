import type { MediaEvent } from './protocol.ts';

const periodMs = 1000;

type LoadReport = Extract<MediaEvent, { readonly kind: 'load' }>;

/** How busy an engine is: reported once a second. */
export class LoadMeter {
  #ticks = 0;
  #maxLatenessMs = 0;
  #busyMs = 0;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** A tick that began `latenessMs` after its time and ended at `endMs`. */
  tick(startMs: number, endMs: number, latenessMs: number): void {
    this.#ticks++;
    this.#busyMs += endMs - startMs;
    if (latenessMs > this.#maxLatenessMs) this.#maxLatenessMs = latenessMs;
  }

  /** Work between ticks. */
  busy(startMs: number, endMs: number): void {
    this.#busyMs += endMs - startMs;
  }

  /** Is the second over? */
  isDue(nowMs: number): boolean {
    return nowMs - this.#sinceMs >= periodMs;
  }

  /** The report of the time since the last one. */
  take(nowMs: number, held: Omit<LoadReport, 'kind' | 'ticks' | 'maxLatenessMs' | 'busyFraction'>): LoadReport {
    const passedMs = nowMs - this.#sinceMs;
    const report = {
      kind: 'load' as const,
      ...held,
      ticks: this.#ticks,
      maxLatenessMs: Math.round(this.#maxLatenessMs * 100) / 100,
      busyFraction: Math.round((this.#busyMs / Math.max(1, passedMs)) * 1000) / 1000,
    };
    this.#ticks = 0;
    this.#maxLatenessMs = 0;
    this.#busyMs = 0;
    this.#sinceMs = nowMs;
    return report;
  }
}
