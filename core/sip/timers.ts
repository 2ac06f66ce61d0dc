/**
 * The timers of RFC 3261 (table 4) and RFC 6026 by name, in milliseconds, from T1 and the
 * reliability of the transport.
 */
export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M';
/** What a machine is told when a timer fires. */
export type TimerInput = `timer${TimerName}`;
/** What a machine says of a timer: start it, start it doubled (`restart`), start it with T2 (`slow`), stop it. */
export type TimerAction = `${'start' | 'restart' | 'slow' | 'stop'}${TimerName}`;

/** T2: "the maximum retransmit interval for non-INVITE requests and INVITE responses". */
export const T2_MS = 4000;
/** T4: "the maximum duration a message will remain in the network". */
const T4_MS = 5000;
/** Timer D: "greater than 32s for UDP". */
const D_MS = 32_000;
/** Without a final answer this long after the last provisional one we give up (RFC 3261 16.6, timer C). */
export const TIMER_C_MS = 180_000;

/**
 * How long timer `name` runs; null: it is not started. A, E and G are only their first interval:
 * the runner doubles them (`nextIntervalMs`).
 */
export function timerMs(name: TimerName, t1Ms: number, reliable: boolean): number | null {
  switch (name) {
    case 'A':
    case 'E':
    case 'G':
      return reliable ? null : t1Ms;
    case 'B':
    case 'F':
    case 'H':
    case 'L':
    case 'M':
      return 64 * t1Ms;
    case 'D':
      return reliable ? 0 : Math.max(D_MS, 64 * t1Ms);
    case 'I':
    case 'K':
      return reliable ? 0 : T4_MS;
    case 'J':
      return reliable ? 0 : 64 * t1Ms;
    default:
      return name satisfies never;
  }
}

/** The interval after `intervalMs`: A doubles without limit, E and G up to T2. */
export function nextIntervalMs(name: TimerName, intervalMs: number): number {
  return name === 'A' ? 2 * intervalMs : Math.min(2 * intervalMs, T2_MS);
}
