import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type Clock, CodedError } from '../runtime/index.ts';

export interface OutgoingRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
  /** Time for connect, request and reply together, ms; 0: no limit. */
  readonly timeoutMs: number;
  /** Largest reply body, bytes. */
  readonly replyBytes: number;
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
  const { host, port, path, body, timeoutMs, replyBytes } = outgoing;
  return new Promise((resolve, reject) => {
    const headers = { ...outgoing.headers, 'Content-Length': String(Buffer.byteLength(body)) };
    const request = httpRequest({ host, port, path, headers, method: 'POST', agent: false });
    const fail = (reason: string, cause?: unknown): void => {
      timer?.cancel();
      request.destroy();
      reject(new CodedError('network.failed', `http://${host}:${port}${path}: ${reason}`, { cause }));
    };
    const timer = timeoutMs > 0 ? clock.after(timeoutMs, () => fail(`no reply within ${timeoutMs} ms`)) : null;
    request.on('error', (fault) => fail(fault.message, fault));
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > replyBytes) fail(`the reply is over ${replyBytes} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', (fault) => fail(fault.message, fault));
      response.on('end', () => {
        timer?.cancel();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks, size) });
      });
    });
    request.end(body);
  });
}
