/** Our side of a WebSocket to a server of ours: text messages both ways. */
import { WebSocket } from 'ws';
import { CodedError } from '../runtime/index.ts';

export interface ClientSocketOptions {
  /** `http:`, `https:`, `ws:` or `wss:`. */
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  /** Sub-protocols to offer. */
  readonly protocols?: readonly string[];
  /** Time for connect and upgrade, ms. Default 10000. */
  readonly timeoutMs?: number;
  /** Largest message, bytes. Default 16777216. */
  readonly messageBytes?: number;
  readonly onMessage: (text: string) => void;
  /** Exactly once, after the connection stood. */
  readonly onClose: (reason: string) => void;
}

export interface ClientSocket {
  send(text: string): void;
  close(): void;
}

/**
 * Resolves when the connection stands.
 * @throws CodedError (rejects) `network.failed`; `rpc.unauthorized` and `rpc.forbidden` for the statuses 401 and 403.
 */
export function connectSocket(options: ClientSocketOptions): Promise<ClientSocket> {
  const { url, headers = {}, protocols = [], timeoutMs = 10_000, messageBytes = 16_777_216 } = options;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], {
      headers,
      handshakeTimeout: timeoutMs,
      maxPayload: messageBytes,
      perMessageDeflate: false,
    });
    let isOpen = false;
    let fault: Error | null = null;
    socket.on('open', () => {
      isOpen = true;
      resolve({ send: (text) => socket.send(text), close: () => socket.close(1000) });
    });
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      const code = status === 401 ? 'rpc.unauthorized' : status === 403 ? 'rpc.forbidden' : 'network.failed';
      reject(new CodedError(code, `${url}: the server answered ${status} to the WebSocket upgrade`));
      socket.terminate();
    });
    socket.on('error', (error) => {
      fault = error;
      if (!isOpen) reject(new CodedError('network.failed', `${url}: ${reasonOf(error)}`, { cause: error }));
    });
    socket.on('message', (data) => options.onMessage(String(data)));
    socket.on('close', (code, reason) => {
      if (!isOpen) return;
      const told = fault === null ? String(reason) : reasonOf(fault);
      options.onClose(`the connection was closed (${code}${told === '' ? '' : `: ${told}`})`);
    });
  });
}

const reasonOf = (error: Error): string =>
  error.message !== '' || !('code' in error) ? error.message : String(error.code);
