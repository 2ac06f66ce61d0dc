/** The one owner of a WebSocket: ids, calls under way, time limits, the end. */
import { ConnectionFailed, RpcError } from './errors.ts';
import {
  type EventGap,
  type JsonValue,
  type Message,
  type Params,
  readMessages,
  requestText,
  type ServerEvent,
} from './json-rpc.ts';

/** What we use of the platform's WebSocket; the one of the package `ws` fits too. */
export interface SocketLike {
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: { data: unknown }) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onclose: ((event: { code: number; reason: string }) => unknown) | null;
  send(text: string): void;
  close(): void;
}

interface Waiting {
  readonly resolve: (result: JsonValue) => void;
  readonly reject: (fault: Error) => void;
  readonly stopTimer: () => void;
}

export interface WireOptions {
  readonly timeoutMs: number;
  readonly onEvent: (subscription: number, event: ServerEvent) => void;
  readonly onGap: (subscription: number, gap: EventGap) => void;
  /** A message that cannot be read. */
  readonly onFault: (fault: unknown) => void;
}

export class SocketWire {
  /** Resolves when the connection stands; rejects with ConnectionFailed. */
  readonly opened: Promise<void>;
  /** Resolves with the reason when the connection has ended, by whomever. */
  readonly closed: Promise<string>;
  readonly #socket: SocketLike;
  readonly #options: WireOptions;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #end: string | null = null;

  constructor(socket: SocketLike, options: WireOptions) {
    this.#socket = socket;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      const finish = (reason: string): void => {
        this.#fail(reason);
        resolve(reason);
      };
      socket.onerror = () => finish('the connection failed');
      socket.onclose = ({ code, reason }) =>
        finish(`the connection was closed (${code}${reason === '' ? '' : `: ${reason}`})`);
    });
    this.opened = new Promise((resolve, reject) => {
      socket.onopen = () => resolve();
      void this.closed.then((reason) => reject(new ConnectionFailed(reason)));
    });
    socket.onmessage = ({ data }) => this.#receive(String(data));
  }

  get hasEnded(): boolean {
    return this.#end !== null;
  }

  async request(method: string, params: Params): Promise<JsonValue> {
    const id = ++this.#lastId;
    return this.#send([id], method, requestText(id, method, params))[0] ?? null;
  }

  /** Several requests in one message. */
  async batch(
    calls: readonly (readonly [string, ...unknown[]])[],
  ): Promise<({ readonly result: JsonValue } | { readonly error: RpcError })[]> {
    if (calls.length === 0) return [];
    const ids = calls.map(() => ++this.#lastId);
    const texts = calls.map(([method, ...args], at) => requestText(ids[at] ?? 0, method, args));
    const settled = await Promise.allSettled(this.#send(ids, 'batch', `[${texts.join(',')}]`));
    return settled.map((one) => {
      if (one.status === 'fulfilled') return { result: one.value };
      if (one.reason instanceof RpcError) return { error: one.reason };
      throw one.reason;
    });
  }

  #send(ids: readonly number[], what: string, text: string): Promise<JsonValue>[] {
    const { timeoutMs } = this.#options;
    if (this.#end !== null) return ids.map(() => Promise.reject(new ConnectionFailed(this.#end ?? '')));
    const limit = AbortSignal.timeout(timeoutMs);
    const answers = ids.map(
      (id) =>
        new Promise<JsonValue>((resolve, reject) => {
          const onTimeout = (): void => {
            this.#waiting.delete(id);
            reject(new ConnectionFailed(`${what}: no answer within ${timeoutMs} ms`));
          };
          limit.addEventListener('abort', onTimeout, { once: true });
          const stopTimer = (): void => limit.removeEventListener('abort', onTimeout);
          this.#waiting.set(id, { resolve, reject, stopTimer });
        }),
    );
    this.#socket.send(text);
    return answers;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(text: string): void {
    try {
      for (const message of readMessages(text)) this.#handle(message);
    } catch (fault) {
      this.#options.onFault(fault);
    }
  }

  #handle(message: Message): void {
    switch (message.kind) {
      case 'event':
        this.#options.onEvent(message.subscription, message.event);
        return;
      case 'gap':
        this.#options.onGap(message.subscription, message.gap);
        return;
      case 'error':
        this.#take(message.id)?.reject(message.error);
        return;
      case 'result':
        this.#take(message.id)?.resolve(message.result);
    }
  }

  #take(id: number | null): Waiting | undefined {
    if (id === null) return undefined;
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    call?.stopTimer();
    return call;
  }

  #fail(reason: string): void {
    this.#end ??= reason;
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(new ConnectionFailed(reason));
  }
}
