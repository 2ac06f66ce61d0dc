/** Who gets the events of which subscription, and how far each is: it goes on there on the next connection. */
import { ConnectionFailed } from './errors.ts';
import { type EventGap, isObject, type JsonValue, type ServerEvent } from './json-rpc.ts';
import type { SocketWire } from './socket-wire.ts';

export interface Wanted {
  readonly filter: string;
  readonly match: { readonly [member: string]: JsonValue } | undefined;
  readonly listener: (event: ServerEvent) => void;
  readonly onGap: (gap: EventGap) => void;
  /** The newest event that the listener has had; null: from now on. */
  position: number | null;
}

type Told = { readonly event: ServerEvent } | { readonly gap: EventGap };

export class Subscriptions {
  readonly #wanted = new Set<Wanted>();
  readonly #onFault: (fault: unknown) => void;
  /** Of the connection that stands, by the server's numbers. */
  #open = new Map<number, Wanted>();
  /** What came for subscriptions whose number is still on its way to us. */
  #early: { readonly subscription: number; readonly told: Told }[] = [];
  #expected = 0;

  constructor(onFault: (fault: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Subscribes; on later connections again, by `resume`. */
  async add(wire: SocketWire, wanted: Wanted): Promise<void> {
    await this.#subscribe(wire, wanted);
    this.#wanted.add(wanted);
  }

  /** On a new connection: all subscriptions again, each after what it had. */
  async resume(wire: SocketWire): Promise<void> {
    this.#open = new Map();
    this.#early = [];
    for (const wanted of this.#wanted) await this.#subscribe(wire, wanted);
  }

  /** The server's number of it on this connection, null: it has none. */
  remove(wanted: Wanted): number | null {
    this.#wanted.delete(wanted);
    const [number] = [...this.#open].find(([, one]) => one === wanted) ?? [null];
    if (number !== null) this.#open.delete(number);
    return number;
  }

  receive(subscription: number, told: Told): void {
    const wanted = this.#open.get(subscription);
    if (wanted === undefined) {
      if (this.#expected > 0) this.#early.push({ subscription, told });
      return;
    }
    try {
      if ('gap' in told) wanted.onGap(told.gap);
      else wanted.listener(told.event);
    } catch (fault) {
      this.#onFault(fault);
    }
    wanted.position = Math.max(wanted.position ?? 0, 'gap' in told ? told.gap.resumedAfter : told.event.id);
  }

  async #subscribe(wire: SocketWire, wanted: Wanted): Promise<void> {
    const { filter, match, position } = wanted;
    this.#expected++;
    try {
      const answer = await wire.request('events.subscribe', {
        filter,
        ...(match === undefined ? {} : { match }),
        ...(position === null ? {} : { after: position }),
      });
      const { subscription, lastId } = isObject(answer) ? answer : {};
      if (typeof subscription !== 'number') throw new ConnectionFailed('the server gave no subscription');
      if (typeof lastId === 'number') wanted.position ??= lastId;
      this.#open.set(subscription, wanted);
      for (const { subscription: number, told } of this.#early) if (number === subscription) this.receive(number, told);
    } finally {
      this.#expected--;
      if (this.#expected === 0) this.#early = [];
    }
  }
}
