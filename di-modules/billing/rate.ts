import { share } from './money.ts';

/** What one call is charged by: fixed at its answer. Plain data: the journal of open calls keeps it. */
export interface Rate {
  readonly perMinuteMicro: number;
  /** Once, with the answer. */
  readonly connectionMicro: number;
  /** Of 60/1 the 60: the first seconds are charged together … */
  readonly firstSeconds: number;
  /** … and the 1: afterwards so many at a time. */
  readonly nextSeconds: number;
  /** These are not charged; what comes after them is counted from its own first increment. */
  readonly freeSeconds: number;
}

/** Every second that was begun counts. */
export const talkSeconds = (talkMs: number): number => Math.ceil(Math.max(0, talkMs) / 1000);

/** Talk time as it is charged: without the free seconds, in whole increments. */
export function billedSeconds({ firstSeconds, nextSeconds, freeSeconds }: Rate, talkMs: number): number {
  const seconds = talkSeconds(talkMs) - freeSeconds;
  if (seconds <= 0) return 0;
  if (seconds <= firstSeconds) return firstSeconds;
  return firstSeconds + Math.ceil((seconds - firstSeconds) / nextSeconds) * nextSeconds;
}

/** What an answered call costs after that long. An increment is owed from its first millisecond on. */
export const costMicro = (rate: Rate, talkMs: number): number =>
  rate.connectionMicro + share(billedSeconds(rate, talkMs), rate.perMinuteMicro, 60);
