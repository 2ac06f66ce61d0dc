/** At most one log line of each kind in a while, with the number of those left out: a scanner cannot fill the log. */
import type { Clock, Log, LogFields } from '../runtime/index.ts';

const PERIOD_MS = 10_000;

export class LogThrottle {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, { lastMs: number; leftOut: number }>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `message` is the kind: it has no variable parts. */
  info(message: string, fields: LogFields): void {
    const nowMs = this.#clock.nowMs();
    const kind = this.#kinds.get(message);
    if (kind !== undefined && nowMs - kind.lastMs < PERIOD_MS) {
      kind.leftOut++;
      return;
    }
    this.#kinds.set(message, { lastMs: nowMs, leftOut: 0 });
    this.#log.info(message, kind === undefined || kind.leftOut === 0 ? fields : { ...fields, leftOut: kind.leftOut });
  }
}
