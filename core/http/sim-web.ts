/** Servers that the outgoing client finds in simulated time: the addresses are real, the connections are not. */
import type { Clock } from '../runtime/index.ts';
import { ExchangeFault, type HttpExchange, type HttpWire } from './http-wire.ts';
import type { HttpClientReply } from './types.ts';

/** What a simulated server answers; `null`: nothing, ever. */
export type SimWebHandler = (exchange: HttpExchange) => SimWebReply | null | Promise<SimWebReply | null>;

export interface SimWebReply {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

export class SimWeb implements HttpWire {
  readonly #clock: Clock;
  readonly #servers = new Map<string, SimWebHandler>();
  /** All that came, refused or not, oldest first. */
  readonly exchanges: HttpExchange[] = [];
  /** How long a reply takes. */
  delayMs = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on `handler` answers at `address:port`; one that was there before is gone. */
  serve(place: string, handler: SimWebHandler): void {
    this.#servers.set(place, handler);
  }

  /** Connections to it are refused from now on. */
  remove(place: string): void {
    this.#servers.delete(place);
  }

  exchange(exchange: HttpExchange): Promise<HttpClientReply> {
    const { url, address, signal, replyBytes } = exchange;
    const place = `${address}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
    this.exchanges.push(exchange);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new ExchangeFault(String(signal.reason))), { once: true });
      this.#clock.after(this.delayMs, async () => {
        const handler = this.#servers.get(place);
        if (handler === undefined) {
          reject(new ExchangeFault(`connect ECONNREFUSED ${place}`, true));
          return;
        }
        try {
          const reply = await handler(exchange);
          if (reply === null) return;
          const body = Buffer.from(reply.body ?? '');
          if (body.length > replyBytes) reject(new ExchangeFault(`the reply is over ${replyBytes} bytes`));
          else resolve({ status: reply.status, headers: reply.headers ?? {}, body });
        } catch (fault) {
          reject(new ExchangeFault(String(fault)));
        }
      });
    });
  }

  close(): void {}
}
