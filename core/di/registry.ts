import {
  type Clock,
  CodedError,
  type CounterSample,
  type Counters,
  type Log,
  type Random,
  secureToken,
  Type,
} from '../runtime/index.ts';
import type { AuditEntry } from './audit.ts';
import type { Bus, DiArguments, EventGuard, RegisteredFunction } from './bus.ts';
import { type CompiledFunction, compileFunction, type FunctionStats, isVisible } from './compiled.ts';
import { limitNames } from './confinement.ts';
import type { CallContext, RightsNow } from './context.ts';
import { EventHub } from './event-hub.ts';
import { Invoker } from './invoke.ts';
import type { FunctionRow, FunctionRows } from './row.ts';
import { Text } from './schemas.ts';
import type { DiValue } from './value.ts';
import { ValueChecks } from './value-check.ts';

export interface BusOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly random: Random;
  /** Tests: results are checked against their declared schemas. Default false. */
  readonly checkResults?: boolean;
  /** Keeps what is audited. Default: it stands in the log only. */
  readonly audit?: (entry: AuditEntry) => void;
  /** Default: rights do not end. */
  readonly rightsNow?: RightsNow;
}

/** One name of a module: a function or an alias of one. */
interface Entry {
  readonly registered: RegisteredFunction;
  readonly compiled: CompiledFunction;
}

type ModuleEntries = ReadonlyMap<string, Entry>;

/** Makes the one registry of a server. */
export function createBus(options: BusOptions): Bus {
  const { clock, log, counters, random, checkResults = false, audit = null } = options;
  const checks = new ValueChecks();
  const events = new EventHub(clock, log, counters, checks);
  const invoker = new Invoker({ clock, log, counters, checkResults, audit });
  const modules = new Map<string, ModuleEntries>();
  const guards = new Map<string, EventGuard>();
  const stats = new Map<string, FunctionStats>();
  const unknown = counters.counter('callbus_di_unknown_total', 'Invocations of functions that do not exist.');
  publishStats(counters, stats);

  function statsOf(name: string): FunctionStats {
    const known = stats.get(name) ?? { calls: 0, faults: 0, totalMs: 0, maxMs: 0 };
    stats.set(name, known);
    return known;
  }

  function lookUp(module: string, name: string): Entry | CodedError {
    const functions = modules.get(module);
    if (functions === undefined) return new CodedError('rpc.unknownModule', shorten(module));
    return functions.get(name) ?? new CodedError('rpc.unknownFunction', `${module}.${shorten(name)}`);
  }

  function invokeSoon(
    module: string,
    name: string,
    args: DiArguments,
    context: CallContext,
  ): DiValue | Promise<DiValue> {
    const entry = lookUp(module, name);
    if (entry instanceof CodedError) {
      unknown.add();
      throw entry;
    }
    if (!isVisible(entry.compiled, context.face)) {
      unknown.add();
      throw new CodedError('rpc.unknownFunction', `${module}.${name} is not exported`);
    }
    return invoker.run(entry.compiled, args, context);
  }

  return {
    rightsNow: options.rightsNow ?? (async (caller) => caller),
    register(module, rows, state) {
      if (!/^[A-Za-z]\w*$/.test(module)) throw refused(`${JSON.stringify(module)} is no module name`);
      if (modules.has(module)) throw refused(`a module named ${module} is registered already`);
      const isLimitable = limitNames(Object.values<{ readonly limit?: string }>(rows)).size > 0;
      const entries = entriesOf(module, rows, (name, row) =>
        compileFunction(module, name, row, state, checks, statsOf(`${module}.${name}`), isLimitable),
      );
      modules.set(module, entries);
      return {
        dispose() {
          if (modules.get(module) === entries) modules.delete(module);
        },
      };
    },
    modules: () => [...modules.keys()],
    functions: () =>
      [...modules.values()].flatMap((entries) =>
        [...entries].filter(([name]) => name !== listName).map(([, { registered }]) => registered),
      ),
    find: (module, name) => modules.get(module)?.get(name)?.registered ?? null,
    invokeSoon,
    invoke(module, name, args, context) {
      try {
        return Promise.resolve(invokeSoon(module, name, args, context));
      } catch (fault) {
        return Promise.reject(fault);
      }
    },
    moduleContext: (module) => ({
      caller: { name: `module:${module}`, scopes: ['*:*'], limits: {} },
      face: 'module',
      source: 'in-process',
      deadlineMs: null,
      traceId: secureToken(random, 8),
      log: log.child({ module }),
    }),
    declareEvent: (name, declaration) => events.declare(name, declaration),
    events: () => events.declarations(),
    publish: (name, payload) => events.publish(name, payload),
    publishDeclared: (name, payload) => events.publishDeclared(name, payload),
    subscribe: (filter, scopes, listener) => events.subscribe(filter, scopes, listener),
    guardEvents(module, guard) {
      guards.set(module, guard);
      return {
        dispose() {
          if (guards.get(module) === guard) guards.delete(module);
        },
      };
    },
    eventGuard: (module) => guards.get(module) ?? null,
    eventLog: events.log,
  };
}

const listName = '_list';

/** All names of a module in order of registration, aliases after their function, `_list` last. */
function entriesOf<State>(
  module: string,
  rows: FunctionRows<State>,
  compile: (name: string, row: FunctionRow) => CompiledFunction,
): ModuleEntries {
  const entries = new Map<string, Entry>();
  const add = (name: string, compiled: CompiledFunction, aliasOf: string | null): void => {
    if (entries.has(name)) throw refused(`${module}.${name} is defined twice`);
    entries.set(name, { compiled, registered: { module, name, aliasOf, row: compiled.row } });
  };
  for (const [name, row] of Object.entries(rows)) {
    const compiled = compile(name, row);
    add(name, compiled, null);
    for (const alias of row.aliases ?? []) add(alias, compiled, name);
  }
  if (!entries.has(listName)) {
    const names = [...entries].filter(([, { compiled }]) => isListed(compiled.row)).map(([name]) => name);
    add(listName, compile(listName, listRow(module, names)), null);
  }
  return entries;
}

const isListed = (row: FunctionRow): boolean => row.exported !== false && row.listed !== false;

/** SEMS's pseudo-function (di-interfaces 2.1): the names that the module offers for export. */
function listRow(module: string, names: readonly string[]): FunctionRow {
  return {
    summary: "Lists the module's functions.",
    params: [],
    result: Type.Array(Text),
    scope: `${module}:read`,
    confined: true,
    handler: () => names,
  };
}

function publishStats(counters: Counters, stats: ReadonlyMap<string, FunctionStats>): void {
  const read = (figure: (one: FunctionStats) => number) => (): CounterSample['values'] =>
    [...stats].map(([name, one]) => ({ labels: { function: name }, value: figure(one) }));
  counters.family(
    'callbus_di_calls_total',
    'Invocations by function.',
    'counter',
    read(({ calls }) => calls),
  );
  counters.family(
    'callbus_di_faults_total',
    'Invocations that failed.',
    'counter',
    read(({ faults }) => faults),
  );
  const seconds = read(({ totalMs }) => totalMs / 1000);
  counters.family('callbus_di_seconds_total', 'Time spent in functions, s.', 'counter', seconds);
  const longest = read(({ maxMs }) => maxMs / 1000);
  counters.family('callbus_di_seconds_max', 'Longest invocation, s.', 'gauge', longest);
}

const refused = (reason: string): CodedError => new CodedError('module.failed', reason);

const shorten = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);
