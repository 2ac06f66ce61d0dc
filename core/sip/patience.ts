/**
 * How long the final answer to an INVITE of ours is waited for while provisional ones come: timer C
 * begins anew with each of them (RFC 3261 16.6), so a peer that never stops needs a limit besides.
 */
import type { SipCore } from './sip-core.ts';
import { TIMER_C_MS } from './timers.ts';

export class Patience {
  readonly #core: SipCore;
  /** Null until the first provisional response. */
  #endsAtMs: number | null = null;

  constructor(core: SipCore) {
    this.#core = core;
  }

  /** From a provisional response that has just come, ms. */
  leftMs(): number {
    const { seams, config } = this.#core;
    const nowMs = seams.clock.nowMs();
    this.#endsAtMs ??= nowMs + config.ringLimitMs;
    return Math.max(0, Math.min(TIMER_C_MS, this.#endsAtMs - nowMs));
  }
}
