/** What the HTTP listener serves: both protocols by content type, health, figures, pages. */
import { isUtf8 } from 'node:buffer';
import { type Caller, scopeCovers } from '../core/di/index.ts';
import type {
  HttpHandler,
  HttpHeaders,
  HttpListener,
  HttpReply,
  HttpRequest,
  RefusalBody,
} from '../core/http/index.ts';
import { asCodedError, CodedError, type Log } from '../core/runtime/index.ts';
import type { ContextFactory } from './context.ts';
import { jsonErrorOf, xmlFaultOf } from './errors.ts';
import { errorText, type JsonDispatcher } from './jsonrpc/dispatch.ts';
import { printJson } from './jsonrpc/print.ts';
import { type Soon, whenThere } from './soon.ts';
import { serveWebPage, type WebPage } from './web-page.ts';
import { charsetOf, decodeXmlBody } from './xmlrpc/charset.ts';
import { encodeFault } from './xmlrpc/encode.ts';
import type { XmlServer } from './xmlrpc/serve.ts';

export interface HttpFacesOptions {
  readonly json: JsonDispatcher;
  readonly xml: XmlServer;
  readonly contextOf: ContextFactory;
  /** Throws or rejects with CodedError. */
  readonly callerOf: (request: HttpRequest) => Caller | Promise<Caller>;
  readonly ready: () => boolean;
  /** See `RpcOptions`. */
  readonly health: () => Promise<readonly { readonly part: string; readonly reason: string }[]>;
  readonly metrics: () => Promise<HttpReply>;
  readonly openRpc: () => unknown;
  /** See `RpcOptions`. */
  readonly overloaded: () => boolean;
  readonly frontPage: () => string;
  /** Null: it was not built. */
  readonly webPage: WebPage | null;
  readonly log: Log;
}

type Wire = 'json' | 'xml';

const jsonHeaders = { 'Content-Type': 'application/json; charset=utf-8' };
const xmlHeaders = { 'Content-Type': 'text/xml; charset=utf-8' };
const noContent: HttpReply = { status: 204 };

/** Registers all routes. */
export function serveHttp(listener: HttpListener, options: HttpFacesOptions): void {
  const { callerOf } = options;

  /** A page for callers with that scope. */
  const guarded = (scope: string | null, page: () => HttpReply | Promise<HttpReply>): HttpHandler => {
    return async (request) => {
      try {
        const caller = await callerOf(request);
        if (scope !== null && !scopeCovers(caller.scopes, scope))
          throw new CodedError('rpc.forbidden', `scope ${scope} is needed`);
        return await page();
      } catch (fault) {
        return refuse(fault, request.headers);
      }
    };
  };
  listener.route('POST', '*', (request) => post(options, request));
  // That it answers is what it says: the main thread runs.
  listener.route('GET', '/healthz', () => json(200, { status: 'alive' }));
  listener.route('GET', '/readyz', async () => {
    const told = await options.health();
    const reasons = told.length > 0 || options.ready() ? told : [{ part: 'server', reason: 'not ready' }];
    if (reasons.length > 0) return json(503, { status: 'not ready', reasons });
    return json(200, { status: options.overloaded() ? 'ready, overloaded' : 'ready', reasons });
  });
  listener.route('GET', '/metrics', guarded('server:read', options.metrics));
  listener.route(
    'GET',
    '/openrpc.json',
    guarded(null, () => ({ status: 200, headers: jsonHeaders, body: printJson(options.openRpc()) })),
  );
  serveWebPage(listener, options.webPage, () => ({
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'X-Content-Type-Options': 'nosniff',
    },
    body: options.frontPage(),
  }));
}

/** One RPC request. Without credentials, and where a function answers at once, nothing is awaited. */
function post(options: HttpFacesOptions, request: HttpRequest): Soon<HttpReply> {
  const wire = wireOf(contentType(request.headers));
  if (wire === null) return unsupported(request.headers);
  try {
    const caller = options.callerOf(request);
    if (!(caller instanceof Promise)) return answer(options, request, wire, caller);
    return caller.then(
      (known) => answer(options, request, wire, known),
      (fault: unknown) => refuse(fault, request.headers),
    );
  } catch (fault) {
    return refuse(fault, request.headers);
  }
}

function answer(options: HttpFacesOptions, request: HttpRequest, wire: Wire, caller: Caller): Soon<HttpReply> {
  if (wire === 'json') {
    const charset = charsetOf(contentType(request.headers));
    if (charset !== null && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii')
      return refuse(new CodedError('rpc.parse', `JSON comes in UTF-8, not ${charset}`), request.headers);
    const text = utf8Text(request.body);
    if (text === null) return refuse(new CodedError('rpc.parse', 'the body is not valid UTF-8'), request.headers);
    const answered = options.json.handle(text, options.contextOf(caller, 'json-rpc', request.source));
    return whenThere(answered, (body) => (body === null ? noContent : { status: 200, headers: jsonHeaders, body }));
  }
  const context = options.contextOf(caller, 'xml-rpc', request.source);
  try {
    const text = decodeXmlBody(request.body, contentType(request.headers));
    return whenThere(options.xml.handle(text, context), (body) => ({ status: 200, headers: xmlHeaders, body }));
  } catch (fault) {
    const { code, text } = xmlFaultOf(asCodedError(fault), '');
    return { status: 200, headers: xmlHeaders, body: encodeFault(code, text) };
  }
}

/** RFC 8259, 8.1: JSON is UTF-8; a parser MAY ignore a byte order mark. Null: not UTF-8. */
function utf8Text(body: Uint8Array): string | null {
  if (!isUtf8(body)) return null;
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8', hasMark ? 3 : 0);
}

const statuses: { readonly [code: string]: number } = {
  'rpc.unauthorized': 401,
  'rpc.forbidden': 403,
  'rpc.tooManyRequests': 429,
  'rpc.parse': 400,
};

/** A refusal before any method is looked at: an HTTP status, and a body that the protocol's clients read. */
export function refuse(fault: unknown, headers: HttpHeaders): HttpReply {
  const error = asCodedError(fault);
  const { contentType: type, body } = refusalBody(error, { headers });
  const status = statuses[error.code] ?? 500;
  const more: Record<string, string> = {};
  if (status === 401) more['WWW-Authenticate'] = 'Basic realm="callbus", charset="UTF-8"';
  if (status === 429) more['Retry-After'] = /wait (\d+) s/.exec(error.detail)?.[1] ?? '1';
  return { status, headers: { 'Content-Type': type, ...more }, body };
}

/** An error in the language of the request: JSON-RPC, XML-RPC, or plain text. */
export function refusalBody(error: CodedError, request: { readonly headers: HttpHeaders }): RefusalBody {
  const wire = wireOf(contentType(request.headers));
  if (wire === 'json') return { contentType: jsonHeaders['Content-Type'], body: errorText(jsonErrorOf(error), null) };
  if (wire === 'xml') {
    const { code, text } = xmlFaultOf(error, '');
    return { contentType: xmlHeaders['Content-Type'], body: encodeFault(code, text) };
  }
  return { contentType: 'text/plain; charset=utf-8', body: `${error.message}\n${error.row.next}\n` };
}

function unsupported(headers: HttpHeaders): HttpReply {
  const given = contentType(headers);
  const body = `Content-Type ${given === '' ? '(none)' : JSON.stringify(given)} is not served: send text/xml or application/json.\n`;
  return { status: 415, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
}

function contentType(headers: HttpHeaders): string {
  const value = headers['content-type'];
  return typeof value === 'string' ? value : '';
}

/** The usual values are found without a scan. */
const wires = new Map<string, Wire>([
  ['application/json', 'json'],
  ['application/json; charset=utf-8', 'json'],
  ['text/xml', 'xml'],
  ['application/xml', 'xml'],
]);

function wireOf(type: string): Wire | null {
  const known = wires.get(type);
  if (known !== undefined) return known;
  const semicolon = type.indexOf(';');
  return wires.get((semicolon === -1 ? type : type.slice(0, semicolon)).trim().toLowerCase()) ?? null;
}

const json = (status: number, value: unknown): HttpReply => ({
  status,
  headers: { ...jsonHeaders, 'Cache-Control': 'no-store' },
  body: `${JSON.stringify(value)}\n`,
});
