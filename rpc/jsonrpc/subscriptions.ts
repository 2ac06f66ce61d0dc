/**
 * What one connection is told of the bus: filters by name and by members of the payload, within what its caller may
 * see, from now on or from the last event that it saw.
 */
import {
  type Bus,
  type Caller,
  type DiArguments,
  type DiValue,
  type EventFollower,
  type EventGap,
  type EventRecord,
  eventPosition,
  eventSelector,
  isPositional,
} from '../../core/di/index.ts';
import { CodedError, type Disposable } from '../../core/runtime/index.ts';

/** Subscriptions of one connection. */
const maxSubscriptions = 64;

export interface SubscriberLink {
  /** False: old events are held back until what was sent has gone. */
  readonly isReady: boolean;
  /** A notification; it may wait a few ms for others. */
  push(text: string): void;
}

export class EventSubscriptions {
  readonly #bus: Bus;
  readonly #texts: EventTexts;
  readonly #link: SubscriberLink;
  readonly #open = new Map<number, Disposable>();
  #last = 0;

  constructor(bus: Bus, texts: EventTexts, link: SubscriberLink) {
    this.#bus = bus;
    this.#texts = texts;
    this.#link = link;
  }

  /**
   * `events.subscribe`: `filter` or `filters`, `match`, `after`. Gives the number, and the newest id: what comes is
   * after that, or after `after`.
   * @throws CodedError `rpc.wrongType`, `rpc.tooManyRequests`.
   */
  subscribe(args: DiArguments, caller: Caller): { readonly subscription: number; readonly lastId: number } {
    const given = argumentsOf(args);
    const accepts = eventSelector(this.#bus, caller, given.filters, given.match);
    const after = given.after === undefined || given.after === null ? undefined : eventPosition(given.after);
    if (this.#open.size >= maxSubscriptions)
      throw new CodedError('rpc.tooManyRequests', `${maxSubscriptions} subscriptions are open on this connection`);
    const subscription = ++this.#last;
    const { eventLog } = this.#bus;
    const { lastId } = eventLog;
    this.#open.set(subscription, eventLog.follow(this.#follower(subscription, accepts), after));
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

  #follower(subscription: number, accepts: EventFollower['accepts']): EventFollower {
    const link = this.#link;
    const texts = this.#texts;
    return {
      accepts,
      receive: (record) => link.push(texts.of(subscription, record)),
      onGap: (gap) => link.push(gapText(subscription, gap)),
      get isReady() {
        return link.isReady;
      },
    };
  }
}

/** The notifications of the newest event: one text for all connections where the subscription has the same number. */
export class EventTexts {
  #record: EventRecord | null = null;
  readonly #texts = new Map<number, string>();

  of(subscription: number, record: EventRecord): string {
    if (record !== this.#record) {
      this.#record = record;
      this.#texts.clear();
    }
    let text = this.#texts.get(subscription);
    if (text === undefined) {
      text = eventText(subscription, record);
      this.#texts.set(subscription, text);
    }
    return text;
  }
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
