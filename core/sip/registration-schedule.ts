/** When a registration is refreshed, and when it is tried again (RFC 5626 4.5), in milliseconds. */
import { parseDecimal } from './grammar.ts';
import type { Transport } from './types.ts';

/** "base-time (if all failed): 30 s", "max-time: 1800 s" (RFC 5626 4.5). */
const BASE_MS = 30_000;
const MAX_MS = 1_800_000;
/** A refresh must have time for a challenge and for timer F (32 s) before the expiry. */
const MARGIN_MS = 40_000;
/** Nobody makes us wait longer. */
const MAX_RETRY_AFTER_S = 86_400;

/**
 * The time from a 2xx to the next REGISTER: at most 85 % of the expiry, with 40 s left when there are
 * so many, spread by a tenth so that a thousand registrations do not refresh in one moment.
 *
 * @param fraction random, 0 to 1
 */
export function refreshDelayMs(expiresSeconds: number, fraction: number): number {
  const lifeMs = expiresSeconds * 1000;
  const latest = lifeMs > 2 * MARGIN_MS ? Math.min(0.85 * lifeMs, lifeMs - MARGIN_MS) : lifeMs / 2;
  return Math.floor(latest * (1 - 0.1 * fraction));
}

/**
 * "W = min(max-time, (base-time * (2 ^ consecutive-failures))) … wait … a random time between 50 and
 * 100 % of" it; a Retry-After is obeyed on top.
 *
 * @param failures failures in a row, this one not counted
 */
export function retryDelayMs(failures: number, retryAfterSeconds: number | null, fraction: number): number {
  const upper = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures, 10));
  const waitMs = Math.floor(upper * (0.5 + 0.5 * fraction));
  return retryAfterSeconds === null ? waitMs : Math.max(waitMs, retryAfterSeconds * 1000);
}

/** `Retry-After: 18000;duration=3600` or `120 (in a meeting)`: its seconds, at most a day. */
export function retryAfterSeconds(value: string | null): number | null {
  const digits = /^\s*(\d+)/.exec(value ?? '')?.[1];
  const wanted = digits === undefined ? null : parseDecimal(digits, Number.MAX_SAFE_INTEGER);
  return wanted === null ? null : Math.min(wanted, MAX_RETRY_AFTER_S);
}

/** "between 95 and 120 seconds" where the registrar names no Flow-Timer (RFC 5626 4.4.1). */
const DEFAULT_FLOW_S = 120;
/** "between 24 and 29 seconds" over UDP, for the sake of NATs (4.4.2). */
const LEAST_UDP_MS = 24_000;
const UDP_SPREAD_MS = 5000;
/** No registrar makes us ping more often. */
const MIN_FLOW_S = 10;

/**
 * How often a flow is kept alive: "a random number between 80 % and 100 % of" Flow-Timer, "in seconds" (RFC 5626
 * 4.4, 10).
 */
export function keepAliveMs(transport: Transport, flowTimerSeconds: number | null, fraction: number): number {
  if (flowTimerSeconds === null && transport === 'udp') return LEAST_UDP_MS + Math.floor(UDP_SPREAD_MS * fraction);
  const seconds = flowTimerSeconds === null ? DEFAULT_FLOW_S : Math.max(MIN_FLOW_S, flowTimerSeconds);
  return Math.floor(seconds * 1000 * (0.8 + 0.2 * fraction));
}
