/** All webhooks of the server: those of the configuration, and those that were added and are kept. */
import {
  type Caller,
  CodedError,
  type DiStruct,
  type EventRecord,
  eventSelector,
  isEventFilter,
  type ModuleContext,
  oneAtATime,
  secureToken,
} from '../../core/index.ts';
import type { WebhooksConfig } from './config.ts';
import { Hook, type HookParts, makerGone } from './hook.ts';
import { HookStore, recordOf } from './hook-store.ts';
import type { DeadLetter, HookSettings, Outcome } from './hook-types.ts';
import { bodyOf, type PostParts, post } from './post.ts';

export interface NewHook {
  readonly id?: string;
  readonly secret?: string;
  readonly filters?: readonly string[];
  readonly match?: DiStruct;
  readonly after?: number;
}

export interface AddedHook {
  readonly hook: string;
  /** One that was made; null: it is known. */
  readonly secret: string | null;
}

/** Letters that one call gives, or sends again. */
const lettersAtOnce = 1000;

export class Hooks {
  readonly #context: ModuleContext<WebhooksConfig>;
  readonly #store: HookStore;
  readonly #hooks = new Map<string, Hook>();
  readonly #ending = new AbortController();
  /** Two at once with the same id must not both be opened. */
  readonly #change = oneAtATime();
  readonly #parts: HookParts;
  readonly #post: PostParts;

  constructor(context: ModuleContext<WebhooksConfig>) {
    const { clock, random, log, bus, config, http, counters } = context;
    this.#context = context;
    this.#store = new HookStore(context.storage);
    this.#post = { http, clock, timeoutMs: config.timeout * 1000 };
    const requests = counters.counter('callbus_webhooks_requests_total', 'Requests to webhooks, by outcome.');
    const letters = counters.counter('callbus_webhooks_dead_letters_total', 'Events that webhooks did not take.');
    const gaps = counters.counter(
      'callbus_webhooks_gaps_total',
      'Times that a webhook came after the log had dropped.',
    );
    counters.gauge('callbus_webhooks', 'Webhooks.', () => this.#hooks.size);
    this.#parts = {
      clock,
      random,
      log,
      eventLog: bus.eventLog,
      store: this.#store,
      backOff: { firstMs: config.first_retry * 1000, longestMs: config.longest_retry * 1000 },
      giveUpMs: config.give_up_hours * 3_600_000,
      batch: config.batch,
      maxLetters: config.dead_letters,
      post: async (hook, body, attempt, signal) => {
        const outcome = await post(this.#post, hook, body, attempt, signal);
        requests.add(1, { outcome: outcome.kind });
        return outcome;
      },
      mayTell: (settings) => this.#mayTell(settings),
      onFailing({ settings }, reason) {
        log.warn('a webhook cannot be reached', { hook: settings.id, reason });
        context.publishDeclared('webhooks.failing', { hook: settings.id, reason });
      },
      onRecovered({ settings }) {
        log.info('a webhook is reached again', { hook: settings.id });
        context.publishDeclared('webhooks.recovered', { hook: settings.id });
      },
      onLetter({ settings }, { id, name, reason }) {
        letters.add();
        context.publishDeclared('webhooks.deadLetter', { hook: settings.id, event: BigInt(id), name, reason });
      },
      onGap({ settings }) {
        gaps.add();
        log.warn('events for a webhook were dropped before it took them', { hook: settings.id });
      },
    };
  }

  /** @throws CodedError `rpc.wrongType`: a filter or `match` of the configuration cannot be used. */
  async start(): Promise<void> {
    const { hooks } = this.#context.config;
    for (const { id, url, secret, filters, match } of hooks) {
      const caller = { name: 'configuration', scopes: ['*:*'], limits: {} };
      // Plain data of YAML.
      const settings: HookSettings = {
        id,
        url,
        secret,
        filters,
        match: match as DiStruct,
        namedBy: 'configuration',
        caller,
      };
      await this.#open(settings, undefined);
    }
    for (const settings of await this.#store.hooks())
      if (!this.#hooks.has(settings.id)) await this.#open(settings, undefined);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#hooks.values()].map((hook) => hook.stop()));
  }

  list(): readonly Hook[] {
    return [...this.#hooks.values()];
  }

  /** @throws CodedError `webhook.unknown`. */
  find(id: string): Hook {
    const hook = this.#hooks.get(id);
    if (hook === undefined) throw new CodedError('webhook.unknown', JSON.stringify(id));
    return hook;
  }

  /**
   * Adds one, or changes the one of that id, which goes on where it is. It sees what `caller` may see.
   * @throws CodedError `rpc.wrongType`, `module.full`, `rpc.forbidden`, `http.invalid`, `storage.failed`.
   */
  add(url: string, given: NewHook, caller: Caller): Promise<AddedHook> {
    return this.#change(() => this.#add(url, given, caller));
  }

  /** @throws CodedError `webhook.unknown`, `rpc.forbidden`, `storage.failed`. */
  remove(id: string): Promise<void> {
    return this.#change(() => this.#remove(id));
  }

  async #add(url: string, given: NewHook, caller: Caller): Promise<AddedHook> {
    const { random, config } = this.#context;
    const id = given.id ?? secureToken(random, 8);
    const old = this.#hooks.get(id);
    if (old?.settings.namedBy === 'configuration')
      throw new CodedError('rpc.forbidden', `webhook ${id} is one of the configuration`);
    if (old === undefined && this.#added() >= config.max_hooks)
      throw new CodedError('module.full', `${config.max_hooks} webhooks were added (max_hooks)`);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new CodedError('http.invalid', 'url: expected an http: or https: URL');
    const secret = given.secret ?? old?.settings.secret ?? secureToken(random, 32);
    const { name, scopes, limits, only, modules, credential } = caller;
    const settings: HookSettings = {
      id,
      url,
      secret,
      filters: given.filters ?? old?.settings.filters ?? ['call.*'],
      match: given.match ?? old?.settings.match ?? {},
      namedBy: 'caller',
      caller: {
        name,
        scopes,
        limits,
        ...(only === undefined ? {} : { only }),
        ...(modules === undefined ? {} : { modules }),
        ...(credential === undefined ? {} : { credential }),
      },
    };
    this.#selector(settings);
    await old?.stop();
    await this.#store.save(settings);
    await this.#open(settings, given.after);
    const isNew = given.secret === undefined && old === undefined;
    return { hook: id, secret: isNew ? secret : null };
  }

  async #remove(id: string): Promise<void> {
    const hook = this.find(id);
    if (hook.settings.namedBy === 'configuration')
      throw new CodedError('rpc.forbidden', `webhook ${id} is one of the configuration`);
    this.#hooks.delete(id);
    await hook.stop();
    await this.#store.remove(id);
  }

  /** Sends an event that never was, at once and once. @throws CodedError `webhook.unknown`. */
  async test(id: string): Promise<Outcome> {
    const { settings } = this.find(id);
    if ((await this.#mayTell(settings)) === null)
      return { kind: 'failed', status: 0, reason: makerGone, tookMs: 0, retryAfterMs: 0 };
    const at = new Date(this.#context.clock.unixMs()).toISOString();
    const text = `"id":0,"name":"webhooks.test","at":"${at}","payload":{}`;
    return post(this.#post, settings, bodyOf(id, [text], null), 1, this.#ending.signal);
  }

  /** Oldest first. @throws CodedError `webhook.unknown`. */
  async deadLetters(id: string, after: number, caller: Caller): Promise<readonly DeadLetter[]> {
    const { settings } = this.find(id);
    // Who may see the hook does not see by it what it may not see itself.
    const accepts = eventSelector(this.#context.bus, caller, '*', null);
    const letters = (await this.#store.letters(settings.id)).filter((letter) => letter.id > after);
    return letters.filter((letter) => accepts(recordOf(letter))).slice(0, lettersAtOnce);
  }

  /** Gives how many will be sent again: of those that the maker of the webhook may see. @throws CodedError `webhook.unknown`. */
  async retry(id: string, ids: readonly number[] | null): Promise<number> {
    const hook = this.find(id);
    // Whoever changed the webhook since may be kept from what its letters say.
    const mayGo = eventSelector(this.#context.bus, hook.settings.caller, '*', null);
    const letters = (await this.#store.letters(id)).filter((letter) => ids === null || ids.includes(letter.id));
    const chosen = letters.filter((letter) => mayGo(recordOf(letter))).slice(0, lettersAtOnce);
    hook.retry(chosen);
    return chosen.length;
  }

  /** What its maker may see now; null: nothing, his credentials were revoked or are over. */
  async #mayTell({ caller }: HookSettings): Promise<((record: EventRecord) => boolean) | null> {
    const { bus } = this.#context;
    const now = await bus.rightsNow(caller);
    if (now === null || now === caller) return now === null ? null : () => true;
    return eventSelector(bus, now, '*', null);
  }

  #added(): number {
    return [...this.#hooks.values()].filter(({ settings }) => settings.namedBy === 'caller').length;
  }

  /** @throws CodedError `rpc.wrongType`. */
  #selector({ caller, filters, match }: HookSettings) {
    const { bus } = this.#context;
    const unkept = filters.find(
      (filter) => isEventFilter(filter) && !filter.endsWith('*') && !bus.eventLog.keeps(filter),
    );
    if (unkept !== undefined)
      throw new CodedError('rpc.wrongType', `filters: ${unkept} is not kept (rpc.events.except), so no webhook has it`);
    return eventSelector(bus, caller, [...filters], match);
  }

  async #open(settings: HookSettings, after: number | undefined): Promise<void> {
    const accepts = this.#selector(settings);
    const position = after ?? (await this.#store.position(settings.id)) ?? this.#context.bus.eventLog.lastId;
    await this.#store.setPosition(settings.id, position);
    const hook = new Hook(settings, this.#parts, accepts, position);
    this.#hooks.set(settings.id, hook);
    await hook.start();
  }
}
