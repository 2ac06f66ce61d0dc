import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Clock, CodedError, type Log } from '../runtime/index.ts';
import type { HttpClient, HttpClientReply, HttpClientRequest } from './types.ts';

/** Requests to other servers, bounded in time and size; redirects are not followed. */
export function createHttpClient({ clock }: { readonly clock: Clock; readonly log: Log }): HttpClient {
  return { send: (request) => send(clock, request) };
}

function send(clock: Clock, order: HttpClientRequest): Promise<HttpClientReply> {
  const { timeoutMs = 10_000, replyBytes = 1_048_576, signal } = order;
  return new Promise((resolve, reject) => {
    const url = parse(order.url);
    const fail = (reason: string, cause?: unknown): void => {
      timer.cancel();
      request.destroy();
      reject(new CodedError('network.failed', `${url.origin}${url.pathname}: ${reason}`, { cause }));
    };
    const timer = clock.after(timeoutMs, () => fail(`no reply within ${timeoutMs} ms`));
    const request: ClientRequest = open(url, order);
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
        timer.cancel();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    signal?.addEventListener('abort', () => fail('given up'), { once: true });
    request.end(order.body);
  });
}

/** @throws CodedError `network.failed`. */
function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new CodedError('network.failed', `${text.slice(0, 200)}: expected an http: or https: URL`);
}

function open(url: URL, { method, headers = {}, body }: HttpClientRequest): ClientRequest {
  const options = {
    method,
    agent: false as const,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    },
  };
  return url.protocol === 'https:'
    ? httpsRequest(url, { ...options, minVersion: 'TLSv1.2' })
    : httpRequest(url, options);
}
