import {
  type Call,
  type Disposable,
  type DiValue,
  type DsmEventType,
  DsmException,
  type DsmModule,
  type ModuleContext,
} from '../../../core/index.ts';
import type { DsmConfig } from '../config.ts';
import { defaultBudget, Machine, ScriptBase } from '../engine/index.ts';
import { type Bundle, configVariables } from './bundle.ts';
import type { DialOrder, ScriptHost } from './call-face.ts';
import type { ScriptEvent } from './posted-events.ts';
import type { ScriptServices } from './services.ts';
import { ScriptTimers } from './timers.ts';

/** Names that one script may register besides its tag. */
const maxQueueNames = 100;

/** What scripts with and without a call have in common: variables, machine, timers, queues, the bus. */
export abstract class HostScript extends ScriptBase implements ScriptHost {
  readonly services: ScriptServices;
  readonly bundle: Bundle;
  readonly timers: ScriptTimers;
  protected readonly runner: Machine;
  readonly #names = new Map<string, Disposable>();
  /** What is being processed now, outermost. */
  #turn: Promise<void> = Promise.resolve();
  #turns = 0;
  #over = false;

  constructor(services: ScriptServices, bundle: Bundle, options: { readonly tag: string; readonly call: Call | null }) {
    const { context } = services;
    super({
      kind: options.call === null ? 'system' : 'call',
      tag: options.tag,
      call: options.call,
      log: options.call?.log ?? context.log.child({ script: options.tag }),
    });
    this.services = services;
    this.bundle = bundle;
    this.timers = new ScriptTimers(context.clock, (id) => this.queueEvent('Timer', new Map([['id', id]])));
    this.runner = new Machine({
      diagrams: bundle.diagrams,
      script: this,
      budget: { ...defaultBudget, steps: context.config.event_budget },
      hooks: services.hooks,
      counters: services.counters,
    });
    for (const [name, value] of configVariables(bundle)) this.variables.set(name, value);
  }

  get context(): ModuleContext<DsmConfig> {
    return this.services.context;
  }

  /** Modules that its diagrams import. */
  get modules(): readonly DsmModule[] {
    return this.bundle.modules;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Puts `run` at the end of the queue. */
  abstract enqueue(run: () => void | Promise<void>): void;
  /** Events of the mailboxes that are for one of its names. */
  abstract receiveNamed(...event: Parameters<Parameters<ScriptServices['queues']['register']>[1]>): void;

  queueEvent(
    type: DsmEventType,
    parameters: ReadonlyMap<string, string>,
    objects: { readonly [name: string]: unknown } = {},
  ): void {
    this.enqueue(() => this.raise({ type, parameters: new Map(parameters), objects }));
  }

  /** Runs an event now, also in the middle of another one. */
  async raise({ type, parameters, objects = {} }: ScriptEvent): Promise<void> {
    const names = Object.keys(objects);
    for (const name of names) this.objects.set(name, objects[name]);
    await this.runner.runEvent(type, parameters);
    for (const name of names) this.objects.delete(name);
  }

  /** Runs an event; true: the script has set `#processed`. */
  async isProcessed(event: ScriptEvent): Promise<boolean> {
    await this.raise(event);
    return event.parameters?.get('processed') === 'true';
  }

  /** One thing after the other; `finish` waits for what runs. */
  protected turn<T>(run: () => T | Promise<T>): Promise<T> {
    this.#turns++;
    const result = Promise.resolve().then(run);
    this.#turn = result.then(this.#turned, this.#turned);
    return result;
  }

  readonly #turned = (): void => {
    this.#turns--;
  };

  /** The last events, then everything that the script holds is freed. Idempotent. */
  protected async finish(last: ScriptEvent | null = null): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    while (this.#turns > 0) await this.#turn;
    if (last !== null) await this.raise(last);
    if (this.kind === 'call') {
      await this.raise({ type: 'BeforeDestroy', parameters: new Map() });
      for (const module of this.modules) await this.#quietly(() => module.onBeforeDestroy?.(this));
    }
    this.timers.removeAll();
    for (const name of this.#names.values()) name.dispose();
    this.#names.clear();
    await this.end();
    this.services.watch.ended(this);
  }

  async #quietly(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (fault) {
      this.log.error('DSM: a module failed at the end of its script', { fault: String(fault) });
    }
  }

  dialout(order: DialOrder): string {
    const { application, user, from, to, requestUri, headers = [], credentials, tag, variables = {} } = order;
    return this.services.context.calls.originate({
      application,
      user,
      from,
      to,
      requestUri,
      headers,
      parameters: variables,
      origin: { name: `call:${this.tag}` },
      ...(credentials === undefined ? {} : { credentials }),
      ...(tag === undefined ? {} : { tag }),
    }).tag;
  }

  override postEvent(queue: string, parameters: ReadonlyMap<string, string>): boolean {
    return this.services.queues.post(queue, parameters);
  }

  override invoke(module: string, name: string, args: readonly DiValue[]): Promise<DiValue> {
    const { services } = this;
    return services.context.bus.invoke(module, name, args, services.callContext(this.tag));
  }

  override registerQueue(name: string): boolean {
    if (this.#names.size >= maxQueueNames) return false;
    const registered = this.services.queues.register(name, (event) => this.receiveNamed(event));
    if (registered === null) return false;
    this.#names.set(name, registered);
    return true;
  }

  override unregisterQueue(name: string): boolean {
    this.#names.get(name)?.dispose();
    return this.#names.delete(name);
  }
}

/** The host of a script. @throws DsmException `core` for one that runs elsewhere. */
export function hostScript(script: unknown): HostScript {
  if (script instanceof HostScript) return script;
  throw new DsmException('core', { cause: 'not implemented for this script' });
}
