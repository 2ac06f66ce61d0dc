import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Clock, CodedError, formatEndpoint } from '../runtime/index.ts';

export interface OutgoingRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** HTTPS, TLS 1.2 or newer; the certificate must chain up to an authority and carry the name. */
  readonly tls?: OutgoingTls;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
  /** Time for connect, request and reply together, ms; 0: no limit. */
  readonly timeoutMs: number;
  /** Largest reply body, bytes. */
  readonly replyBytes: number;
  /** Send it once more when the connection closes before the first byte of a reply. Default false. */
  readonly retryUnanswered?: boolean;
}

export interface OutgoingTls {
  /** Text of a PEM file with the authorities to believe; null: those of the system. */
  readonly authorities: string | null;
  /** The name that the certificate must carry. Default: the host. */
  readonly serverName?: string;
}

export interface IncomingReply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: Uint8Array;
}

/**
 * One bounded POST on a connection of its own; redirects are not followed.
 * @throws CodedError `network.failed`: no connection, time-out, reply too large or cut off.
 */
export function postHttp(clock: Clock, outgoing: OutgoingRequest): Promise<IncomingReply> {
  const { host, port, path, timeoutMs, replyBytes } = outgoing;
  return new Promise((resolve, reject) => {
    let request: ClientRequest | null = null;
    let mayRetry = outgoing.retryUnanswered === true;
    let isOver = false;
    const fail = (reason: string, cause?: unknown): void => {
      isOver = true;
      timer?.cancel();
      request?.destroy();
      const scheme = outgoing.tls === undefined ? 'http' : 'https';
      reject(
        new CodedError('network.failed', `${scheme}://${formatEndpoint({ address: host, port })}${path}: ${reason}`, {
          cause,
        }),
      );
    };
    const timer = timeoutMs > 0 ? clock.after(timeoutMs, () => fail(`no reply within ${timeoutMs} ms`)) : null;

    function attempt(): void {
      const sent = open(outgoing);
      request = sent;
      sent.on('error', (fault) => {
        if (isOver) return;
        // Closed in order or reset, after the connection stood and before anything came.
        if (mayRetry && sent.socket?.connecting === false && sent.socket.bytesRead === 0 && isClosed(fault)) {
          mayRetry = false;
          attempt();
        } else fail(fault.message, fault);
      });
      sent.on('response', (response) => {
        readReply(response, replyBytes, fail, (body) => {
          if (isOver) return;
          isOver = true;
          timer?.cancel();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      sent.end(outgoing.body);
    }
    attempt();
  });
}

function open({ host, port, path, tls, body, headers: given }: OutgoingRequest): ClientRequest {
  const headers = { ...given, 'Content-Length': String(Buffer.byteLength(body)) };
  const options = { host, port, path, headers, method: 'POST', agent: false };
  if (tls === undefined) return httpRequest(options);
  return httpsRequest({
    ...options,
    minVersion: 'TLSv1.2',
    ...(tls.authorities === null ? {} : { ca: tls.authorities }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  });
}

/** `socket hang up`, as Node tells both ends of a connection. */
function isClosed(fault: Error): boolean {
  return 'code' in fault && (fault.code === 'ECONNRESET' || fault.code === 'EPIPE');
}

function readReply(
  response: IncomingMessage,
  replyBytes: number,
  fail: (reason: string, cause?: unknown) => void,
  done: (body: Uint8Array) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > replyBytes) fail(`the reply is over ${replyBytes} bytes`);
    else chunks.push(chunk);
  });
  response.on('error', (fault) => fail(fault.message, fault));
  response.on('end', () => done(Buffer.concat(chunks, Math.min(size, replyBytes))));
}
