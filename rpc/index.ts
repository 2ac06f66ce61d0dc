/** All RPC faces of a server: XML-RPC and JSON-RPC over HTTP, WebSocket, netstrings; access; figures. */
import { type Bus, type Caller, type DiValue, openRpcDocument } from '../core/di/index.ts';
import { createHttpListener, type HttpListener, type HttpTls } from '../core/http/index.ts';
import {
  asCodedError,
  CodedError,
  type Disposable,
  DisposableStack,
  formatEndpoint,
  type Seams,
} from '../core/runtime/index.ts';
import type { Storage } from '../core/storage/index.ts';
import { checkAccess, createAuthenticator, isLoopback, isOpenListener, localCaller } from './auth.ts';
import type { RpcConfig } from './config.ts';
import { createContextFactory } from './context.ts';
import { refusalBody, refuse, serveHttp } from './http-faces.ts';
import { createInvoker, shadowedNames } from './invoker.ts';
import { createJsonDispatcher } from './jsonrpc/dispatch.ts';
import { jsonrpcFunctions } from './jsonrpc/jsonrpc-functions.ts';
import { startNetstring } from './jsonrpc/netstring.ts';
import { peerEvents } from './jsonrpc/peer-events.ts';
import { Peers } from './jsonrpc/peers.ts';
import type { SessionServices } from './jsonrpc/session.ts';
import { createWebSocketFace } from './jsonrpc/websocket.ts';
import { createMetrics } from './metrics.ts';
import { frontPage } from './pages.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createXmlServer } from './xmlrpc/serve.ts';

export * from './config.ts';
export { jsonrpcFunctions } from './jsonrpc/jsonrpc-functions.ts';
export { peerEvents } from './jsonrpc/peer-events.ts';
export { hashPassword, verifyPassword } from './passwords.ts';
export { createTokens, type TokenInfo, type Tokens } from './tokens.ts';
export { createXmlRpcClient, startXmlRpcClient, type XmlRpcClient } from './xmlrpc/client.ts';
export { type XmlRpcClientConfig, XmlRpcClientConfigSchema } from './xmlrpc/client-config.ts';
export { xmlrpc2diFunctions } from './xmlrpc/xmlrpc2di.ts';

export interface RpcOptions {
  readonly bus: Bus;
  readonly seams: Seams;
  readonly config: RpcConfig;
  /** For tokens. */
  readonly storage: Storage;
  /** Calls are refused for want of time: `/readyz` says so, with 200, for the calls that there are are served. */
  readonly overloaded?: () => boolean;
  /** Posts to an ordered queue of the call engine (a call by its tag, a script); false: no such queue. */
  readonly post?: (queue: string, name: string, data: DiValue) => boolean;
  /** False while starting or draining: `/readyz` answers 503. */
  readonly ready: () => boolean;
  readonly info: { readonly title: string; readonly version: string };
}

/** Who a dispatched text comes from; default: as an open loopback listener's client. */
export interface DispatchOptions {
  readonly caller?: Caller;
  readonly source?: string;
}

export interface Rpc {
  /** `http://address:port`, or null when switched off. */
  readonly http: string | null;
  /** `address:port`, or null when switched off. */
  readonly netstring: string | null;
  /** The HTTP listener, for further routes and upgrades. */
  readonly listener: HttpListener | null;
  readonly tokens: Tokens;
  /** One JSON-RPC text, as if it had come over HTTP; null: nothing to answer. */
  dispatchJson(text: string, options?: DispatchOptions): Promise<string | null>;
  /** One XML-RPC text. */
  dispatchXml(text: string, options?: DispatchOptions): Promise<string>;
  /** Reads the certificate of `rpc.listen.tls` again. @throws CodedError; the old one stays in use. */
  reload(): Promise<void>;
  /** Ends all faces; requests under way have `graceMs` (default 1000). Idempotent. */
  stop(graceMs?: number): Promise<void>;
}

/** Values in one XML-RPC request. */
const maxXmlValues = 100_000;

/**
 * Starts the faces that the configuration asks for.
 * @throws CodedError `config.invalid` (no credentials off loopback, a bad hash or scope), `port.taken`,
 * `network.failed`, `storage.failed`.
 */
export async function startRpc(options: RpcOptions): Promise<Rpc> {
  const { bus, seams, config, ready, info } = options;
  const { clock, random, counters } = seams;
  const { limits } = config;
  const log = seams.log.child({ part: 'rpc' });
  const tokens = createTokens(options.storage.keyValue('tokens'), clock, random);
  await checkRpcAccess(config, async () => (await tokens.list()).length);
  const auth = createAuthenticator({ config, tokens, clock, random, counters });
  const contextOf = createContextFactory({ clock, random, log, deadlineMs: limits.deadlineMs });
  const invoker = createInvoker(bus, config.directExport);
  for (const { name, modules } of shadowedNames(bus, config.directExport))
    log.info(`the bare method name ${name} is ${modules[0]}.${name}`, { modules });

  let url: string | null = null;
  const openRpc = (): unknown => openRpcDocument(bus, { ...info, ...(url === null ? {} : { url: `${url}/jsonrpc` }) });
  const json = createJsonDispatcher({ invoker, discover: openRpc, depth: limits.depth, batch: limits.batch });
  const xml = createXmlServer({ invoker, limits: { depth: limits.depth, values: maxXmlValues }, batch: limits.batch });
  const services: SessionServices = { dispatcher: json, bus, contextOf, login: auth.login, counters };

  const netstring = await startNetstringFace(options, services);
  const listener = await startListener(options).catch((fault: unknown) => {
    netstring?.stop();
    throw fault;
  });
  const jsonrpc = registerJsonRpc(options, services, () => netstring?.local.port ?? 0);
  const isEncrypted = config.listen?.tls !== undefined;
  if (listener !== null) {
    url = listener.url;
    const isOpen = isOpenListener(config, listener.address);
    const callerOf = (request: {
      headers: { readonly [name: string]: unknown };
      source: string;
    }): Caller | Promise<Caller> => {
      const header = request.headers['authorization'];
      return auth.authenticate(typeof header === 'string' ? header : undefined, request.source, isOpen, isEncrypted);
    };
    serveHttp(listener, {
      json,
      xml,
      contextOf,
      callerOf,
      ready,
      overloaded: options.overloaded ?? (() => false),
      metrics: createMetrics(counters),
      openRpc,
      frontPage: () =>
        frontPage({
          version: info.version,
          url: listener.url,
          netstring: netstring === null ? null : formatEndpoint(netstring.local),
          modules: bus.modules(),
        }),
      log,
    });
    listener.upgrade(
      '/ws',
      createWebSocketFace({
        services: { ...services, login: (credentials, source) => auth.login(credentials, source, isEncrypted) },
        clock,
        // Browsers cannot send the header: they log in by their first message.
        callerOf: async (request) =>
          request.headers['authorization'] === undefined && !isOpen ? null : await callerOf(request),
        refuse: (fault, request) => refuse(fault, request.headers),
      }),
    );
  }

  return {
    http: url,
    netstring: netstring === null ? null : formatEndpoint(netstring.local),
    listener,
    tokens,
    dispatchJson: (text, { caller = localCaller, source = 'in-process' } = {}) =>
      json.handle(text, contextOf(caller, 'json-rpc', source)),
    dispatchXml: (text, { caller = localCaller, source = 'in-process' } = {}) =>
      xml.handle(text, contextOf(caller, 'xml-rpc', source)),
    async reload() {
      const tls = await readTls(options);
      if (tls !== null) listener?.renewTls(tls);
    },
    async stop(graceMs = 1000) {
      jsonrpc.dispose();
      netstring?.stop();
      await listener?.close(graceMs);
    },
  };
}

/** The functions of `jsonrpc`, its events, and the connections to the configured peers. */
function registerJsonRpc(
  { bus, seams, config, post }: RpcOptions,
  session: SessionServices,
  serverPort: () => number,
): Disposable {
  const { counters, log } = seams;
  const registrations = new DisposableStack();
  let isOver = false;
  for (const [name, declaration] of Object.entries(peerEvents)) registrations.use(bus.declareEvent(name, declaration));
  const peers = new Peers({
    ...seams,
    log: log.child({ part: 'jsonrpc' }),
    peers: config.peers,
    services: {
      session,
      tell(name, payload) {
        if (isOver) return false;
        bus.publishDeclared(name, payload);
        return post?.(payload.queue, name, payload) ?? false;
      },
      unusual: counters.counter('callbus_jsonrpc_peer_unusual_total', 'Odd messages of JSON-RPC peers, by reason.'),
      maxPayloadBytes: config.limits.bodyBytes,
      maxDepth: config.limits.depth,
    },
  });
  counters.gauge('callbus_jsonrpc_peers', 'Connections opened to JSON-RPC peers.', () => peers.list().length);
  registrations.defer(() => {
    isOver = true;
    peers.stop();
  });
  registrations.use(bus.register('jsonrpc', jsonrpcFunctions, { peers, dispatcher: session.dispatcher, serverPort }));
  return registrations;
}

/**
 * Refuses a face that others could reach without credentials, bad hashes and bad scopes. Tokens are counted only
 * where they decide: reading them opens the storage. @throws CodedError `config.invalid`.
 */
export async function checkRpcAccess(config: RpcConfig, countTokens: () => Promise<number>): Promise<void> {
  checkAccess(config, needsTokens(config) ? await countTokens() : 0);
}

function needsTokens(config: RpcConfig): boolean {
  const addresses = [config.listen?.address, config.netstring?.address];
  return config.users.length === 0 && addresses.some((address) => address !== undefined && !isLoopback(address));
}

/** Can the certificate of `rpc.listen.tls` be used? @throws CodedError `config.invalid`, `tls.credentials`. */
export async function checkRpcTls(config: RpcConfig, seams: Pick<Seams, 'files' | 'network'>): Promise<void> {
  await readTls({ config, seams });
}

/** The texts of `rpc.listen.tls`, null without. @throws CodedError `config.invalid`, `tls.credentials`. */
async function readTls({
  config,
  seams,
}: {
  readonly config: RpcConfig;
  readonly seams: Pick<Seams, 'files' | 'network'>;
}): Promise<HttpTls | null> {
  const files = config.listen?.tls;
  if (files === undefined) return null;
  const read = async (key: 'cert' | 'key'): Promise<string> => {
    try {
      return Buffer.from(await seams.files.read(files[key], { limitBytes: 1_000_000 })).toString('latin1');
    } catch (fault) {
      throw new CodedError('config.invalid', `rpc.listen.tls.${key}: ${files[key]} cannot be read`, { cause: fault });
    }
  };
  // One after the other: of two that cannot be read the first is told.
  const cert = await read('cert');
  const key = await read('key');
  try {
    seams.network.checkTls({ certificate: cert, key, authorities: null });
  } catch (fault) {
    throw new CodedError('tls.credentials', `rpc.listen.tls: ${asCodedError(fault).detail}`, { cause: fault });
  }
  return { cert, key };
}

async function startListener({ config, seams }: RpcOptions): Promise<HttpListener | null> {
  if (config.listen === null || config.listen.port === null) return null;
  const tls = await readTls({ config, seams });
  return createHttpListener({
    ...(tls === null ? {} : { tls }),
    address: config.listen.address,
    port: config.listen.port,
    hosts: config.hosts,
    origins: config.origins,
    limits: config.limits,
    log: seams.log.child({ part: 'http' }),
    counters: seams.counters,
    clock: seams.clock,
    refusal: refusalBody,
  });
}

async function startNetstringFace({ config, seams }: RpcOptions, services: SessionServices) {
  if (config.netstring === null || config.netstring.port === null) return null;
  const { address, port } = config.netstring;
  return startNetstring({
    network: seams.network,
    clock: seams.clock,
    counters: seams.counters,
    services,
    address,
    port,
    caller: isOpenListener(config, address) ? localCaller : null,
    maxPayloadBytes: config.limits.bodyBytes,
    maxConnections: config.limits.connections,
    maxPerSource: config.limits.connectionsPerSource ?? Math.max(1, Math.floor(config.limits.connections / 4)),
  });
}
