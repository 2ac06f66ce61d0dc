/** One exchange with a server whose address is known: `node:http` and `node:https`, bounded by its caller. */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import type { HttpClientReply } from './types.ts';

export interface HttpExchange {
  readonly url: URL;
  /** The IP address to connect to, as it was checked. */
  readonly address: string;
  readonly method: string;
  /** Complete, `Host` and `Content-Length` too. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array | undefined;
  readonly replyBytes: number;
  readonly keepAlive: boolean;
  /** Ends the exchange; its reason is what is told. */
  readonly signal: AbortSignal;
}

export interface HttpWire {
  /** @throws ExchangeFault (rejects). Redirects are replies like others. */
  exchange(exchange: HttpExchange): Promise<HttpClientReply>;
  /** Closes connections that are kept. */
  close(): void;
}

export class ExchangeFault extends Error {
  /** There was no connection, so nothing was sent: another address may be tried. */
  readonly isUnsent: boolean;

  constructor(message: string, isUnsent = false, cause?: unknown) {
    super(message, { cause });
    this.isUnsent = isUnsent;
  }
}

/** Idle connections: this many for a server, and this many in all. */
const idleSockets = { maxFreeSockets: 8, maxTotalSockets: Number.POSITIVE_INFINITY, timeout: 15_000 } as const;

export function nodeHttpWire(): HttpWire {
  const agents = {
    'http:': new Agent({ keepAlive: true, ...idleSockets }),
    'https:': new TlsAgent({ keepAlive: true, minVersion: 'TLSv1.2', ...idleSockets }),
  } as const;

  const open = (exchange: HttpExchange, mayReuse: boolean): ClientRequest => {
    const { url, address, method, headers } = exchange;
    const options = {
      // Not the name: it could have another address by now.
      host: address,
      port: url.port === '' ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      maxHeaderSize: 16_384,
    };
    if (url.protocol === 'http:') return httpRequest({ ...options, agent: mayReuse ? agents['http:'] : false });
    const agent = mayReuse ? agents['https:'] : false;
    const name = hostOf(url);
    // RFC 6066, 3: a server name is a DNS name; literal addresses are not permitted.
    return httpsRequest({ ...options, minVersion: 'TLSv1.2', agent, servername: name === address ? '' : name });
  };

  return {
    exchange: (exchange) =>
      new Promise((resolve, reject) => {
        const { signal, replyBytes, body } = exchange;
        let current: ClientRequest | null = null;
        const finish = (outcome: HttpClientReply | ExchangeFault): void => {
          signal.removeEventListener('abort', onAbort);
          if (!(outcome instanceof ExchangeFault)) {
            resolve(outcome);
            return;
          }
          reject(outcome);
          current?.destroy();
        };
        const onAbort = (): void => finish(new ExchangeFault(String(signal.reason)));

        function attempt(mayReuse: boolean): void {
          const request = open(exchange, mayReuse);
          current = request;
          request.on('error', (fault) => {
            if (request !== current) return;
            if (request.reusedSocket && isClosed(fault)) attempt(false);
            else finish(new ExchangeFault(fault.message, isUnconnected(fault), fault));
          });
          request.on('response', (response) => readReply(response, replyBytes, finish));
          // RFC 9110, 7.8: a server MUST NOT switch to a protocol that was not indicated by the client.
          request.on('upgrade', (_response, socket) => {
            socket.destroy();
            finish(new ExchangeFault('the server switched protocols unasked'));
          });
          request.end(body);
        }
        signal.addEventListener('abort', onAbort, { once: true });
        attempt(exchange.keepAlive);
      }),
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** The host of a URL, IPv6 without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function readReply(
  response: IncomingMessage,
  replyBytes: number,
  finish: (outcome: HttpClientReply | ExchangeFault) => void,
): void {
  const tooLarge = (): void => finish(new ExchangeFault(`the reply is over ${replyBytes} bytes`));
  if (Number(response.headers['content-length'] ?? 0) > replyBytes) {
    tooLarge();
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > replyBytes) tooLarge();
    else chunks.push(chunk);
  });
  response.on('error', (fault) => finish(new ExchangeFault(fault.message, false, fault)));
  response.on('end', () => {
    if (size <= replyBytes)
      finish({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks, size) });
  });
}

/** `socket hang up`, as Node tells both ends of a connection. */
const isClosed = (fault: Error): boolean => ['ECONNRESET', 'EPIPE'].includes(codeOf(fault));

const isUnconnected = (fault: Error): boolean =>
  ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EINVAL'].includes(codeOf(fault));

const codeOf = (fault: Error): string => ('code' in fault ? String(fault.code) : '');
