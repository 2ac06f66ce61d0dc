/** Which events a receiver outside the process gets. */
import { CodedError } from '../runtime/index.ts';
import type { Bus } from './bus.ts';
import { eventConfinement } from './confinement.ts';
import type { Caller } from './context.ts';
import type { EventRecord } from './event-record.ts';
import { filterMatches, isEventFilter } from './filter.ts';
import { isStruct } from './kinds.ts';
import { scopeCovers } from './scopes.ts';
import { type DiValue, Double } from './value.ts';

const maxFilters = 64;
const maxFilterChars = 128;
/** Members of `match`, and alternatives of one of them. */
const maxMatches = 32;

/**
 * Which events a receiver gets: those that its filters name, that its caller may see, and whose payload has the values
 * of `match`. Remembers by name what needs no look at the payload.
 * @throws CodedError `rpc.wrongType`: `filters` are no filter or list of filters, `match` no object of plain values.
 */
export function eventSelector(
  bus: Pick<Bus, 'functions' | 'eventGuard'>,
  caller: Caller,
  filters: DiValue,
  match: DiValue,
): (record: EventRecord) => boolean {
  const wanted = filtersOf(filters);
  const matches = matcherOf(match);
  const isShown = eventConfinement(bus, caller);
  const names = new Map<string, boolean>();
  return (record) => {
    const { name, scope } = record;
    let isNamed = names.get(name);
    if (isNamed === undefined) {
      isNamed = wanted.some((filter) => filterMatches(filter, name)) && scopeCovers(caller.scopes, scope);
      names.set(name, isNamed);
    }
    return isNamed && (isShown === null || isShown(record)) && (matches === null || matches(record));
  };
}

/** @throws CodedError `rpc.wrongType`. */
function filtersOf(value: DiValue): readonly string[] {
  const filters = Array.isArray(value) ? value : [value];
  const isGood = (filter: DiValue): filter is string =>
    typeof filter === 'string' && filter.length <= maxFilterChars && isEventFilter(filter);
  if (filters.length > 0 && filters.length <= maxFilters && filters.every(isGood)) return filters;
  throw new CodedError('rpc.wrongType', `filters must be 1 to ${maxFilters} event names, prefix.* or *`);
}

/** Every member must have that value, or one of those. @throws CodedError `rpc.wrongType`. */
function matcherOf(value: DiValue): ((record: EventRecord) => boolean) | null {
  if (value === null) return null;
  const wanted = isStruct(value) ? Object.entries(value) : null;
  const isGood = (one: DiValue): boolean =>
    Array.isArray(one) ? one.length <= maxMatches && one.every(isPlain) : isPlain(one);
  if (wanted === null || wanted.length > maxMatches || !wanted.every(([, one]) => isGood(one))) {
    throw new CodedError(
      'rpc.wrongType',
      `match must be an object of at most ${maxMatches} payload members with plain values or lists of them`,
    );
  }
  const members = wanted.map(([name, one]) => [name, new Set((Array.isArray(one) ? one : [one]).map(plain))] as const);
  return ({ payload }) =>
    members.every(([name, values]) => Object.hasOwn(payload, name) && values.has(plain(payload[name] ?? null)));
}

const isPlain = (value: DiValue): boolean => value === null || typeof value !== 'object' || value instanceof Double;

/** Numbers are compared as numbers, however a wire carried them. */
function plain(value: DiValue): unknown {
  if (value instanceof Double) return value.value;
  return typeof value === 'bigint' ? Number(value) : value;
}
