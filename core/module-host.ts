import { join, resolve } from 'node:path';
import type { CallEngine } from './call/index.ts';
import type { Bus } from './di/index.ts';
import type { DsmModule } from './dsm.ts';
import type { HttpClient } from './http/index.ts';
import type { MediaPool } from './media/index.ts';
import type { ModuleContext, ModuleDefinition } from './module.ts';
import { CodedError, DisposableStack, type LogTap, type Seams } from './runtime/index.ts';
import { isServerUrl, type Storage } from './storage/index.ts';

/** What every module's context is made from. */
export interface HostParts {
  readonly seams: Seams;
  readonly bus: Bus;
  readonly calls: CallEngine;
  readonly media: MediaPool;
  readonly storage: Storage;
  readonly http: HttpClient;
  readonly dataPath: string;
  /** Lets modules read along in the log; without it they are told nothing. */
  readonly logTap?: LogTap;
}

interface RunningModule {
  readonly definition: ModuleDefinition;
  readonly state: unknown;
  /** Undone before its own stop: nobody reaches it any more. */
  readonly registrations: DisposableStack;
  /** Its events, undone after its stop: it may still tell how its things ended. */
  readonly declarations: DisposableStack;
  readonly ending: AbortController;
}

/**
 * Starts modules in the order of their declared needs and undoes at the stop what they registered.
 * A module that fails is named with its reason, and what was started before it is stopped again:
 * the server does not start half-made.
 */
export class ModuleHost {
  readonly #parts: HostParts;
  readonly #running: RunningModule[] = [];
  #dsmModules: readonly DsmModule[] = [];

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  /** Names of the running modules, in the order of their start. */
  get names(): readonly string[] {
    return this.#running.map(({ definition }) => definition.name);
  }

  /** The running modules with what they are for, in the order of their start. */
  get summaries(): readonly { readonly name: string; readonly summary: string }[] {
    return this.#running.map(({ definition: { name, summary } }) => ({ name, summary }));
  }

  /** @throws CodedError `module.failed`, after everything that had started was stopped. */
  async start(definitions: readonly ModuleDefinition[], configs: ReadonlyMap<string, unknown>): Promise<void> {
    this.#dsmModules = definitions.flatMap((definition) => definition.dsmModules ?? []);
    try {
      for (const definition of inOrderOfNeeds(definitions)) {
        this.#running.push(await this.#startOne(definition, configs.get(definition.name), null));
      }
    } catch (fault) {
      await this.stop();
      throw fault;
    }
  }

  /** Stops `name` and starts `successor` with the state that it gave, while calls run. */
  async replace(name: string, successor: ModuleDefinition, config: unknown): Promise<void> {
    const index = this.#running.findIndex(({ definition }) => definition.name === name);
    const old = this.#running[index];
    if (old === undefined) throw new CodedError('rpc.unknownModule', name);
    const inherited = await this.#stopOne(old);
    this.#running.splice(index, 1);
    this.#running.splice(index, 0, await this.#startOne(successor, config, inherited));
  }

  /** Stops all, last started first. A module that throws is logged and does not keep the others. */
  async stop(): Promise<void> {
    for (let module = this.#running.pop(); module !== undefined; module = this.#running.pop())
      await this.#stopOne(module);
  }

  async #startOne(definition: ModuleDefinition, config: unknown, inherited: unknown): Promise<RunningModule> {
    const registrations = new DisposableStack();
    const declarations = new DisposableStack();
    const ending = new AbortController();
    try {
      for (const [name, declaration] of Object.entries(definition.events ?? {}))
        declarations.use(this.#parts.bus.declareEvent(name, declaration));
      const state = await definition.start(
        this.#context(definition.name, config, inherited, { registrations, declarations, stopped: ending.signal }),
      );
      if (definition.functions !== undefined) {
        registrations.use(this.#parts.bus.register(definition.name, definition.functions, state as never));
      }
      return { definition, state, registrations, declarations, ending };
    } catch (fault) {
      registrations.dispose();
      declarations.dispose();
      ending.abort();
      const reason = fault instanceof Error ? fault.message : String(fault);
      throw new CodedError('module.failed', `${definition.name}: ${reason}`, { cause: fault });
    }
  }

  async #stopOne({ definition, state, registrations, declarations, ending }: RunningModule): Promise<unknown> {
    try {
      registrations.dispose();
      return await definition.stop?.(state);
    } catch (fault) {
      this.#parts.seams.log.error('module failed to stop', { module: definition.name, fault: String(fault) });
      return null;
    } finally {
      declarations.dispose();
      ending.abort();
    }
  }

  #context(
    name: string,
    config: unknown,
    inherited: unknown,
    {
      registrations,
      declarations,
      stopped,
    }: Pick<RunningModule, 'registrations' | 'declarations'> & {
      readonly stopped: AbortSignal;
    },
  ): ModuleContext<unknown> {
    const { seams, bus, calls, media, storage, dataPath, logTap, http } = this.#parts;
    const callContext = bus.moduleContext(name);
    return {
      name,
      config,
      inherited,
      bus,
      calls,
      media,
      callContext,
      stopped,
      http,
      clock: seams.clock,
      random: seams.random,
      files: seams.files,
      network: seams.network,
      processes: seams.processes,
      counters: seams.counters,
      log: seams.log.child({ module: name }),
      storage: storage.keyValue(`module.${name}`),
      appendLog: (log) => storage.appendLog(`module.${name}.${log}`),
      dataPath: join(dataPath, name),
      openDatabase: (place) => storage.database(isServerUrl(place) ? place : resolve(dataPath, name, place)),
      dsmModules: () => this.#dsmModules,
      registerApplication: (application) => registrations.use(calls.registerApplication(application)),
      declareEvent: (event, declaration) => void declarations.use(bus.declareEvent(event, declaration)),
      publish: (event, payload) => bus.publish(event, payload),
      publishDeclared: (event, payload) => bus.publishDeclared(event, payload),
      onLogLine: (listener) => {
        if (logTap !== undefined) registrations.use(logTap.listen(listener));
      },
      guardEvents: (guard) => void registrations.use(bus.guardEvents(name, guard)),
      subscribe: (filter, listener) => registrations.use(bus.subscribe(filter, ['*:*'], listener)),
      invoke: (module, fn, args) => bus.invoke(module, fn, args, callContext),
      has: (module) => bus.modules().includes(module),
    };
  }
}

/** Modules after those that they need, otherwise in the given order. @throws CodedError `module.failed`. */
function inOrderOfNeeds(definitions: readonly ModuleDefinition[]): ModuleDefinition[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const ordered: ModuleDefinition[] = [];
  const visit = (definition: ModuleDefinition, path: readonly string[]): void => {
    if (ordered.includes(definition)) return;
    if (path.includes(definition.name))
      throw new CodedError('module.failed', `modules need each other: ${[...path, definition.name].join(' → ')}`);
    for (const need of definition.needs ?? []) {
      const needed = byName.get(need);
      if (needed === undefined)
        throw new CodedError('module.failed', `${definition.name} needs the module ${need}; add it under modules:`);
      visit(needed, [...path, definition.name]);
    }
    ordered.push(definition);
  };
  for (const definition of definitions) visit(definition, []);
  return ordered;
}
