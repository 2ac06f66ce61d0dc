/**
 * One webhook: reads the event log from where it is, sends what it wants in order, waits and repeats when that fails.
 * Its pace is its own; others do not wait for it.
 */
import type { Clock, Disposable, EventLog, EventRecord, Log, Random, Timer } from '../../core/index.ts';
import { type BackOff, waitAfter } from './back-off.ts';
import { type HookStore, recordOf } from './hook-store.ts';
import type { Batch, DeadLetter, HookSettings, Outcome } from './hook-types.ts';
import { bodyOf } from './post.ts';

export interface HookParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly eventLog: EventLog;
  readonly store: HookStore;
  readonly backOff: BackOff;
  readonly giveUpMs: number;
  /** Events of one request. */
  readonly batch: number;
  readonly maxLetters: number;
  post(hook: HookSettings, body: string, attempt: number, signal: AbortSignal): Promise<Outcome>;
  /** What may be told of what there is; null: nothing, the credentials of its maker are over. */
  mayTell(hook: HookSettings): Promise<((record: EventRecord) => boolean) | null>;
  onFailing(hook: Hook, reason: string): void;
  onRecovered(hook: Hook): void;
  onLetter(hook: Hook, letter: DeadLetter): void;
  onGap(hook: Hook): void;
}

export const makerGone = 'the credentials of its maker were revoked or are over: add it again with others';
/** How often it is asked whether they are good again. */
const makerMs = 60_000;
/** Events read at once. */
const pageSize = 200;
/** The events of one request together. */
const batchChars = 250_000;
/** How long a position that is not on disk may last: after a crash so much is sent again. */
const saveMs = 1000;

export class Hook {
  readonly settings: HookSettings;
  readonly #parts: HookParts;
  readonly #accepts: (record: EventRecord) => boolean;
  readonly #ending = new AbortController();
  #following: Disposable | null = null;
  #position: number;
  #savedPosition: number;
  #saveTimer: Timer | null = null;
  #retryTimer: Timer | null = null;
  #running: Promise<void> | null = null;
  /** Something came that was not read. */
  #isAwake = true;
  #isStopped = false;
  /** Its maker may see nothing any more. */
  #isSuspended = false;
  #mayTell: (record: EventRecord) => boolean = () => false;
  /** Read, wanted and not sent. */
  #next: Batch | null = null;
  /** Letters to be sent again. */
  #again: DeadLetter[] = [];
  /** After a rejected batch each of its events goes alone. */
  #aloneUntil = 0;
  #failures = 0;
  /** When the failures began; null: there are none. */
  #failingSinceMs: number | null = null;
  #letters = 0;
  #nextAttemptAtMs: number | null = null;
  delivered = 0;
  lastFault = '';

  constructor(settings: HookSettings, parts: HookParts, accepts: (record: EventRecord) => boolean, position: number) {
    this.settings = settings;
    this.#parts = parts;
    this.#accepts = accepts;
    this.#position = position;
    this.#savedPosition = position;
  }

  get position(): number {
    return this.#position;
  }

  get deadLetters(): number {
    return this.#letters;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Unix time; null: none is planned. */
  get nextAttemptAtMs(): number | null {
    return this.#nextAttemptAtMs;
  }

  get state(): 'idle' | 'sending' | 'retrying' | 'stopped' {
    if (this.#isStopped || this.#isSuspended) return 'stopped';
    if (this.#retryTimer !== null) return 'retrying';
    return this.#running === null ? 'idle' : 'sending';
  }

  async start(): Promise<void> {
    this.#letters = (await this.#parts.store.letters(this.settings.id)).length;
    if (this.#isStopped) return;
    this.#following = this.#parts.eventLog.follow({
      accepts: () => true,
      receive: () => this.#wake(),
      onGap: () => {},
      isReady: true,
    });
    this.#wake();
  }

  /** Gives up what is under way; how far it is is on disk when this resolves. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#following?.dispose();
    this.#retryTimer?.cancel();
    this.#saveTimer?.cancel();
    this.#ending.abort();
    await this.#running;
    await this.#save();
  }

  /** Sends dead letters again, before what comes next. */
  retry(letters: readonly DeadLetter[]): void {
    const known = new Set(this.#again.map(({ id }) => id));
    this.#again.push(...letters.filter(({ id }) => !known.has(id)));
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#wake();
  }

  #wake(): void {
    this.#isAwake = true;
    if (this.#isStopped || this.#retryTimer !== null || this.#running !== null) return;
    this.#nextAttemptAtMs = null;
    this.#running = this.#run()
      .catch((fault: unknown) => {
        this.lastFault = String(fault);
        this.#parts.log.error('a webhook failed', { hook: this.settings.id, fault: String(fault) });
        this.#retryLater(0);
      })
      .finally(() => {
        this.#running = null;
        if (this.#isAwake) this.#wake();
      });
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      if (!(await this.#isAllowed())) return;
      const letter = this.#again[0];
      if (letter !== undefined) {
        if (!this.#mayTell(recordOf(letter))) {
          this.#again.shift();
          continue;
        }
        if (!(await this.#resend(letter))) return;
        continue;
      }
      this.#next ??= await this.#read();
      if (this.#next === null || this.#isStopped) return;
      if (!(await this.#send(this.#next))) return;
    }
  }

  /** Whoever made it may have lost his rights since: what he may not see now is not sent, and nothing when he is gone. */
  async #isAllowed(): Promise<boolean> {
    const { mayTell, onFailing, onRecovered } = this.#parts;
    const may = await mayTell(this.settings);
    if (this.#isStopped) return false;
    if (may === null) {
      this.lastFault = makerGone;
      if (!this.#isSuspended) onFailing(this, makerGone);
      this.#isSuspended = true;
      this.#again = [];
      this.#retryIn(makerMs);
      return false;
    }
    if (this.#isSuspended) onRecovered(this);
    this.#isSuspended = false;
    this.#mayTell = may;
    if (this.#next !== null && !this.#next.records.every(may)) this.#next = null;
    return true;
  }

  /** The next events that are wanted; null: there are none now. */
  async #read(): Promise<Batch | null> {
    for (;;) {
      this.#isAwake = false;
      const limit = this.#position < this.#aloneUntil ? 1 : this.#parts.batch;
      const page = await this.#parts.eventLog.page(this.#position, pageSize);
      if (this.#isStopped) return null;
      if (page.gap !== null) this.#parts.onGap(this);
      const wanted: EventRecord[] = [];
      let chars = 0;
      for (const record of page.records) {
        if (!this.#wants(record)) continue;
        chars += record.text.length;
        if (wanted.length >= limit || (wanted.length > 0 && chars > batchChars)) break;
        wanted.push(record);
      }
      const isCut = wanted.length >= limit || chars > batchChars;
      const position = isCut ? (wanted.at(-1)?.id ?? page.position) : page.position;
      if (wanted.length > 0 || page.gap !== null) return { records: wanted, position, gap: page.gap };
      this.#moveTo(position);
      if (page.isLast) return null;
    }
  }

  /** Its own failures it is not told of: there would be no end. */
  #wants(record: EventRecord): boolean {
    return !record.name.startsWith('webhooks.') && this.#accepts(record) && this.#mayTell(record);
  }

  /** False: not now. */
  async #send(batch: Batch): Promise<boolean> {
    const { records, position, gap } = batch;
    const texts = records.map(({ text }) => text);
    const outcome = await this.#post(bodyOf(this.settings.id, texts, gap));
    if (this.#isStopped) return false;
    if (outcome.kind === 'delivered') {
      this.delivered += records.length;
      this.#succeeded();
      this.#moveTo(position);
      this.#next = null;
      return true;
    }
    this.lastFault = outcome.reason;
    if (outcome.kind === 'rejected') {
      this.#next = null;
      if (records.length > 1) this.#aloneUntil = position;
      else await this.#bury(records, position, outcome.reason);
      return true;
    }
    this.#failed(outcome);
    if (this.#isGivenUp()) {
      await this.#bury(records, position, outcome.reason);
      this.#next = null;
    }
    this.#retryLater(outcome.retryAfterMs);
    return false;
  }

  async #resend(letter: DeadLetter): Promise<boolean> {
    const outcome = await this.#post(bodyOf(this.settings.id, [recordOf(letter).text], null));
    if (this.#isStopped) return false;
    if (outcome.kind === 'failed') {
      this.lastFault = outcome.reason;
      this.#failed(outcome);
      // It stays a dead letter; what is new goes on being tried.
      this.#again = [];
      this.#retryLater(outcome.retryAfterMs);
      return false;
    }
    this.#again.shift();
    if (outcome.kind === 'rejected') {
      this.lastFault = outcome.reason;
      return true;
    }
    this.delivered++;
    this.#letters--;
    this.#succeeded();
    await this.#parts.store.forget(this.settings.id, letter.id);
    return true;
  }

  #post(body: string): Promise<Outcome> {
    return this.#parts.post(this.settings, body, this.#failures + 1, this.#ending.signal);
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#parts.onRecovered(this);
    this.#failures = 0;
    this.#failingSinceMs = null;
  }

  #failed(outcome: Outcome): void {
    this.#failures++;
    this.#failingSinceMs ??= this.#parts.clock.nowMs();
    if (this.#failures === 1) this.#parts.onFailing(this, outcome.reason);
  }

  #isGivenUp(): boolean {
    return this.#failingSinceMs !== null && this.#parts.clock.nowMs() - this.#failingSinceMs >= this.#parts.giveUpMs;
  }

  #retryLater(askedMs: number): void {
    const { random, backOff } = this.#parts;
    this.#retryIn(Math.max(askedMs, waitAfter(Math.max(1, this.#failures), backOff, random)));
  }

  #retryIn(waitMs: number): void {
    const { clock } = this.#parts;
    if (this.#isStopped) return;
    this.#nextAttemptAtMs = clock.unixMs() + waitMs;
    this.#retryTimer?.cancel();
    this.#retryTimer = clock.after(waitMs, () => {
      this.#retryTimer = null;
      this.#wake();
    });
  }

  async #bury(records: readonly EventRecord[], position: number, reason: string): Promise<void> {
    const { store, clock, maxLetters, onLetter } = this.#parts;
    for (const { id, name, scope, text } of records) {
      const letter: DeadLetter = { id, name, scope, text, reason, atMs: clock.unixMs() };
      await store.bury(this.settings.id, letter);
      this.#letters++;
      onLetter(this, letter);
    }
    if (this.#letters > maxLetters) {
      const letters = await store.letters(this.settings.id);
      for (const { id } of letters.slice(0, letters.length - maxLetters)) await store.forget(this.settings.id, id);
      this.#letters = Math.min(letters.length, maxLetters);
    }
    this.#moveTo(position);
  }

  #moveTo(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    if (this.#isStopped) return;
    this.#saveTimer ??= this.#parts.clock.after(saveMs, () => {
      this.#saveTimer = null;
      void this.#save();
    });
  }

  async #save(): Promise<void> {
    const position = this.#position;
    if (position === this.#savedPosition) return;
    try {
      await this.#parts.store.setPosition(this.settings.id, position);
      this.#savedPosition = position;
    } catch (fault) {
      this.#parts.log.warn('the place of a webhook cannot be kept', { hook: this.settings.id, fault: String(fault) });
    }
  }
}
