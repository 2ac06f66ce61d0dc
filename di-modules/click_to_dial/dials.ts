import { type CallEngine, type Clock, CodedError, type Random, secureToken } from '../../core/index.ts';
import type { ClickToDialConfig } from './config.ts';
import { Dial } from './dial.ts';
import type { DialPlan } from './plan.ts';
import type { DialOrder } from './schemas.ts';

export interface DialsParts {
  readonly calls: CallEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ClickToDialConfig;
  plan(order: DialOrder): Promise<DialPlan>;
  onPhase(dial: Dial): void;
}

interface KeyedOrder {
  /** The order without its secrets, as text. */
  readonly order: string;
  readonly dial: Promise<Dial>;
}

/** Outcomes that are remembered, at most. */
const mostKept = 10_000;

/** All dials that run, and those that ended lately. */
export class Dials {
  readonly #parts: DialsParts;
  readonly #dials = new Map<string, Dial>();
  readonly #keys = new Map<string, KeyedOrder>();

  constructor(parts: DialsParts) {
    this.#parts = parts;
  }

  /**
   * Dials, or gives what the same order with the same key of the same caller has dialled.
   * @throws CodedError as `planOf` and `CallEngine.originate`; `dial.keyReused`, `module.full`.
   */
  async dial(order: DialOrder, caller: string): Promise<{ readonly dial: Dial; readonly repeated: boolean }> {
    this.#forget();
    const { idempotencyKey } = order;
    if (idempotencyKey === undefined) return { dial: await this.#start(order, caller), repeated: false };
    const key = `${caller}\0${idempotencyKey}`;
    const text = withoutSecrets(order);
    const known = this.#keys.get(key);
    if (known !== undefined) {
      if (known.order !== text) throw new CodedError('dial.keyReused', idempotencyKey);
      return { dial: await known.dial, repeated: true };
    }
    // Entered before anything is waited for: a repetition that comes meanwhile waits for the same dial.
    const dial = this.#start(order, caller);
    this.#keys.set(key, { order: text, dial });
    try {
      return { dial: await dial, repeated: false };
    } catch (fault) {
      this.#keys.delete(key);
      throw fault;
    }
  }

  /** @throws CodedError `dial.unknown`. */
  find(id: string): Dial {
    this.#forget();
    const dial = this.#dials.get(id);
    if (dial === undefined) throw new CodedError('dial.unknown', id);
    return dial;
  }

  /** Oldest first. */
  list(): readonly Dial[] {
    this.#forget();
    return [...this.#dials.values()];
  }

  stop(): void {
    for (const dial of this.#dials.values()) if (!dial.over) dial.cancel('the module stops');
  }

  async #start(order: DialOrder, caller: string): Promise<Dial> {
    const { calls, clock, random, config, plan, onPhase } = this.#parts;
    this.#checkRoom();
    const planned = await plan(order);
    this.#checkRoom();
    const dial = new Dial(secureToken(random, 12), planned, {
      calls,
      clock,
      ringTone: config.ringTone,
      origin: `rpc:${caller}`,
      onPhase,
    });
    this.#dials.set(dial.id, dial);
    return dial;
  }

  #checkRoom(): void {
    const { maxDials } = this.#parts.config;
    const running = this.list().filter(({ over }) => !over).length;
    if (running >= maxDials) throw new CodedError('module.full', `modules.click_to_dial.maxDials ${maxDials}`);
  }

  /** Drops outcomes that are older than `keepS`, and the oldest past `mostKept`. */
  #forget(): void {
    const beforeMs = this.#parts.clock.unixMs() - this.#parts.config.keepS * 1000;
    const gone = new Set<Dial>();
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
        (each) => gone.has(each) && this.#keys.delete(key),
        () => {},
      );
  }
}

function withoutSecrets(order: DialOrder): string {
  return JSON.stringify(order, (name, value: unknown) =>
    name === 'password' ? undefined : typeof value === 'bigint' ? String(value) : value,
  );
}
