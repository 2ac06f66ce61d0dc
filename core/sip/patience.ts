/**
 * How long the final answer to an INVITE of ours is waited for while provisional ones come: timer C
 * begins anew with each of them (RFC 3261 16.6), so a peer that never stops needs a limit besides.
 * "If the time indicated in the Expires header field is reached and no final answer for the INVITE has been
 * received, the UAC core SHOULD generate a CANCEL" (13.2.1): it counts from the first time the INVITE is sent.
 */
import type { SipCore } from './sip-core.ts';
import { parseSeconds } from './subscription-headers.ts';
import { TIMER_C_MS } from './timers.ts';
import type { HeaderLine } from './types.ts';

export class Patience {
  readonly #core: SipCore;
  /** Null until the first provisional response. */
  #endsAtMs: number | null = null;
  /** Of the Expires; 0, which careless applications send, and none: null. */
  readonly #expiresMs: number | null;
  #expiresAtMs = Number.POSITIVE_INFINITY;

  /** `headers`: of the INVITE. */
  constructor(core: SipCore, headers: readonly HeaderLine[] = []) {
    this.#core = core;
    const expires = parseSeconds(headers.find(([name]) => name.toLowerCase() === 'expires')?.[1]) ?? 0;
    this.#expiresMs = expires > 0 ? expires * 1000 : null;
  }

  /** The INVITE has been sent, the first time or again: what its Expires leaves, ms; null: it has none. */
  sentMs(): number | null {
    if (this.#expiresMs === null) return null;
    const nowMs = this.#core.seams.clock.nowMs();
    if (this.#expiresAtMs === Number.POSITIVE_INFINITY) this.#expiresAtMs = nowMs + this.#expiresMs;
    return Math.max(0, this.#expiresAtMs - nowMs);
  }

  /** From a provisional response that has just come, ms. */
  leftMs(): number {
    const { seams, config } = this.#core;
    const nowMs = seams.clock.nowMs();
    this.#endsAtMs ??= nowMs + config.ringLimitMs;
    return Math.max(0, Math.min(TIMER_C_MS, this.#endsAtMs - nowMs, this.#expiresAtMs - nowMs));
  }
}
