/** One axis of time for all that is known of a call. */

export interface Axis {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From the first to the last of these, at least a second, with a little air behind. */
export function axisOf(times: readonly number[], nowMs: number | null): Axis {
  const known = nowMs === null ? times : [...times, nowMs];
  const fromMs = known.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const lastMs = known.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  if (fromMs > lastMs) return { fromMs: 0, toMs: 1000 };
  const spanMs = Math.max(1000, (lastMs - fromMs) * (nowMs === null ? 1.02 : 1));
  return { fromMs, toMs: fromMs + spanMs };
}

/** 0 to 1 along the axis. */
export function placeOf({ fromMs, toMs }: Axis, atMs: number): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
}

export const timeAt = ({ fromMs, toMs }: Axis, place: number): number => fromMs + place * (toMs - fromMs);

const stepsMs = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];

/** Round times, at most `most` of them, in ms after the begin. */
export function ticksOf({ fromMs, toMs }: Axis, most: number): readonly number[] {
  const spanMs = toMs - fromMs;
  const stepMs = stepsMs.find((step) => spanMs / step <= most) ?? Math.ceil(spanMs / most / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(spanMs / stepMs) + 1 }, (_, i) => i * stepMs);
}

/** Which of these, sorted by time, is the last at or before that time; -1: none. */
export function lastBefore(sorted: readonly { readonly atMs: number }[], atMs: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
