import type { Clock } from '../runtime/index.ts';

export type KeySource = 'rtp' | 'info';

/** A key press as one source told it. */
interface Report {
  readonly key: string;
  readonly source: KeySource;
  /** The press in `Clock.nowMs()`: for RTP it has just ended, for INFO it begins now. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reports of one press may lie this far apart (reference/applications 4.6). */
const togetherMs = 200;
/** Presses remembered for the sake of the other source. */
const remembered = 16;

/**
 * One key press is one event, whatever sources report it (reference/applications 4.6). A press is
 * given to the application with its first report; a report of the same key by another source that
 * overlaps the press, or is within 200 ms of it, belongs to the same press. Two reports of one
 * source are two presses.
 *
 * SEMS holds every key back for 200 ms to see whether another source reports it; here the second
 * report is what is held back, so that a key is heard at once.
 */
export class KeyMerger {
  readonly #clock: Clock;
  readonly #deliver: (key: string, durationMs: number, source: KeySource) => void;
  #unpaired: Report[] = [];

  constructor(clock: Clock, deliver: (key: string, durationMs: number, source: KeySource) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  report(key: string, durationMs: number, source: KeySource): void {
    const now = this.#clock.nowMs();
    const report: Report =
      source === 'rtp'
        ? { key, source, fromMs: now - durationMs, toMs: now }
        : { key, source, fromMs: now, toMs: now + durationMs };
    const twin = this.#unpaired.findIndex((other) => isSamePress(other, report));
    if (twin >= 0) {
      this.#unpaired.splice(twin, 1);
      return;
    }
    this.#unpaired = [...this.#unpaired.filter(({ toMs }) => toMs > now - 2000), report].slice(-remembered);
    this.#deliver(key, durationMs, source);
  }
}

function isSamePress(a: Report, b: Report): boolean {
  return a.key === b.key && a.source !== b.source && a.fromMs <= b.toMs + togetherMs && b.fromMs <= a.toMs + togetherMs;
}
