/** Refusals of the listener itself, before any handler runs. */
import { STATUS_CODES } from 'node:http';
import { CodedError, type ErrorCode } from '../runtime/index.ts';
import type { HttpHeaders, HttpListenerOptions, HttpReply } from './types.ts';
import type { Duplex } from './websocket.ts';

/** HTTP status of the errors that a listener answers with by itself. */
const statusOf: { readonly [code in ErrorCode]?: number } = {
  'rpc.parse': 400,
  'rpc.invalidRequest': 400,
  'rpc.unauthorized': 401,
  'rpc.forbidden': 403,
  'rpc.foreignHost': 403,
  'rpc.foreignOrigin': 403,
  'rpc.unknownMethod': 404,
  'rpc.tooLarge': 413,
  'rpc.tooManyRequests': 429,
};

export type Refuse = (error: CodedError, request: { readonly headers: HttpHeaders }, more?: RefusalMore) => HttpReply;

export interface RefusalMore {
  /** Overrides the status of the error's code. */
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
}

/** Makes replies of errors; the body speaks the request's language where `format` knows it. */
export function createRefuse(format: HttpListenerOptions['refusal']): Refuse {
  return (error, request, more = {}) => {
    const { contentType, body } = format?.(error, request) ?? {
      contentType: 'text/plain; charset=utf-8',
      body: `${error.message}\n${error.row.next}\n`,
    };
    const status = more.status ?? statusOf[error.code] ?? 500;
    return { status, headers: { 'Content-Type': contentType, ...more.headers }, body };
  };
}

/** Writes a whole reply on a socket that has no response object, and closes it. */
export function replyOnSocket(socket: Duplex, reply: HttpReply): void {
  const body = Buffer.from(reply.body ?? '');
  const headers = { ...reply.headers, 'Content-Length': String(body.length), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\n${lines.join('')}\r\n`;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** What node's HTTP parser refused, as one of our errors with a status. */
export function parserFault(code: string | undefined): { error: CodedError; status: number } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { error: new CodedError('rpc.tooLarge', 'the HTTP headers are over 16 kB'), status: 431 };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { error: new CodedError('rpc.invalidRequest', 'the HTTP request came too slowly'), status: 408 };
  return { error: new CodedError('rpc.invalidRequest', 'this is not an HTTP request that can be read'), status: 400 };
}
