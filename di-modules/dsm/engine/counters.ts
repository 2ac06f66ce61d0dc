import type { Counter, Counters } from '../../../core/index.ts';

/** Unusual ends of events and actions, of all sessions together. */
export interface EngineCounters {
  /** Events that a bound ended, by `reason`. */
  readonly stopped: Counter;
  /** Actions and conditions whose code failed; the script went on. */
  readonly failed: Counter;
  /** Exceptions that no transition took. */
  readonly uncaught: Counter;
}

export function engineCounters(counters: Counters): EngineCounters {
  return {
    stopped: counters.counter('callbus_dsm_stopped_total', 'Events of DSM scripts that a bound ended.'),
    failed: counters.counter('callbus_dsm_failed_total', 'Actions and conditions of DSM scripts whose code failed.'),
    uncaught: counters.counter('callbus_dsm_uncaught_total', 'Exceptions of DSM scripts that no transition took.'),
  };
}
