import { ConnectionFailed, RpcError } from './errors.ts';
import type { EventGap, JsonValue, Params, ServerEvent } from './json-rpc.ts';
import {
  type AnyEvents,
  type AnyMethods,
  type Caller,
  type CallOptions,
  defaultTimeoutMs,
  type MethodMap,
} from './methods.ts';
import { pause, pauseMs } from './pause.ts';
import { type SocketLike, SocketWire } from './socket-wire.ts';
import { Subscriptions, type Wanted } from './subscriptions.ts';

export interface SocketClientOptions extends CallOptions {
  /** For example `http://127.0.0.1:8090` or `ws://127.0.0.1:8090`; the path is `/ws`. */
  readonly url: string;
  /** Sent by `auth.login` as the first message. */
  readonly token?: string;
  /** The same for other credentials: `{ user, password }`, or `{ room, pin }` of a guest. */
  readonly login?: { readonly [name: string]: string };
  /** Makes the socket. Default: the platform's WebSocket. */
  readonly socket?: (url: string) => SocketLike;
  /** A listener that throws, or a message that cannot be read, is told here and harms nothing else. */
  readonly onFault?: (fault: unknown) => void;
  /** How a connection that is lost is opened again; false: not at all. Default: after 0.5 s, at the longest 30 s. */
  readonly reconnect?: Reconnect | false;
  /** The connection was lost, or stands again with its subscriptions. */
  readonly onConnection?: (state: 'lost' | 'connected', reason: string) => void;
}

export interface Reconnect {
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface SubscribeOptions {
  /** Events after this one, before those that come: the id of the last that was seen. */
  readonly after?: number;
  /** Events that the server no longer had. */
  readonly onGap?: (gap: EventGap) => void;
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
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  /** Any method, arguments by position or by name; rejects as `call` does. */
  request(method: string, params: Params): Promise<JsonValue>;
  close(): void;
  /** Resolves with the reason when the connection has ended for good. */
  readonly closed: Promise<string>;
}

/**
 * JSON-RPC over WebSocket, with events. Resolves when the connection stands and the token is accepted. One that is lost
 * fails the calls under way and is opened again; its subscriptions go on after the last event that each had, so that
 * nothing is missed and nothing comes twice. Calls made meanwhile wait for it.
 * @throws ConnectionFailed (rejects) no connection. @throws RpcError (rejects) the token is refused.
 */
export async function socketClient<M extends MethodMap<M> = AnyMethods, E = AnyEvents>(
  options: SocketClientOptions,
): Promise<SocketClient<M, E>> {
  const line = new SocketLine(options);
  await line.open();
  return {
    closed: line.closed,
    close: () => line.close(),
    async call(method, ...args) {
      return (await (line.now ?? (await line.wire())).request(method, args)) as ReturnType<M[typeof method]>; // the contract's word
    },
    request: async (method, params) => (line.now ?? (await line.wire())).request(method, params),
    async batch(calls) {
      return (await (line.now ?? (await line.wire())).batch(calls)) as never; // the contract's word
    },
    async subscribe(filter, listener, match, { after, onGap = () => {} } = {}) {
      const wanted: Wanted = {
        filter,
        match,
        listener: listener as (event: ServerEvent) => void, // the filter lets nothing else through
        onGap,
        position: after ?? null,
      };
      await line.subscriptions.add(line.now ?? (await line.wire()), wanted);
      return { close: () => line.unsubscribe(wanted) };
    },
  };
}

/** A connection that is opened again when it is lost. */
class SocketLine {
  readonly subscriptions: Subscriptions;
  readonly closed: Promise<string>;
  readonly #options: SocketClientOptions;
  readonly #ending = new AbortController();
  #wire: SocketWire | null = null;
  #waiting: (() => void)[] = [];
  #end: (reason: string) => void = () => {};
  #endReason: string | null = null;

  constructor(options: SocketClientOptions) {
    this.#options = options;
    this.subscriptions = new Subscriptions(options.onFault ?? (() => {}));
    this.closed = new Promise((resolve) => {
      this.#end = (reason) => {
        this.#endReason ??= reason;
        resolve(reason);
        this.#wakeAll();
      };
    });
  }

  async open(): Promise<void> {
    const { token, timeoutMs = defaultTimeoutMs, onFault = () => {}, socket = platformSocket } = this.#options;
    const login = token === undefined ? this.#options.login : { token };
    const wire = new SocketWire(socket(socketUrl(this.#options.url)), {
      timeoutMs,
      onFault,
      onEvent: (subscription, event) => this.subscriptions.receive(subscription, { event }),
      onGap: (subscription, gap) => this.subscriptions.receive(subscription, { gap }),
    });
    await wire.opened;
    try {
      if (login !== undefined) await wire.request('auth.login', login);
      await this.subscriptions.resume(wire);
    } catch (fault) {
      wire.close();
      throw fault;
    }
    if (this.#ending.signal.aborted) wire.close();
    this.#wire = wire;
    void wire.closed.then((reason) => this.#lost(wire, reason));
    this.#wakeAll();
  }

  /** The connection, if it stands. */
  get now(): SocketWire | null {
    return this.#wire?.hasEnded === false ? this.#wire : null;
  }

  /** The connection, when it stands. @throws ConnectionFailed (rejects) it does not in time, or never will. */
  async wire(): Promise<SocketWire> {
    const limit = AbortSignal.timeout(this.#options.timeoutMs ?? defaultTimeoutMs);
    for (;;) {
      const { now } = this;
      if (now !== null) return now;
      if (this.#endReason !== null) throw new ConnectionFailed(this.#endReason);
      if (limit.aborted) throw new ConnectionFailed('the connection is lost');
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        limit.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async unsubscribe(wanted: Wanted): Promise<void> {
    const subscription = this.subscriptions.remove(wanted);
    if (subscription !== null && this.#wire !== null) await this.#wire.request('events.unsubscribe', { subscription });
  }

  close(): void {
    this.#ending.abort();
    if (this.#wire === null) this.#end('the connection was closed');
    else this.#wire.close();
  }

  #lost(wire: SocketWire, reason: string): void {
    if (this.#wire !== wire) return;
    this.#wire = null;
    const { reconnect = { firstMs: 500, longestMs: 30_000 }, onConnection } = this.#options;
    if (this.#ending.signal.aborted || reconnect === false) {
      this.#end(reason);
      return;
    }
    onConnection?.('lost', reason);
    void this.#openAgain(reconnect, reason);
  }

  async #openAgain({ firstMs, longestMs }: Reconnect, lostReason: string): Promise<void> {
    for (let attempt = 0; !this.#ending.signal.aborted; attempt++) {
      await pause(pauseMs(attempt, firstMs, longestMs), this.#ending.signal);
      if (this.#ending.signal.aborted) break;
      try {
        await this.open();
        this.#options.onConnection?.('connected', lostReason);
        return;
      } catch (fault) {
        // The token is no longer good: to go on asking would lock this client out.
        if (!(fault instanceof RpcError)) continue;
        this.#end(`the server refuses: ${fault.message}`);
        return;
      }
    }
    this.#end('the connection was closed');
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
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
