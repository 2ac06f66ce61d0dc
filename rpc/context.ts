import type { CallContext, Caller, Face } from '../core/di/index.ts';
import { type Clock, type Log, type Random, secureToken } from '../core/runtime/index.ts';

/** Makes the context of each request: who, from where, until when, and an id for the trace. */
export type ContextFactory = (caller: Caller, face: Face, source: string) => CallContext;

export function createContextFactory(options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deadlineMs: number;
}): ContextFactory {
  const { clock, log, deadlineMs } = options;
  const prefix = secureToken(options.random, 6);
  let count = 0;
  return (caller, face, source) => ({
    caller,
    face,
    source,
    deadlineMs: clock.nowMs() + deadlineMs,
    traceId: `${prefix}-${(++count).toString(36)}`,
    log,
  });
}
