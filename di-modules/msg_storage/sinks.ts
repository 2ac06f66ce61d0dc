/** Functions of other modules that are told of changes: SEMS's `events_subscribe`, with a module's name for the pointer. */
import { CodedError, type DiArguments, type DiValue, type Log } from '../../core/index.ts';
import type { StorageChange } from './events.ts';

const maxSinks = 64;

export class Sinks {
  readonly #functions = new Map<string, string>();
  readonly #invoke: (module: string, name: string, args: DiArguments) => Promise<DiValue>;
  readonly #log: Log;

  constructor(invoke: (module: string, name: string, args: DiArguments) => Promise<DiValue>, log: Log) {
    this.#invoke = invoke;
    this.#log = log;
  }

  /** @throws CodedError `rpc.wrongType` when there are too many. */
  add(module: string, name: string): void {
    if (this.#functions.size >= maxSinks && !this.#functions.has(module))
      throw new CodedError('rpc.wrongType', `sink: ${maxSinks} modules are told already`);
    this.#functions.set(module, name);
  }

  remove(module: string): void {
    this.#functions.delete(module);
  }

  tell({ domain, user, event }: StorageChange): void {
    for (const [module, name] of this.#functions)
      this.#invoke(module, name, [domain, user, event]).catch((fault: unknown) => {
        this.#log.warn('a sink of message events failed', { sink: `${module}.${name}`, fault: String(fault) });
      });
  }
}
