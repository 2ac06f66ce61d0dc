import type { IceTotals } from '../worker/ice-messages.ts';

/** `IceTotals` of one engine, counted up by its legs. */
export type IceCounts = { -readonly [Name in keyof IceTotals]: number };

export function newIceCounts(): IceCounts {
  return {
    checks: 0,
    badRequests: 0,
    unauthorized: 0,
    unknownAttributes: 0,
    roleConflicts: 0,
    notStun: 0,
    checksOverLimit: 0,
    pairsOverLimit: 0,
    nominations: 0,
    restarts: 0,
    timeouts: 0,
    consentsLost: 0,
    strangers: 0,
    otherProtocols: 0,
    withoutKeys: 0,
    dtlsReceived: 0,
    dtlsSent: 0,
    dtlsDropped: 0,
    feedback: 0,
  };
}
