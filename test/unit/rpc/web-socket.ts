/** A JSON-RPC client on a WebSocket, its messages one by one. */
import WebSocket from 'ws';

/** Messages of a connection, one `next` at a time. */
export class Inbox {
  readonly #waiting: ((message: unknown) => void)[] = [];
  readonly #messages: unknown[] = [];

  push(message: unknown): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#messages.push(message);
    else waiter(message);
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  next(): Promise<any> {
    if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export async function webSocket(url: string, options: WebSocket.ClientOptions = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, options);
  const inbox = new Inbox();
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  socket.on('message', (data) => inbox.push(JSON.parse(data.toString())));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const call = (
    method: string,
    params: unknown = [],
    id: unknown = 1,
  ): Promise<{ result?: unknown; error?: { code: number } }> => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', method, params, id }));
    return inbox.next();
  };
  return { socket, inbox, call, closed };
}
