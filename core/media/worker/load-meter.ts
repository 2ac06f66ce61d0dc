import type { MediaEvent } from './protocol.ts';

const periodMs = 1000;

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

  /** The report of the second that ended, or null. */
  take(nowMs: number, streams: number, rooms: number): Extract<MediaEvent, { readonly kind: 'load' }> | null {
    const passedMs = nowMs - this.#sinceMs;
    if (passedMs < periodMs) return null;
    const report = {
      kind: 'load' as const,
      streams,
      rooms,
      ticks: this.#ticks,
      maxLatenessMs: Math.round(this.#maxLatenessMs * 100) / 100,
      busyFraction: Math.round((this.#busyMs / passedMs) * 1000) / 1000,
    };
    this.#ticks = 0;
    this.#maxLatenessMs = 0;
    this.#busyMs = 0;
    this.#sinceMs = nowMs;
    return report;
  }
}
