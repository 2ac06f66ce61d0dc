import {
  asCodedError,
  type CallEngine,
  type Clock,
  CodedError,
  type Log,
  type Random,
  secureToken,
} from '../../core/index.ts';
import type { ClickToDialConfig } from './config.ts';
import { Dial } from './dial.ts';
import { digestOf, type OrderStore } from './order-store.ts';
import { type KnownDial, pastDial } from './past-dial.ts';
import type { DialPlan } from './plan.ts';
import type { DialOrder, DialState } from './schemas.ts';

export interface DialsParts {
  readonly calls: CallEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly config: ClickToDialConfig;
  readonly store: OrderStore;
  plan(order: DialOrder): Promise<DialPlan>;
  onPhase(dial: Dial): void;
}

interface KeyedOrder {
  /** Of the order without its secrets. */
  readonly order: string;
  readonly dial: Promise<KnownDial>;
}

/** An order whose key is kept. */
interface Keyed {
  readonly key: string;
  readonly order: string;
}

/** Outcomes that are remembered, at most. */
const mostKept = 10_000;

/** All dials that run, and those that ended lately. */
export class Dials {
  readonly #parts: DialsParts;
  readonly #dials = new Map<string, KnownDial>();
  readonly #keys = new Map<string, KeyedOrder>();
  readonly #saving = new Set<Promise<void>>();

  constructor(parts: DialsParts) {
    this.#parts = parts;
  }

  /** Remembers the keyed orders of before this start. @throws CodedError `storage.failed`. */
  async load(): Promise<void> {
    for (const { key, order, state } of await this.#parts.store.all()) {
      const dial = pastDial(state);
      this.#dials.set(dial.id, dial);
      this.#keys.set(key, { order, dial: Promise.resolve(dial) });
    }
    this.#forget();
  }

  /**
   * Dials, or gives what the same order with the same key of the same caller has dialled.
   * The key is on disk before the first INVITE leaves: a repetition after a restart dials nobody either.
   * @throws CodedError as `planOf` and `CallEngine.originate`; `dial.keyReused`, `module.full`, `storage.failed`.
   */
  async dial(order: DialOrder, caller: string): Promise<{ readonly dial: KnownDial; readonly repeated: boolean }> {
    this.#forget();
    const { idempotencyKey } = order;
    if (idempotencyKey === undefined) return { dial: await this.#start(order, caller, null), repeated: false };
    const key = digestOf(`${caller}\0${idempotencyKey}`);
    const text = digestOf(withoutSecrets(order));
    const known = this.#keys.get(key);
    if (known !== undefined) {
      if (known.order !== text) throw new CodedError('dial.keyReused', idempotencyKey);
      return { dial: await known.dial, repeated: true };
    }
    // Entered before anything is waited for: a repetition that comes meanwhile waits for the same dial.
    const dial = this.#start(order, caller, { key, order: text });
    this.#keys.set(key, { order: text, dial });
    try {
      return { dial: await dial, repeated: false };
    } catch (fault) {
      this.#keys.delete(key);
      throw fault;
    }
  }

  /** @throws CodedError `dial.unknown`. */
  find(id: string): KnownDial {
    this.#forget();
    const dial = this.#dials.get(id);
    if (dial === undefined) throw new CodedError('dial.unknown', id);
    return dial;
  }

  /** Oldest first. */
  list(): readonly KnownDial[] {
    this.#forget();
    return [...this.#dials.values()];
  }

  /** Ends what runs; resolves when what ended before is on disk. */
  async stop(): Promise<void> {
    for (const dial of this.#dials.values()) if (!dial.over) dial.cancel('the module stops');
    await Promise.all(this.#saving);
  }

  async #start(order: DialOrder, caller: string, keyed: Keyed | null): Promise<KnownDial> {
    const { calls, random, plan } = this.#parts;
    this.#checkRoom();
    const planned = await plan(order);
    this.#checkRoom();
    const id = secureToken(random, 12);
    if (keyed === null) return this.#place(id, undefined, planned, caller);
    const tag = calls.newTag();
    await this.#parts.store.save({ ...keyed, state: this.#stateBefore(id, tag, planned) });
    try {
      this.#checkRoom();
      const dial = this.#place(id, tag, planned, caller);
      void dial.ended.then(() => this.#keep(keyed, dial));
      return dial;
    } catch (fault) {
      this.#drop(keyed.key);
      throw fault;
    }
  }

  #place(id: string, tag: string | undefined, plan: DialPlan, caller: string): Dial {
    const { calls, clock, config, onPhase } = this.#parts;
    const origin = `rpc:${caller}`;
    const dial = new Dial(id, plan, { calls, clock, ringTone: config.ringTone, origin, tag, onPhase });
    this.#dials.set(dial.id, dial);
    return dial;
  }

  /** What is known of a dial that nobody was called for yet. */
  #stateBefore(dial: string, a: string, { application, labels }: DialPlan): DialState {
    const served = application === null ? {} : { application: application.name };
    return { dial, phase: 'diallingA', a, ...served, ...labels, startedAtMs: this.#parts.clock.unixMs() };
  }

  /** How it ended, for repetitions after a restart. Without it they are told that it ended with the server. */
  #keep(keyed: Keyed, { state }: Dial): void {
    const { store, log } = this.#parts;
    const saving = store.save({ ...keyed, state }).catch((fault: unknown) => {
      log.warn('the end of a dial was not stored', { dial: state.dial, fault: asCodedError(fault).message });
    });
    this.#saving.add(saving);
    void saving.then(() => this.#saving.delete(saving));
  }

  #drop(key: string): void {
    const { store, log } = this.#parts;
    store.drop(key).catch((fault: unknown) => {
      log.warn('an idempotency key was not forgotten', { fault: asCodedError(fault).message });
    });
  }

  #checkRoom(): void {
    const { maxDials } = this.#parts.config;
    const running = this.list().filter(({ over }) => !over).length;
    if (running >= maxDials) throw new CodedError('module.full', `modules.click_to_dial.maxDials ${maxDials}`);
  }

  /** Drops outcomes that are older than `keepS`, and the oldest past `mostKept`. */
  #forget(): void {
    const beforeMs = this.#parts.clock.unixMs() - this.#parts.config.keepS * 1000;
    const gone = new Set<KnownDial>();
    let surplus = this.#dials.size - mostKept;
    for (const dial of this.#dials.values()) {
      if (dial.endedAtMs === null || (dial.endedAtMs > beforeMs && surplus <= 0)) continue;
      surplus--;
      gone.add(dial);
      this.#dials.delete(dial.id);
    }
    if (gone.size === 0) return;
    for (const [key, { dial }] of this.#keys)
      void dial.then(
        (each) => {
          if (!gone.has(each)) return;
          this.#keys.delete(key);
          this.#drop(key);
        },
        () => {},
      );
  }
}

function withoutSecrets(order: DialOrder): string {
  return JSON.stringify(order, (name, value: unknown) =>
    name === 'password' ? undefined : typeof value === 'bigint' ? String(value) : value,
  );
}
