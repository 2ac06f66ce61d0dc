/** Quality of a call from the reports of the browser. Pure: plain reports in, plain figures out. */
import type { CallQuality } from './types.ts';

/** What we read of RTCStats. */
export type StatsReport = { readonly id: string; readonly type: string; readonly [member: string]: unknown };

/** Counts of the last look: loss is that of the time between. */
export interface StatsCounts {
  readonly received: number;
  readonly lost: number;
}

export interface StatsReading {
  readonly quality: CallQuality;
  readonly counts: StatsCounts;
}

/** @param before of the last look. @param mosAtServer what the server tells of what it hears. */
export function readStats(
  reports: readonly StatsReport[],
  before: StatsCounts | null,
  mosAtServer: number | null,
): StatsReading | null {
  const inbound = reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
  if (inbound === undefined) return null;
  const pair =
    reports.find(
      ({ type, nominated, state }) => type === 'candidate-pair' && nominated === true && state === 'succeeded',
    ) ?? reports.find(({ type, state }) => type === 'candidate-pair' && state === 'succeeded');
  const codec = reports.find(({ id }) => id === inbound['codecId']);
  const counts = { received: numberOf(inbound['packetsReceived']) ?? 0, lost: numberOf(inbound['packetsLost']) ?? 0 };
  const lossIn = lossBetween(before, counts);
  const roundTripS = numberOf(pair?.['currentRoundTripTime']);
  const jitterS = numberOf(inbound['jitter']);
  const roundTripMs = roundTripS === null ? null : Math.round(roundTripS * 1000);
  const jitterMs = jitterS === null ? null : Math.round(jitterS * 1000);
  return {
    counts,
    quality: {
      codec: String(codec?.['mimeType'] ?? '').replace(/^audio\//i, ''),
      roundTripMs,
      jitterMs,
      lossIn,
      mosAtServer,
      grade: gradeOf({ lossIn, roundTripMs, jitterMs, mosAtServer }),
    },
  };
}

export function lossBetween(before: StatsCounts | null, now: StatsCounts): number {
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  const expected = Math.max(0, now.received - (before?.received ?? 0)) + lost;
  return expected === 0 ? 0 : lost / expected;
}

/** People notice 1 % of loss and do not follow 5 %; delay disturbs from 300 ms there and back (ITU-T G.114). */
export function gradeOf(
  figures: Pick<CallQuality, 'lossIn' | 'roundTripMs' | 'jitterMs' | 'mosAtServer'>,
): CallQuality['grade'] {
  const { lossIn, roundTripMs, jitterMs, mosAtServer } = figures;
  const isPoor = lossIn > 0.05 || (roundTripMs ?? 0) > 600 || (jitterMs ?? 0) > 100 || (mosAtServer ?? 5) < 3;
  const isFair = lossIn > 0.01 || (roundTripMs ?? 0) > 300 || (jitterMs ?? 0) > 40 || (mosAtServer ?? 5) < 3.7;
  return isPoor ? 'poor' : isFair ? 'fair' : 'good';
}

const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
