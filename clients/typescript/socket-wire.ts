/** The one owner of a WebSocket: ids, calls under way, time limits, the end. */
import { ConnectionFailed } from './errors.ts';
import { type JsonValue, type Params, readMessage, requestText, type ServerEvent } from './json-rpc.ts';

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

  request(method: string, params: Params): Promise<JsonValue> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#end !== null) {
        reject(new ConnectionFailed(this.#end));
        return;
      }
      const id = ++this.#lastId;
      const limit = AbortSignal.timeout(timeoutMs);
      const onTimeout = (): void => {
        this.#waiting.delete(id);
        reject(new ConnectionFailed(`${method}: no answer within ${timeoutMs} ms`));
      };
      limit.addEventListener('abort', onTimeout, { once: true });
      const stopTimer = (): void => limit.removeEventListener('abort', onTimeout);
      this.#waiting.set(id, { resolve, reject, stopTimer });
      this.#socket.send(requestText(id, method, params));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #receive(text: string): void {
    try {
      const message = readMessage(text);
      if (message.kind === 'event') {
        this.#options.onEvent(message.subscription, message.event);
        return;
      }
      const call = this.#take(message.id);
      if (message.kind === 'error') call?.reject(message.error);
      else call?.resolve(message.result);
    } catch (fault) {
      this.#options.onFault(fault);
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
