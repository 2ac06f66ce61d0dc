/**
 * The session timer of one dialog: its clock, its refreshes, its end.
 *
 *            2xx with a timer              interval / 2, we refresh
 *   none -----------------------> running ---------------------------> refreshing
 *                                    ^  2xx, 501                            |
 *                                    '--------------------------------------'
 *   running, refreshing -- nothing for the interval --> expired: the owner ends the call
 */
import type { Timer } from '../runtime/index.ts';
import {
  acceptLines,
  acceptSession,
  agreedSession,
  expiryDelayMs,
  offerLines,
  raisedSeconds,
  refreshDelayMs,
  type SessionInterval,
  type SessionTimerSettings,
} from './session-timer.ts';
import type { SipCore } from './sip-core.ts';
import type { HeaderLine, RequestOptions, SipBody, SipHeaders, SipResponse } from './types.ts';

/** "busy (open transaction) → retry every 2 s" (reference 2.9). */
const BUSY_RETRY_MS = 2000;
/** So many 422 in a row are obeyed. */
const RAISE_LIMIT = 5;
/** Refusals that say: not now. */
const passing: ReadonlySet<number> = new Set([491, 500, 503]);

export interface DialogTimerParts {
  readonly core: SipCore;
  settings: SessionTimerSettings;
  request(method: string, options: RequestOptions): Promise<SipResponse>;
  peerAllows(method: string): boolean;
  /** An INVITE or offer of either side is under way. */
  isBusy(): boolean;
  /** The unchanged session description for a re-INVITE; null: there is none. */
  refreshBody(): SipBody | null;
  /** The 2xx to the re-INVITE that carried it. */
  refreshAnswered(response: SipResponse): void;
  onExpired(): void;
}

/** Plain data: what a restored dialog goes on with. */
export interface SessionTimerRecord {
  readonly seconds: number;
  readonly refresher: 'us' | 'them';
  /** Wall clock at which the session ends unless it is refreshed. */
  readonly expiresAtMs: number;
}

export class DialogTimer {
  readonly #parts: DialogTimerParts;
  #session: SessionInterval | null = null;
  /** What our next INVITE or UPDATE asks for, raised by 422. */
  #seconds: number | null = null;
  #minimumSeconds: number | null = null;
  /** Since the last 2xx. */
  #raises = 0;
  #expiresAtMs = 0;
  #refresh: Timer | null = null;
  #expiry: Timer | null = null;
  #refreshing = false;
  /** The peer refused an UPDATE as such. */
  #noUpdate = false;
  #stopped = false;

  constructor(parts: DialogTimerParts) {
    this.#parts = parts;
  }

  get settings(): SessionTimerSettings {
    return this.#parts.settings;
  }

  /** For an incoming call: before it is answered. */
  set settings(settings: SessionTimerSettings) {
    this.#parts.settings = settings;
  }

  /** Null: no timer runs. */
  get session(): SessionInterval | null {
    return this.#session;
  }

  /** Headers of a request of ours; none but in INVITE and UPDATE. `initial`: the INVITE that makes the dialog. */
  requestLines(method: string, initial: boolean): readonly HeaderLine[] {
    if (method !== 'INVITE' && method !== 'UPDATE') return [];
    const session = this.#session;
    const { mode } = this.settings;
    if (mode === 'off' && session === null) return [];
    if (session === null && !initial) return [['Supported', 'timer']];
    const least = this.#minimumSeconds ?? this.settings.minimumSeconds;
    return offerLines(this.#asked(), least, session?.refresher ?? null);
  }

  /** A 422 to our INVITE or UPDATE: true when it is worth another try, which `requestLines` then fits. */
  raise(response: SipResponse): boolean {
    if (response.status !== 422) return false;
    const raised = raisedSeconds(this.settings, this.#asked(), response);
    // Each server on the way may ask for more, once; a peer that asks for a second more each time never ends.
    if (raised === null || this.#raises >= RAISE_LIMIT) {
      this.#parts.core.log.warn('a 422 that cannot be obeyed', { minSe: response.header('min-se') ?? '' });
      return false;
    }
    this.#raises++;
    this.#seconds = raised;
    // 7.4: after 422 "the Min-SE header field … MUST be set to the largest value" of all those responses.
    this.#minimumSeconds = raised;
    this.#parts.core.counters.sessionTimer.add(1, { event: 'raised' });
    return true;
  }

  /** A 2xx came to our INVITE, re-INVITE or UPDATE: "any 2xx restarts". */
  agreed(response: SipHeaders): void {
    this.#raises = 0;
    const agreed = agreedSession(this.settings, this.#asked(), response);
    // A peer that leaves it out of a later response is alive: we look after the session from here on.
    this.#restart(agreed ?? (this.#session === null ? null : { ...this.#session, refresher: 'us' }));
  }

  /** We answer an INVITE or UPDATE with 2xx: its headers. */
  accepted(request: SipHeaders): readonly HeaderLine[] {
    const session = acceptSession(this.settings, request) ?? this.#kept();
    this.#restart(session);
    return session === null ? [] : acceptLines(session, request);
  }

  /** The dialog is ending: timers are ignored from now on. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#session = null;
  }

  record(): SessionTimerRecord | null {
    return this.#session === null ? null : { ...this.#session, expiresAtMs: this.#expiresAtMs };
  }

  /** Goes on with a timer that ran before. */
  resume({ seconds, refresher, expiresAtMs }: SessionTimerRecord): void {
    this.#session = { seconds, refresher };
    this.#arm(this.#session, Math.max(0, expiresAtMs - this.#parts.core.seams.clock.unixMs()));
  }

  /** A peer without the extension refreshes nothing, but its request shows that it is there. */
  #kept(): SessionInterval | null {
    return this.#session === null ? null : { ...this.#session, refresher: 'us' };
  }

  #asked(): number {
    return this.#seconds ?? Math.max(this.#session?.seconds ?? 0, this.#session === null ? this.#own() : 0);
  }

  #own(): number {
    const { expiresSeconds, minimumSeconds } = this.settings;
    return Math.max(expiresSeconds, minimumSeconds);
  }

  #restart(session: SessionInterval | null): void {
    this.#cancel();
    this.#session = session;
    this.#seconds = null;
    if (session !== null && !this.#stopped) this.#arm(session, expiryDelayMs(session));
  }

  #arm(session: SessionInterval, leftMs: number): void {
    const { clock } = this.#parts.core.seams;
    this.#expiresAtMs = clock.unixMs() + leftMs;
    this.#expiry = clock.after(leftMs, () => this.#expired());
    if (session.refresher === 'us') {
      const sinceMs = expiryDelayMs(session) - leftMs;
      this.#refreshIn(Math.max(0, refreshDelayMs(session) - sinceMs));
    }
  }

  #refreshIn(delayMs: number): void {
    this.#refresh?.cancel();
    this.#refresh = this.#parts.core.seams.clock.after(delayMs, () => void this.#sendRefresh());
  }

  async #sendRefresh(): Promise<void> {
    const { core, isBusy } = this.#parts;
    if (this.#stopped || this.#refreshing || this.#session === null) return;
    const how = this.#method();
    if (isBusy() || how === null) {
      this.#refreshIn(BUSY_RETRY_MS);
      return;
    }
    this.#refreshing = true;
    core.counters.sessionTimer.add(1, { event: 'refresh' });
    const session: SessionInterval = this.#session;
    const response = await this.#parts.request(how.method, how.options);
    this.#refreshing = false;
    if (this.#stopped) return;
    if (how.method === 'INVITE' && response.status < 300) this.#parts.refreshAnswered(response);
    this.#refreshed(how.method, session, response);
  }

  /** A 2xx has restarted the timer already; 408 and 481 ended the call. */
  #refreshed(method: string, session: SessionInterval, response: SipResponse): void {
    const { status } = response;
    if (status < 300) return;
    if (method === 'UPDATE' && (status === 405 || status === 501)) this.#noUpdate = true;
    if (status === 501 && this.settings.accept501) this.#restart(session);
    else if (this.raise(response) || (method === 'UPDATE' && status === 405)) this.#refreshIn(0);
    // "the UAC SHOULD follow the rules specific to that response code and retry if possible" (10); what is
    // not for now is not asked again and again.
    else this.#refreshIn(passing.has(status) ? BUSY_RETRY_MS : Math.max(BUSY_RETRY_MS, this.#leftMs() / 3));
  }

  #method(): { readonly method: string; readonly options: RequestOptions } | null {
    const { peerAllows, refreshBody } = this.#parts;
    const { refreshMethod } = this.settings;
    if (refreshMethod !== 'INVITE' && !this.#noUpdate && peerAllows('UPDATE')) return { method: 'UPDATE', options: {} };
    if (refreshMethod === 'UPDATE') return { method: 'UPDATE', options: {} };
    const body = refreshBody();
    if (body !== null) {
      const glare = { withdrawn: () => {}, body: () => Promise.resolve(refreshBody()) };
      return { method: 'INVITE', options: { body, glare } };
    }
    // Without a description an INVITE would ask for an offer: an UPDATE at least shows life.
    return this.#noUpdate ? null : { method: 'UPDATE', options: {} };
  }

  #leftMs(): number {
    return this.#expiresAtMs - this.#parts.core.seams.clock.unixMs();
  }

  #expired(): void {
    const { core, onExpired } = this.#parts;
    this.#cancel();
    if (this.#stopped) return;
    core.counters.sessionTimer.add(1, { event: 'expired' });
    onExpired();
  }

  #cancel(): void {
    this.#refresh?.cancel();
    this.#expiry?.cancel();
    this.#refresh = null;
    this.#expiry = null;
  }
}
