/**
 * What a caller is confined to, beside its scopes: modules, values of a module's limit argument (`limits`), values of
 * an argument of that name anywhere (`only`). The same for functions and for events.
 */
import { CodedError } from '../runtime/index.ts';
import type { Bus } from './bus.ts';
import type { CompiledFunction } from './compiled.ts';
import type { Caller } from './context.ts';
import type { PublishedEvent } from './events.ts';
import type { FunctionRow } from './row.ts';
import type { BoundArguments, ParameterList } from './validation.ts';
import type { DiValue } from './value.ts';

/** Names of the arguments that a module's functions can be limited to. */
export function limitNames(rows: Iterable<Pick<FunctionRow, 'limit'>>): ReadonlySet<string> {
  return new Set([...rows].flatMap(({ limit }) => (limit === undefined ? [] : [limit])));
}

/**
 * May that caller reach the function at all, whatever its arguments?
 * @throws CodedError `rpc.forbidden`
 */
export function checkModule({ module }: CompiledFunction, { modules }: Caller): void {
  if (modules === undefined || modules.includes(module)) return;
  throw new CodedError('rpc.forbidden', `module ${module} is not served here`);
}

/**
 * The arguments of one invocation against the caller's limits, for example one room. A function of a limited module
 * that names no room could touch every room: it is refused unless its row says that it is `confined`.
 * @throws CodedError `rpc.forbidden`
 */
export function checkArguments(
  fn: CompiledFunction,
  caller: Caller,
  list: ParameterList,
  values: BoundArguments,
): void {
  const { row, module } = fn;
  if (Object.hasOwn(caller.limits, module)) {
    if (row.limit !== undefined) demand(row.limit, caller.limits[module], list, values);
    else if (fn.isInLimitedModule && row.confined !== true) throw unconfined();
  }
  const { only } = caller;
  if (only === undefined) return;
  const limited = Object.keys(only);
  if (limited.length === 0) return;
  const named = limited.filter((name) => list.parameters.some((parameter) => parameter.name === name));
  for (const name of named) demand(name, only[name], list, values);
  if (named.length === 0 && row.confined !== true) throw unconfined();
}

/** An optional argument that is left out may mean all of them: that is refused too. */
function demand(
  name: string,
  allowed: readonly string[] | undefined,
  list: ParameterList,
  values: BoundArguments,
): void {
  const value = values[list.parameters.findIndex((parameter) => parameter.name === name)];
  if (isAllowed(allowed, value)) return;
  throw new CodedError('rpc.forbidden', `the credentials are limited to certain values of ${name}`);
}

const unconfined = (): CodedError =>
  new CodedError(
    'rpc.forbidden',
    'the credentials are limited to certain values of an argument that is not named here',
  );

function isAllowed(allowed: readonly string[] | undefined, value: DiValue | undefined): boolean {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
  return typeof text === 'string' && allowed !== undefined && allowed.includes(text);
}

/** For handlers of `confined` rows: may that caller see or touch what has that value of `argument`? */
export function mayName(caller: Caller, module: string, argument: string, value: string): boolean {
  if (Object.hasOwn(caller.limits, module) && !isAllowed(caller.limits[module], value)) return false;
  if (Object.keys(caller.only ?? {}).length === 0) return true;
  return isAllowed(caller.only?.[argument], value);
}

/**
 * Which events a caller may get beyond what their scopes say: of a limited one, only those whose payload names what it
 * is limited to, and that its module's guard lets through. Null: all.
 */
export function eventConfinement(
  bus: Pick<Bus, 'functions' | 'eventGuard'>,
  caller: Caller,
): ((event: Pick<PublishedEvent, 'id' | 'name' | 'scope' | 'payload'>) => boolean) | null {
  const { modules } = caller;
  const limits = Object.entries(caller.limits);
  const only = Object.entries(caller.only ?? {});
  if (limits.length === 0 && only.length === 0 && modules === undefined) return null;

  const byModule = new Map(limits.map(([module, values]) => [module, namedValues(bus, module, values)]));
  const ofAnyModule = [...byModule.values()].flat();
  return (event) => {
    const { scope, payload } = event;
    const module = scope.slice(0, scope.indexOf(':'));
    if (modules !== undefined && !modules.includes(module)) return false;
    if (only.length > 0 && !names(payload, only)) return false;
    if (limits.length === 0) return true;
    if (!names(payload, byModule.get(module) ?? ofAnyModule)) return false;
    return !byModule.has(module) || (bus.eventGuard(module)?.(event, caller) ?? true);
  };
}

type NamedValues = readonly (readonly [name: string, allowed: readonly string[]])[];

function namedValues(bus: Pick<Bus, 'functions'>, module: string, values: readonly string[]): NamedValues {
  const rows = bus.functions().flatMap((one) => (one.module === module ? [one.row] : []));
  return [...limitNames(rows)].map((name) => [name, values]);
}

/** Has the payload one of these members, and of each that it has an allowed value? */
function names(payload: PublishedEvent['payload'], allowed: NamedValues): boolean {
  const present = new Set(allowed.flatMap(([name]) => (Object.hasOwn(payload, name) ? [name] : [])));
  return (
    present.size > 0 &&
    [...present].every((name) => allowed.some(([other, values]) => other === name && isAllowed(values, payload[name])))
  );
}
