import type { CallRecord, OpenCall } from './record.ts';
import { recordOf } from './record.ts';

/**
 * The record of a call that a crash cut: it is known to have lived until the journal's last heartbeat, and is
 * charged until then, in whole seconds.
 */
export function crashRecord(open: OpenCall, confirmedSteadyMs: number, currency: string): CallRecord {
  const { answeredAtMs, answeredSteadyMs, startedAtMs } = open;
  const isAnswered = answeredAtMs !== null && answeredSteadyMs !== null;
  const talkMs = isAnswered ? Math.floor(Math.max(0, confirmedSteadyMs - answeredSteadyMs) / 1000) * 1000 : 0;
  const ending = {
    endedAtMs: isAnswered ? answeredAtMs + talkMs : Math.max(startedAtMs, confirmedSteadyMs),
    talkMs,
    status: isAnswered ? 200 : 0,
    reason: isAnswered ? 'OK' : '',
    endedBy: 'server',
    cause: 'server-crash',
    ...{ codec: '', packetsLost: 0, jitterMs: 0, mos: null },
  };
  return recordOf(open, ending, currency);
}
