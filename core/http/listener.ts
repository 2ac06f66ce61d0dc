/**
 * The one HTTP listener: RPC, WebSocket and pages share it. Routes are registered by others; here are
 * the checks that every request passes (design, section 7), bounds, and a graceful end.
 */
import { constants } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { CodedError, type Disposable, formatEndpoint, type TlsPeer, tlsPeerOf } from '../runtime/index.ts';
import { discardBody, readBody } from './body.ts';
import { createHostCheck } from './host-check.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRefuse, parserFault, replyOnSocket } from './refusal.ts';
import { createSourceCount } from './source-count.ts';
import type {
  HttpHandler,
  HttpListener,
  HttpListenerOptions,
  HttpReply,
  HttpRequest,
  HttpTls,
  WebSocketHandler,
} from './types.ts';
import { createUpgrades, type Duplex, unmapped } from './websocket.ts';

type Socket = IncomingMessage['socket'];
/** Its certificate can be asked for. */
type TLSSocket = Parameters<typeof tlsPeerOf>[0];

/**
 * No renegotiation, which lets a peer make us work for nothing; no tickets, so that a session that began under old
 * authorities does not outlive them.
 */
function tlsOptions({ cert, key, clientCa, needsClientCertificate = false }: HttpTls) {
  return {
    minVersion: 'TLSv1.2' as const,
    handshakeTimeout: 10_000,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: needsClientCertificate }),
  };
}

const noBody = new Uint8Array(0);

/** @throws CodedError `port.taken` naming rpc.listen.port, `network.failed`. */
export async function createHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const { limits, counters, log } = options;
  const routes = new Map<string, HttpHandler>();
  const upgradeRoutes = new Map<string, WebSocketHandler>();
  const hostCheck = createHostCheck(options.address, options.hosts, options.origins);
  const rate = createRateLimit(options.clock, limits.perSecondPerSource);
  const refuse = createRefuse(options.refusal);
  const upgrades = createUpgrades(limits.bodyBytes);
  const sockets = new Set<Socket>();
  const perSource = limits.connectionsPerSource ?? Math.max(1, Math.floor(limits.connections / 4));
  const sources = createSourceCount(perSource);
  const requests = counters.counter('callbus_http_requests_total', 'HTTP requests, by status.');
  const refused = counters.counter('callbus_http_refused_total', 'HTTP requests refused by the listener, by reason.');
  let underWay = 0;
  /** WebSockets that their owner counts. */
  let elsewhere = 0;
  let closing: Promise<void> | null = null;
  counters.gauge('callbus_http_connections', 'Open HTTP and WebSocket connections.', () => sockets.size);

  const settings = {
    headersTimeout: limits.headersMs ?? 10_000,
    requestTimeout: limits.requestMs ?? 30_000,
    keepAliveTimeout: limits.keepAliveMs ?? 75_000,
    connectionsCheckingInterval: 2000,
    // Host is checked by `hostCheck`, which has better words for it.
    requireHostHeader: false,
    noDelay: true,
  };
  const tlsServer = options.tls === undefined ? null : createTlsServer({ ...settings, ...tlsOptions(options.tls) });
  const server: Server = tlsServer ?? createServer(settings);

  /** The checks before the body is read; null: the request may pass. */
  function check(request: IncomingMessage): HttpReply | null {
    const { headers } = request;
    if (countHosts(request.rawHeaders) > 1) {
      // RFC 9112, 3.2: a server MUST respond with 400 to a request with more than one Host line.
      return deny('host', new CodedError('rpc.invalidRequest', 'more than one Host header'), request);
    }
    if (!hostCheck.acceptsHost(headers.host, request.httpVersion, headers.origin, localOf(request.socket))) {
      if (headers.host === undefined)
        return deny('host', new CodedError('rpc.invalidRequest', 'the Host header is missing'), request);
      return deny('host', new CodedError('rpc.foreignHost', JSON.stringify(headers.host)), request);
    }
    if (!hostCheck.acceptsOrigin(headers.origin, headers.host))
      return deny('origin', new CodedError('rpc.foreignOrigin', JSON.stringify(headers.origin)), request);
    const waitSeconds = rate.take(sourceOf(request.socket));
    if (waitSeconds > 0) {
      const detail = `more than ${limits.perSecondPerSource} requests a second (rpc.limits.perSecondPerSource)`;
      return deny('rate', new CodedError('rpc.tooManyRequests', detail), request, retryAfter(429, waitSeconds));
    }
    if (underWay >= limits.concurrent) {
      const detail = `${limits.concurrent} requests are under way (rpc.limits.concurrent)`;
      return deny('concurrent', new CodedError('rpc.tooManyRequests', detail), request, retryAfter(503, 1));
    }
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      const detail = 'compressed bodies are not accepted';
      return deny('encoding', new CodedError('rpc.invalidRequest', detail), request, { status: 415 });
    }
    if (lengthOf(request) > limits.bodyBytes) return tooLarge(request);
    return null;
  }

  function deny(reason: string, error: CodedError, request: IncomingMessage, more = {}): HttpReply {
    refused.add(1, { reason });
    return refuse(error, request, more);
  }

  function tooLarge(request: IncomingMessage): HttpReply {
    const detail = `the body is over ${limits.bodyBytes} bytes (rpc.limits.bodyBytes)`;
    // What is left of the body is not read: the connection cannot go on.
    return deny('size', new CodedError('rpc.tooLarge', detail), request, { headers: { Connection: 'close' } });
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!sockets.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    const refusal = check(request);
    if (refusal !== null) {
      answerUnread(request, response, refusal);
      return;
    }
    if (request.method === 'OPTIONS' && request.headers.origin !== undefined) {
      answer(request, response, preflight);
      return;
    }
    const { path, query } = splitTarget(request.url ?? '/');
    const handler = find(request.method ?? '', path);
    if (handler === null) {
      answerUnread(request, response, notFound(request, path));
      return;
    }
    underWay++;
    response.once('close', () => underWay--);
    if (request.method === 'GET' || request.method === 'HEAD') {
      request.resume();
      void run(handler, request, response, { path, query, body: noBody });
      return;
    }
    readBody(request, limits.bodyBytes, (outcome) => {
      if (outcome.kind === 'tooLarge') answer(request, response, tooLarge(request));
      else if (outcome.kind === 'body') void run(handler, request, response, { path, query, body: outcome.body });
    });
  }

  function answerUnread(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
    // Nobody told this client to continue: its body does not come.
    const isWaiting = request.headers.expect !== undefined && lengthOf(request) > limits.bodyBytes;
    if (isWaiting) answer(request, response, reply);
    else discardBody(request, limits.bodyBytes, () => answer(request, response, reply));
  }

  function find(method: string, path: string): HttpHandler | null {
    const verb = method === 'HEAD' ? 'GET' : method;
    return routes.get(`${verb} ${path}`) ?? routes.get(`${verb} ${folderOf(path)}`) ?? routes.get(`${verb} *`) ?? null;
  }

  function notFound(request: IncomingMessage, path: string): HttpReply {
    const others = ['GET', 'POST'].filter((method) => find(method, path) !== null);
    const verb = request.method ?? '';
    if (verb !== 'GET' && verb !== 'HEAD' && others.length > 0) {
      const detail = `the HTTP method ${verb} is not served`;
      return refuse(new CodedError('rpc.invalidRequest', detail), request, {
        status: 405,
        headers: { Allow: others.join(', ') },
      });
    }
    return refuse(new CodedError('rpc.unknownMethod', `nothing is served at ${JSON.stringify(path)}`), request);
  }

  async function run(
    handler: HttpHandler,
    request: IncomingMessage,
    response: ServerResponse,
    parts: { path: string; query: string; body: Uint8Array },
  ): Promise<void> {
    try {
      // A handler that answers at once costs no turn of the microtask queue.
      const reply = handler(plainRequest(request, parts));
      answer(request, response, reply instanceof Promise ? await reply : reply);
    } catch (fault) {
      log.error('an HTTP handler failed', { path: parts.path, fault });
      answer(request, response, refuse(new CodedError('rpc.handlerFailed'), request));
    }
  }

  function answer(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
    requests.add(1, labelsOf(reply.status));
    if (response.headersSent || response.destroyed) return;
    const { body } = reply;
    const origin = request.headers.origin;
    const headers: Record<string, string | number> = { ...reply.headers };
    if (reply.status !== 204 && reply.status !== 304)
      headers['Content-Length'] = body === undefined ? 0 : Buffer.byteLength(body);
    if (closing !== null) headers['Connection'] = 'close';
    if (origin !== undefined && hostCheck.isConfiguredOrigin(origin)) {
      headers['Access-Control-Allow-Origin'] = origin;
      headers['Vary'] = 'Origin';
    }
    response.writeHead(reply.status, headers);
    if (body === undefined || request.method === 'HEAD') response.end();
    else response.end(body);
  }

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const refusal = check(request);
    if (refusal !== null) return replyOnSocket(socket, refusal);
    const { path, query } = splitTarget(request.url ?? '/');
    const handler = upgradeRoutes.get(path);
    if (handler === undefined) return replyOnSocket(socket, notFound(request, path));
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      const error = new CodedError('rpc.invalidRequest', 'only an upgrade to websocket is served');
      return replyOnSocket(socket, refuse(error, request));
    }
    const plain = plainRequest(request, { path, query, body: noBody });
    const denied = await handler.admit(plain);
    if (denied !== null) return replyOnSocket(socket, denied);
    if (handler.bounded === true && sockets.has(request.socket)) {
      const source = sourceOf(request.socket);
      elsewhere++;
      sources.add(source, -1);
      request.socket.once('close', () => {
        elsewhere--;
        sources.add(source, 1);
      });
    }
    await upgrades.accept(request, socket, head, handler, plain);
  }

  server.on('request', onRequest);
  // Without this listener node would send `100 Continue` before the size was checked.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (lengthOf(request) <= limits.bodyBytes) response.writeContinue();
    onRequest(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    onUpgrade(request, socket, head).catch((fault: unknown) => {
      log.error('an upgrade failed', { fault });
      socket.destroy();
    });
  });
  /** Why there is no place for a connection; null: there is one, and it takes it. */
  function place(socket: Socket, taken: number): string | null {
    const source = sourceOf(socket);
    if (taken - elsewhere >= limits.connections) {
      refused.add(1, { reason: 'connections' });
      return `${limits.connections} connections are open (rpc.limits.connections)`;
    }
    if (sources.isFull(source)) {
      refused.add(1, { reason: 'connectionsPerSource' });
      return `${perSource} connections of ${source} are open (rpc.limits.connectionsPerSource)`;
    }
    sources.add(source, 1);
    socket.once('close', () => sources.add(source, -1));
    return null;
  }

  // With TLS a connection counts from its first byte on, and one too many cannot be told in words.
  let open = 0;
  tlsServer?.prependListener('connection', (socket: Socket) => {
    if (place(socket, open) !== null) {
      socket.destroy();
      return;
    }
    open++;
    socket.once('close', () => open--);
  });
  server.on(tlsServer === null ? 'connection' : 'secureConnection', (socket: Socket) => {
    const refusal = tlsServer === null ? place(socket, sockets.size) : null;
    if (refusal !== null) {
      const error = new CodedError('rpc.tooManyRequests', refusal);
      replyOnSocket(socket, refuse(error, { headers: {} }, retryAfter(503, 1)));
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Node leaves a connection open whose handshake takes too long.
  tlsServer?.on('tlsClientError', (_fault, socket) => socket.destroy());
  server.on('clientError', (fault: NodeJS.ErrnoException, socket) => {
    refused.add(1, { reason: 'malformed' });
    const { error, status } = parserFault(fault.code);
    replyOnSocket(socket, refuse(error, { headers: {} }, { status }));
  });
  const preflight: HttpReply = {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': 'Content-Type, Authorization',
      'Access-Control-Max-Age': '600',
    },
  };

  const { address, port } = await listen(server, options.address, options.port);
  return {
    address,
    port,
    url: `${tlsServer === null ? 'http' : 'https'}://${formatEndpoint({ address, port })}`,
    renewTls: (tls) => tlsServer?.setSecureContext(tlsOptions(tls)),
    route: (method, path, handler) => register(routes, `${method} ${path}`, handler),
    upgrade: (path, handler) => register(upgradeRoutes, path, handler),
    close(graceMs) {
      closing ??= closeGently(server, sockets, upgrades.closeAll, upgrades.terminateAll, graceMs);
      return closing;
    },
  };
}

function register<T>(table: Map<string, T>, key: string, value: T): Disposable {
  if (table.has(key)) throw new CodedError('module.failed', `the HTTP route ${key} is registered twice`);
  table.set(key, value);
  return { dispose: () => void (table.get(key) === value && table.delete(key)) };
}

function listen(server: Server, address: string, port: number): Promise<{ address: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (fault: NodeJS.ErrnoException) => {
      const where = formatEndpoint({ address, port });
      reject(
        fault.code === 'EADDRINUSE'
          ? new CodedError('port.taken', `${where}; choose another with rpc.listen.port`, { cause: fault })
          : new CodedError('network.failed', `${where}: ${fault.message} (rpc.listen)`, { cause: fault }),
      );
    });
    server.listen({ host: address, port, backlog: 511 }, () => {
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') resolve({ address: bound.address, port: bound.port });
    });
  });
}

function closeGently(
  server: Server,
  sockets: ReadonlySet<Socket>,
  closeWebSockets: () => void,
  terminateWebSockets: () => void,
  graceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      terminateWebSockets();
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    closeWebSockets();
    server.closeIdleConnections();
  });
}

/** `rawHeaders`: name, value, name, value. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name !== undefined && name.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}

function plainRequest(request: IncomingMessage, parts: { path: string; query: string; body: Uint8Array }): HttpRequest {
  return {
    method: request.method ?? '',
    path: parts.path,
    query: parts.query,
    headers: request.headers,
    body: parts.body,
    source: sourceOf(request.socket),
    ...certificateOf(request.socket),
  };
}

const certificates = new WeakMap<Socket, { readonly certificate?: TlsPeer }>();

/** Of a connection on which the client was asked for one; read once. */
function certificateOf(socket: Socket): { readonly certificate?: TlsPeer } {
  if (!isTlsSocket(socket)) return noCertificate;
  let found = certificates.get(socket);
  if (found === undefined) {
    const certificate = tlsPeerOf(socket);
    found = certificate.fault === 'none' ? noCertificate : { certificate };
    certificates.set(socket, found);
  }
  return found;
}

const noCertificate = {};
const isTlsSocket = (socket: Socket): socket is TLSSocket => 'encrypted' in socket;

/** `/c/*` of `/c/4711`; `*` where there is no folder. */
function folderOf(path: string): string {
  const slash = path.indexOf('/', 1);
  return slash === -1 ? '*' : `${path.slice(0, slash)}/*`;
}

const lengthOf = (request: IncomingMessage): number => Number(request.headers['content-length'] ?? 0);
const sourceOf = (socket: Socket): string => unmapped(socket.remoteAddress);
const localOf = (socket: Socket): string => unmapped(socket.localAddress);

/** Path and query of a request target in origin or absolute form (RFC 9112, 3.2). */
function splitTarget(target: string): { path: string; query: string } {
  const origin = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '') || '/';
  const mark = origin.indexOf('?');
  return mark === -1 ? { path: origin, query: '' } : { path: origin.slice(0, mark), query: origin.slice(mark + 1) };
}

const retryAfter = (status: number, seconds: number) => ({ status, headers: { 'Retry-After': String(seconds) } });

const statusLabels = new Map<number, { readonly status: string }>();

function labelsOf(status: number): { readonly status: string } {
  let labels = statusLabels.get(status);
  if (labels === undefined) {
    labels = { status: String(status) };
    statusLabels.set(status, labels);
  }
  return labels;
}
