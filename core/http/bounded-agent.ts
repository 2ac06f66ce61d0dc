import { Agent } from 'node:http';
import type { Clock } from '../runtime/index.ts';

export interface OutgoingBounds {
  readonly clock: Clock;
  /** Time for connect, request and reply together, ms; 0: no limit. */
  readonly timeoutMs: number;
  /** Bytes that the server may send in one connection. */
  readonly replyBytes: number;
}

/**
 * An agent for HTTP clients that know no bounds (the npm package `xmlrpc`): each request has a
 * connection of its own, which ends with an error after `timeoutMs` or `replyBytes`.
 */
export function createBoundedAgent(bounds: OutgoingBounds): Agent {
  return new BoundedAgent(bounds);
}

type Connect = Agent['createConnection'];

class BoundedAgent extends Agent {
  readonly #bounds: OutgoingBounds;

  constructor(bounds: OutgoingBounds) {
    super({ keepAlive: false });
    this.#bounds = bounds;
  }

  override createConnection(...args: Parameters<Connect>): ReturnType<Connect> {
    const { clock, timeoutMs, replyBytes } = this.#bounds;
    const socket = super.createConnection(...args);
    if (socket === null || socket === undefined) return socket;
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > replyBytes) socket.destroy(new Error(`the reply is over ${replyBytes} bytes`));
    });
    if (timeoutMs > 0) {
      const timer = clock.after(timeoutMs, () => socket.destroy(new Error(`no reply within ${timeoutMs} ms`)));
      socket.once('close', () => timer.cancel());
    }
    return socket;
  }
}
