/**
 * Sheds new work when this thread cannot keep up, so that calls in progress are served: new dialogs
 * and requests outside of dialogs get 503 with Retry-After (RFC 3261 21.5.4); what belongs to a
 * dialog or a transaction, and URIs of `sip.overload.exempt`, are served always.
 *
 *   lag ≥ lagMs                  all new requests are shed
 *   busy ≥ busyPercent, 1 s long one more tenth of them each 250 ms
 *   lag and busy well below      one tenth less each 250 ms
 *
 * The lag alone would not do: the loop reads at most 32 datagrams a turn, so under a flood of UDP it
 * stays short while requests grow old in the kernel's buffer.
 */
import type { Log, Seams, Timer } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import type { OverloadState, SipOverload } from './types.ts';
import { UriPatterns } from './uri-patterns.ts';

const SAMPLE_MS = 250;
/** Samples in a row that make a busy loop an overloaded one. */
const BUSY_SAMPLES = 4;
const SHARE_STEP = 0.1;
/** Below the limit by this much, the load counts as gone. */
const LAG_RELEASE = 0.5;
const BUSY_RELEASE = 0.08;

const idle: OverloadState = { active: false, share: 0, lagMs: 0, busyFraction: 0, shed: 0 };

export class Overload implements SipOverload {
  onChange: (state: OverloadState) => void = () => {};
  readonly #config: SipConfig['overload'];
  readonly #seams: Seams;
  readonly #log: Log;
  readonly #exempt: UriPatterns;
  #sampledMs: number;
  #busySamples = 0;
  #state = idle;
  #shed = 0;
  #timer: Timer | null = null;

  constructor(config: SipConfig['overload'], seams: Seams, log: Log) {
    this.#config = config;
    this.#seams = seams;
    this.#log = log;
    this.#exempt = new UriPatterns(config.exempt);
    this.#sampledMs = seams.clock.nowMs();
  }

  get state(): OverloadState {
    return { ...this.#state, shed: this.#shed };
  }

  look(): OverloadState {
    const nowMs = this.#seams.clock.nowMs();
    if (nowMs - this.#sampledMs >= SAMPLE_MS) this.#sample(nowMs);
    return this.state;
  }

  exempts(uri: string): boolean {
    return this.#exempt.match(uri);
  }

  /** Is this new request to be refused for want of time? */
  sheds(uri: string): boolean {
    if (this.#config.lagMs === 0 && this.#config.busyPercent === 0) return false;
    const nowMs = this.#seams.clock.nowMs();
    if (nowMs - this.#sampledMs >= SAMPLE_MS) this.#sample(nowMs);
    const { share } = this.#state;
    if (share === 0 || (share < 1 && this.#seams.random.fraction() >= share) || this.exempts(uri)) return false;
    this.#shed++;
    return true;
  }

  /** Seconds for Retry-After: at random, or all callers would come back at the same moment. */
  retryAfter(): string {
    const { retryAfterSeconds } = this.#config;
    return String(retryAfterSeconds + this.#seams.random.integer(retryAfterSeconds + 1));
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #sample(nowMs: number): void {
    this.#sampledMs = nowMs;
    const load = this.#seams.loop.take();
    const { share } = this.#state;
    const next = this.#nextShare(share, load.lagMs, load.busyFraction);
    this.#state = { ...load, active: next > 0, share: next, shed: this.#shed };
    if (share === 0 && next > 0) this.#changed('the server is overloaded; new requests are refused');
    if (share > 0 && next === 0) this.#changed('the server is no longer overloaded');
    this.#watch();
  }

  #nextShare(share: number, lagMs: number, busyFraction: number): number {
    const limit = this.#config.busyPercent / 100;
    const isLate = this.#config.lagMs > 0 && lagMs >= this.#config.lagMs;
    const isBusy = limit > 0 && busyFraction >= limit;
    this.#busySamples = isBusy ? this.#busySamples + 1 : 0;
    if (isLate) return 1;
    if (this.#busySamples >= BUSY_SAMPLES) return Math.min(1, rounded(share + SHARE_STEP));
    const calmLag = this.#config.lagMs === 0 || lagMs < this.#config.lagMs * LAG_RELEASE;
    const calmBusy = limit === 0 || busyFraction < limit - BUSY_RELEASE;
    return calmLag && calmBusy ? Math.max(0, rounded(share - SHARE_STEP)) : share;
  }

  /** While it lasts, the end is looked for even if nobody calls; an idle stack has no timer. */
  #watch(): void {
    this.#timer?.cancel();
    this.#timer = this.#state.active
      ? this.#seams.clock.after(SAMPLE_MS, () => this.#sample(this.#seams.clock.nowMs()))
      : null;
  }

  #changed(message: string): void {
    const { state } = this;
    this.#log.warn(message, { lagMs: Math.round(state.lagMs), busyFraction: state.busyFraction, shed: state.shed });
    this.onChange(state);
  }
}

function rounded(share: number): number {
  return Math.round(share * 10) / 10;
}
