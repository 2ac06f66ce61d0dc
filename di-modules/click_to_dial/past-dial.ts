import { restarted } from './outcome.ts';
import type { DialState } from './schemas.ts';

/** A dial as its functions see it: one that runs or ran, or one of before the last start. */
export interface KnownDial {
  readonly id: string;
  readonly over: boolean;
  /** Unix time; null: it runs. */
  readonly endedAtMs: number | null;
  readonly state: DialState;
  /** Ends it, in whatever phase; nothing when it is over. */
  cancel(by: string): void;
}

/** A dial of before the last start. One that ran then ended with the server, whatever had become of it. */
export function pastDial(state: DialState): KnownDial {
  const isWhole = state.phase === 'ended' && state.endedAtMs !== undefined;
  const ended: DialState = isWhole
    ? state
    : { ...state, phase: 'ended', ...restarted, why: [...restarted.why], endedAtMs: state.startedAtMs };
  return { id: state.dial, over: true, endedAtMs: ended.endedAtMs ?? state.startedAtMs, state: ended, cancel() {} };
}
