import { ConnectionFailed } from './errors.ts';
import { isObject, type JsonValue, type ServerEvent } from './json-rpc.ts';
import {
  type AnyEvents,
  type AnyMethods,
  type Caller,
  type CallOptions,
  defaultTimeoutMs,
  type MethodMap,
} from './methods.ts';
import { type SocketLike, SocketWire } from './socket-wire.ts';

export interface SocketClientOptions extends CallOptions {
  /** For example `http://127.0.0.1:8090` or `ws://127.0.0.1:8090`; the path is `/ws`. */
  readonly url: string;
  /** Sent by `auth.login` as the first message. */
  readonly token?: string;
  /** Makes the socket. Default: the platform's WebSocket. */
  readonly socket?: (url: string) => SocketLike;
  /** A listener that throws, or a message that cannot be read, is told here and harms nothing else. */
  readonly onFault?: (fault: unknown) => void;
}

/** A name, `prefix.*` or `*`. */
export type EventFilter<E> = (keyof E & string) | `${string}.*` | '*';

/** The events that a filter lets through. */
export type EventOf<E, F> = F extends keyof E & string
  ? Omit<ServerEvent, 'payload' | 'name'> & { readonly name: F; readonly payload: E[F] }
  : ServerEvent;

export interface Subscription {
  /** Idempotent. */
  close(): Promise<void>;
}

export interface SocketClient<M extends MethodMap<M>, E> extends Caller<M> {
  /**
   * Events that the filter and the members of `match` let through. Those that the caller has no
   * scope for never come.
   */
  subscribe<F extends EventFilter<E>>(
    filter: F,
    listener: (event: EventOf<E, F>) => void,
    match?: { readonly [member: string]: JsonValue },
  ): Promise<Subscription>;
  close(): void;
  /** Resolves with the reason when the connection has ended, by whomever. */
  readonly closed: Promise<string>;
}

/**
 * JSON-RPC over WebSocket, with events. Resolves when the connection stands and the token is accepted.
 * A connection that ends fails all calls under way; it is not opened again by itself.
 * @throws ConnectionFailed (rejects) no connection. @throws RpcError (rejects) the token is refused.
 */
export async function socketClient<M extends MethodMap<M> = AnyMethods, E = AnyEvents>(
  options: SocketClientOptions,
): Promise<SocketClient<M, E>> {
  const { token, timeoutMs = defaultTimeoutMs, onFault = () => {}, socket = platformSocket } = options;
  const events = new EventListeners(onFault);
  const wire = new SocketWire(socket(socketUrl(options.url)), {
    timeoutMs,
    onFault,
    onEvent: (subscription, event) => events.receive(subscription, event),
  });
  await wire.opened;
  try {
    if (token !== undefined) await wire.request('auth.login', { token });
  } catch (fault) {
    wire.close();
    throw fault;
  }
  return {
    closed: wire.closed,
    close: () => wire.close(),
    async call(method, ...args) {
      return (await wire.request(method, args)) as ReturnType<M[typeof method]>; // the contract's word for it
    },
    async subscribe(filter, listener, match) {
      const subscription = await events.expect(
        async () => {
          const answer = await wire.request('events.subscribe', { filter, ...(match === undefined ? {} : { match }) });
          const number = isObject(answer) ? answer['subscription'] : undefined;
          if (typeof number !== 'number') throw new ConnectionFailed('the server gave no subscription');
          return number;
        },
        listener as (event: ServerEvent) => void,
      ); // the filter lets nothing else through
      return {
        async close() {
          if (events.remove(subscription) && !wire.hasEnded) await wire.request('events.unsubscribe', { subscription });
        },
      };
    },
  };
}

/** Who gets the events of which subscription. */
class EventListeners {
  readonly #listeners = new Map<number, (event: ServerEvent) => void>();
  /** Events of subscriptions whose number is still on its way to us. */
  #early: { readonly subscription: number; readonly event: ServerEvent }[] = [];
  #expected = 0;
  readonly #onFault: (fault: unknown) => void;

  constructor(onFault: (fault: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Adds the listener under the number that `ask` gives; what came in the meantime is not lost. */
  async expect(ask: () => Promise<number>, listener: (event: ServerEvent) => void): Promise<number> {
    this.#expected++;
    try {
      const number = await ask();
      this.#listeners.set(number, listener);
      for (const { subscription, event } of this.#early) if (subscription === number) this.receive(number, event);
      return number;
    } finally {
      this.#expected--;
      if (this.#expected === 0) this.#early = [];
    }
  }

  remove(subscription: number): boolean {
    return this.#listeners.delete(subscription);
  }

  receive(subscription: number, event: ServerEvent): void {
    const listener = this.#listeners.get(subscription);
    if (listener === undefined) {
      if (this.#expected > 0) this.#early.push({ subscription, event });
      return;
    }
    try {
      listener(event);
    } catch (fault) {
      this.#onFault(fault);
    }
  }
}

function socketUrl(url: string): string {
  const target = new URL('ws', url.endsWith('/') ? url : `${url}/`);
  target.protocol = target.protocol.replace('http', 'ws');
  return target.href;
}

function platformSocket(url: string): SocketLike {
  const platform: unknown = Reflect.get(globalThis, 'WebSocket');
  if (typeof platform !== 'function') {
    throw new ConnectionFailed('this platform has no WebSocket (Node before 22): give the option `socket`');
  }
  return Reflect.construct(platform, [url]) as SocketLike; // the platform's word for it
}
