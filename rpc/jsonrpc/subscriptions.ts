/**
 * What one connection is told of the bus: filters by name and by members of the payload, within what its caller may
 * see, from now on or from the last event that it saw.
 */
import {
  type Bus,
  type Caller,
  type DiArguments,
  type DiValue,
  Double,
  type EventFollower,
  type EventGap,
  type EventRecord,
  eventConfinement,
  eventPosition,
  filterMatches,
  isEventFilter,
  isPositional,
  isStruct,
  scopeCovers,
} from '../../core/di/index.ts';
import { CodedError, type Disposable } from '../../core/runtime/index.ts';

/** Subscriptions of one connection. */
const maxSubscriptions = 64;
const maxFilters = 64;
const maxFilterChars = 128;
/** Members of `match`, and alternatives of one of them. */
const maxMatches = 32;

export interface SubscriberLink {
  /** False: old events are held back until what was sent has gone. */
  readonly isReady: boolean;
  /** A notification; it may wait a few ms for others. */
  push(text: string): void;
}

export class EventSubscriptions {
  readonly #bus: Bus;
  readonly #link: SubscriberLink;
  readonly #open = new Map<number, Disposable>();
  #last = 0;

  constructor(bus: Bus, link: SubscriberLink) {
    this.#bus = bus;
    this.#link = link;
  }

  /**
   * `events.subscribe`: `filter` or `filters`, `match`, `after`. Gives the number, and the newest id: what comes is
   * after that, or after `after`.
   * @throws CodedError `rpc.wrongType`, `rpc.tooManyRequests`.
   */
  subscribe(args: DiArguments, caller: Caller): { readonly subscription: number; readonly lastId: number } {
    const given = argumentsOf(args);
    const filters = filtersOf(given.filters);
    const matches = matcherOf(given.match);
    const after = given.after === undefined || given.after === null ? undefined : eventPosition(given.after);
    if (this.#open.size >= maxSubscriptions)
      throw new CodedError('rpc.tooManyRequests', `${maxSubscriptions} subscriptions are open on this connection`);
    const subscription = ++this.#last;
    const { eventLog } = this.#bus;
    const { lastId } = eventLog;
    this.#open.set(subscription, eventLog.follow(this.#follower(subscription, { filters, matches, caller }), after));
    return { subscription, lastId };
  }

  /** @throws CodedError `rpc.wrongType`. */
  unsubscribe(args: DiArguments): null {
    const [subscription] = isPositional(args) ? args : [args['subscription']];
    const entry = typeof subscription === 'number' ? this.#open.get(subscription) : undefined;
    if (entry === undefined || typeof subscription !== 'number')
      throw new CodedError('rpc.wrongType', 'subscription: none of that number is open on this connection');
    entry.dispose();
    this.#open.delete(subscription);
    return null;
  }

  /** Idempotent. */
  dispose(): void {
    for (const subscription of this.#open.values()) subscription.dispose();
    this.#open.clear();
  }

  #follower(subscription: number, { filters, matches, caller }: Wanted): EventFollower {
    const link = this.#link;
    const isShown = eventConfinement(this.#bus, caller);
    const names = new Map<string, boolean>();
    const isNamed = ({ name, scope }: EventRecord): boolean => {
      let known = names.get(name);
      if (known === undefined) {
        known = filters.some((filter) => filterMatches(filter, name)) && scopeCovers(caller.scopes, scope);
        names.set(name, known);
      }
      return known;
    };
    return {
      accepts: (record) => isNamed(record) && (isShown === null || isShown(record)) && matches(record),
      receive: (record) => link.push(eventText(subscription, record)),
      onGap: (gap) => link.push(gapText(subscription, gap)),
      get isReady() {
        return link.isReady;
      },
    };
  }
}

interface Wanted {
  readonly filters: readonly string[];
  readonly matches: (record: EventRecord) => boolean;
  readonly caller: Caller;
}

/** The notification of an event; `subscription` null: the receiver was configured, it did not subscribe. */
export function eventText(subscription: number | null, record: EventRecord): string {
  const first = subscription === null ? '' : `"subscription":${subscription},`;
  return `{"jsonrpc":"2.0","method":"event","params":{${first}${record.text}}}`;
}

/** The notification that events after `after` are no longer there. */
function gapText(subscription: number, gap: EventGap): string {
  return JSON.stringify({ jsonrpc: '2.0', method: 'events.gap', params: { subscription, ...gap } });
}

function argumentsOf(args: DiArguments): { filters: DiValue; match: DiValue; after: DiValue | undefined } {
  if (isPositional(args)) return { filters: args[0] ?? null, match: args[1] ?? null, after: args[2] };
  return { filters: args['filters'] ?? args['filter'] ?? null, match: args['match'] ?? null, after: args['after'] };
}

/** @throws CodedError `rpc.wrongType`. */
export function filtersOf(value: DiValue): readonly string[] {
  const filters = Array.isArray(value) ? value : [value];
  const isGood = (filter: DiValue): filter is string =>
    typeof filter === 'string' && filter.length <= maxFilterChars && isEventFilter(filter);
  if (filters.length > 0 && filters.length <= maxFilters && filters.every(isGood)) return filters;
  throw new CodedError('rpc.wrongType', `filters must be 1 to ${maxFilters} event names, prefix.* or *`);
}

/** Every member must have that value, or one of those. @throws CodedError `rpc.wrongType`. */
export function matcherOf(value: DiValue): (record: Pick<EventRecord, 'payload'>) => boolean {
  if (value === null) return () => true;
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
