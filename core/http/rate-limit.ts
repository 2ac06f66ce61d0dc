import type { Clock } from '../runtime/index.ts';

/** A token bucket for each source address, one second deep. */
export interface RateLimit {
  /** 0 when the request may pass, else the seconds to wait. */
  take(source: string): number;
}

/** Addresses remembered at most; the oldest is dropped first. */
const maxSources = 10_000;

/** `perSecond` 0: everything passes. */
export function createRateLimit(clock: Clock, perSecond: number): RateLimit {
  if (perSecond === 0) return { take: () => 0 };
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(source) {
      const nowMs = clock.nowMs();
      let bucket = buckets.get(source);
      if (bucket === undefined) {
        dropOldest(buckets);
        bucket = { tokens: perSecond, atMs: nowMs };
        buckets.set(source, bucket);
      }
      bucket.tokens = Math.min(perSecond, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      bucket.tokens--;
      return 0;
    },
  };
}

function dropOldest(buckets: Map<string, unknown>): void {
  if (buckets.size < maxSources) return;
  const [oldest] = buckets.keys();
  if (oldest !== undefined) buckets.delete(oldest);
}
