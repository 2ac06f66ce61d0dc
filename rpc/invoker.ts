/**
 * From a method's name on a wire to an invocation on the bus (design, section 7): `module.function`
 * always, built-ins and directly exported modules also by bare name, and SEMS's `di(factory, function,
 * …)`. Scope and limit are checked by the bus, on the row that is reached.
 */
import {
  type Bus,
  type CallContext,
  type DiArguments,
  type DiValue,
  isPositional,
  type RegisteredFunction,
} from '../core/di/index.ts';
import { CodedError, type TSchema } from '../core/runtime/index.ts';
import { type Soon, whenThere } from './soon.ts';

/** The bus module whose functions SEMS has as bare methods (di-interfaces 3.3). */
export const builtinModules: readonly string[] = ['builtin'];

export interface Answer {
  readonly value: DiValue;
  /** The row's result schema; null for what has no row. */
  readonly schema: TSchema | null;
}

export interface Invoker {
  /** Throws or rejects with CodedError only, `rpc.unknownMethod` for a name that leads nowhere. */
  call(method: string, args: DiArguments, context: CallContext): Soon<Answer>;
  /** The function behind a method's name; null: none, or not exported. Of bare names those in a `_list` come first. */
  find(method: string): RegisteredFunction | null;
  /** Is it SEMS's `calls`, `get_loglevel`, …, called by its bare name? */
  isBuiltin(method: string): boolean;
  /** Every name that `call` takes, sorted. */
  names(): string[];
}

export function createInvoker(bus: Bus, directExport: readonly string[]): Invoker {
  const bareModules = [...builtinModules, ...directExport];

  function exported(module: string, name: string): RegisteredFunction | null {
    const found = bus.find(module, name);
    return found === null || found.row.exported === false ? null : found;
  }

  function find(method: string): RegisteredFunction | null {
    const dot = method.indexOf('.');
    if (dot !== -1) return exported(method.slice(0, dot), method.slice(dot + 1));
    // `_list` belongs to each module.
    if (method === '_list') return null;
    let unlisted: RegisteredFunction | null = null;
    for (const module of bareModules) {
      const found = exported(module, method);
      if (found?.row.listed === false) unlisted ??= found;
      else if (found !== null) return found;
    }
    return unlisted;
  }

  function run(module: string, name: string, args: DiArguments, context: CallContext): Soon<Answer> {
    const found = exported(module, name);
    if (found !== null) return runFound(found, args, context);
    if (bus.modules().includes(module)) throw new CodedError('rpc.unknownFunction', `${module}.${name}`);
    throw new CodedError('rpc.unknownModule', JSON.stringify(module));
  }

  function runFound({ module, name, row }: RegisteredFunction, args: DiArguments, context: CallContext): Soon<Answer> {
    return whenThere(bus.invokeSoon(module, name, args, context), (value) => ({ value, schema: row.result }));
  }

  function di(args: DiArguments, context: CallContext): Soon<Answer> {
    if (!isPositional(args)) throw new CodedError('rpc.wrongType', 'di takes its arguments by position');
    const [factory, name, ...others] = args;
    if (args.length > 0 && (typeof factory !== 'string' || (args.length > 1 && typeof name !== 'string')))
      throw new CodedError('rpc.wrongType', 'di: factory and function must be strings');
    if (typeof factory !== 'string' || typeof name !== 'string')
      throw new CodedError('rpc.invalidRequest', 'need at least factory name and function name to call');
    return run(factory, name, others, context);
  }

  return {
    find,
    isBuiltin: (method) => method === 'di' || builtinModules.includes(find(method)?.module ?? ''),
    call(method, args, context) {
      const dot = method.indexOf('.');
      if (dot !== -1) return run(method.slice(0, dot), method.slice(dot + 1), args, context);
      const found = find(method);
      if (found !== null) return runFound(found, args, context);
      if (method === 'di') return di(args, context);
      throw new CodedError('rpc.unknownMethod', JSON.stringify(method));
    },
    names() {
      const names = new Set(['di']);
      for (const { module, name, row } of bus.functions()) {
        if (row.exported === false) continue;
        names.add(`${module}.${name}`);
        if (bareModules.includes(module)) names.add(name);
      }
      return [...names].sort();
    },
  };
}

/**
 * The log line of a bare name that two exported modules have: the first module wins (design, section 7), before all
 * one that has the function in `_list`, which is what SEMS exports directly (di-interfaces 3.4).
 */
export function shadowedNames(bus: Bus, directExport: readonly string[]): { name: string; modules: string[] }[] {
  const owners = new Map<string, RegisteredFunction[]>();
  for (const module of [...builtinModules, ...directExport]) {
    for (const found of bus.functions()) {
      if (found.module !== module || found.row.exported === false) continue;
      owners.set(found.name, [...(owners.get(found.name) ?? []), found]);
    }
  }
  return [...owners]
    .filter(([, found]) => found.length > 1)
    .map(([name, found]) => ({ name, modules: listedFirst(found).map(({ module }) => module) }));
}

const listedFirst = (found: readonly RegisteredFunction[]): RegisteredFunction[] => [
  ...found.filter(({ row }) => row.listed !== false),
  ...found.filter(({ row }) => row.listed === false),
];
