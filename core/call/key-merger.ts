import type { Clock } from '../runtime/index.ts';

/** Telephone-events, tones in the audio, or INFO. */
export type KeySource = 'rtp' | 'inband' | 'info';

/** A key press, and who has told it so far. */
interface Press {
  readonly key: string;
  readonly sources: readonly KeySource[];
  /** In `Clock.nowMs()`: in RTP a press is told when it has ended, by INFO when it begins. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reports of one press may lie this far apart (reference/applications 4.6). */
const togetherMs = 200;
/** Presses remembered for the sake of the other sources: how long after their end, and how many. */
const rememberedMs = 2000;
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
  #presses: readonly Press[] = [];

  constructor(clock: Clock, deliver: (key: string, durationMs: number, source: KeySource) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  report(key: string, durationMs: number, source: KeySource): void {
    const now = this.#clock.nowMs();
    const [fromMs, toMs] = source === 'info' ? [now, now + durationMs] : [now - durationMs, now];
    const press: Press = { key, sources: [source], fromMs, toMs };
    const same = this.#presses.find((earlier) => isSamePress(earlier, press));
    if (same !== undefined) {
      const joined = { ...same, sources: [...same.sources, source] };
      this.#presses = this.#presses.map((each) => (each === same ? joined : each));
      return;
    }
    const recent = this.#presses.filter((each) => each.toMs > now - rememberedMs);
    this.#presses = [...recent, press].slice(-remembered);
    this.#deliver(key, durationMs, source);
  }
}

/** May `report`, of one source, be of `press`? The oldest press that the source has not told is meant. */
function isSamePress(press: Press, report: Press): boolean {
  return (
    press.key === report.key &&
    !report.sources.some((source) => press.sources.includes(source)) &&
    press.fromMs <= report.toMs + togetherMs &&
    report.fromMs <= press.toMs + togetherMs
  );
}
