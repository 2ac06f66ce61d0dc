import { type Clock, parseIp } from '../core/runtime/index.ts';

/** Failures that cost nothing but the delay. */
const freeFailures = 5;
const maxLockMs = 300_000;
/** A source without failures for this long starts afresh. */
const forgetMs = 600_000;
const maxSources = 10_000;

/** Slows down guessing: after five failures a source is locked out, twice as long each time. */
export interface Lockout {
  /** Milliseconds that the source must wait; 0: it may try. */
  waitMs(source: string): number;
  failed(source: string): void;
  succeeded(source: string): void;
}

export function createLockout(clock: Clock): Lockout {
  const sources = new Map<string, { failures: number; untilMs: number; lastMs: number }>();
  return {
    waitMs(source) {
      const entry = sources.get(source);
      return entry === undefined ? 0 : Math.max(0, entry.untilMs - clock.nowMs());
    },
    failed(source) {
      const nowMs = clock.nowMs();
      let entry = sources.get(source);
      if (entry === undefined || nowMs - entry.lastMs > forgetMs) {
        const [oldest] = sources.keys();
        if (sources.size >= maxSources && oldest !== undefined) sources.delete(oldest);
        entry = { failures: 0, untilMs: 0, lastMs: nowMs };
        sources.set(source, entry);
      }
      entry.failures++;
      entry.lastMs = nowMs;
      const over = entry.failures - freeFailures;
      if (over >= 0) entry.untilMs = nowMs + Math.min(maxLockMs, 1000 * 2 ** over);
    },
    succeeded: (source) => void sources.delete(source),
  };
}

/** Who guesses: an address; of IPv6 the network of one customer, who can choose among 2^64 addresses (RFC 6177). */
export function guesserOf(source: string): string {
  const address = source.includes(':') ? parseIp(source) : null;
  return address?.family === 6 ? `${(address.bits >> 64n).toString(16)}::/64` : source;
}
