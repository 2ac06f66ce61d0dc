import type { Disposable, TSchema } from '../runtime/index.ts';
import type { CallContext, Caller, RightsNow } from './context.ts';
import type { EventLog } from './event-log-types.ts';
import type { EventDeclaration, EventName, EventPayload, PublishedEvent } from './events.ts';
import type { FunctionRow, FunctionRows } from './row.ts';
import type { DiValue } from './value.ts';

/** Arguments by position (all wires) or by name (JSON-RPC). */
export type DiArguments = readonly DiValue[] | { readonly [name: string]: DiValue };

/** A registered function, as the faces list it. */
export interface RegisteredFunction {
  readonly module: string;
  readonly name: string;
  /** Set for an alias: the canonical function's name. */
  readonly aliasOf: string | null;
  readonly row: FunctionRow;
}

/** May that caller get the event? He is limited to a part of the module, and the event is of that part. */
export type EventGuard = (event: Pick<PublishedEvent, 'id' | 'name' | 'payload'>, caller: Caller) => boolean;

/** The one registry (`registry.ts` implements it). */
export interface Bus {
  /**
   * Registers a module's rows; `state` is what its handlers get. Rows without a scope, duplicate
   * names, invalid schemas: @throws CodedError `module.failed`.
   */
  register<State>(module: string, rows: FunctionRows<State>, state: State): Disposable;
  /** Module names in order of registration. */
  modules(): readonly string[];
  /** All functions, aliases included, in order of registration. */
  functions(): readonly RegisteredFunction[];
  find(module: string, name: string): RegisteredFunction | null;
  /**
   * Validates, checks scope and limit, runs, counts, times and audits one invocation. Never throws
   * synchronously. @throws (rejects) only CodedError: `rpc.unknownModule`, `rpc.unknownFunction`,
   * `rpc.tooFewArguments`, `rpc.tooManyArguments`, `rpc.wrongType`, `rpc.forbidden`,
   * `rpc.deadline`, `rpc.handlerFailed` or what the handler threw as CodedError.
   */
  invoke(module: string, name: string, args: DiArguments, context: CallContext): Promise<DiValue>;
  /**
   * The same, for who need not wait where nothing does: the value itself of a handler that answers at once. What
   * `invoke` rejects with is thrown then.
   */
  invokeSoon(module: string, name: string, args: DiArguments, context: CallContext): DiValue | Promise<DiValue>;
  /** For what goes on without the caller who began it: asked before each use of his rights. */
  readonly rightsNow: RightsNow;
  /** A context for calls from module to module. */
  moduleContext(module: string): CallContext;

  /** Declares a module's own event. Core events are in `events.ts`. */
  declareEvent(name: string, declaration: EventDeclaration): Disposable;
  events(): ReadonlyMap<string, EventDeclaration>;
  publish<N extends EventName>(name: N, payload: EventPayload<N>): void;
  /** Publishes a module's declared event; the payload is checked against its schema. */
  publishDeclared(name: string, payload: DiValue): void;
  /** All events whose scope `scopes` covers; `filter` is an event name, `prefix.*` or `*`. */
  subscribe(filter: string, scopes: readonly string[], listener: (event: PublishedEvent) => void): Disposable;
  /** Of that module's events, who is limited to a part of it (`Caller.limits`) gets only those that the guard lets through. */
  guardEvents(module: string, guard: EventGuard): Disposable;
  eventGuard(module: string): EventGuard | null;
  /** What was published, for receivers outside the process: kept, and told again to who was away. */
  readonly eventLog: EventLog;
}

/** Marks a schema part whose values never reach audit, trace, log, event or page. */
export function secret<S extends TSchema>(schema: S): S {
  // The builder's own marks (`~kind`, `~optional`) are not enumerable: a spread would lose them.
  const copy: S = Object.defineProperties({ ...schema }, Object.getOwnPropertyDescriptors(schema));
  return Object.assign(copy, { 'x-secret': true });
}
