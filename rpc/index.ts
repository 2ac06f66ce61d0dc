/** All RPC faces of a server: XML-RPC and JSON-RPC over HTTP, WebSocket, netstrings; access; figures. */
import { type Bus, type Caller, type DiValue, openRpcDocument } from '../core/di/index.ts';
import type { HttpListener, HttpTls } from '../core/http/index.ts';
import { type Disposable, DisposableStack, formatEndpoint, packageFile, type Seams } from '../core/runtime/index.ts';
import type { Storage } from '../core/storage/index.ts';
import type { HttpFaceConfig } from './access-config.ts';
import { auditFunctions } from './audit-functions.ts';
import type { AuditLog } from './audit-log.ts';
import { type Authenticator, createAuthenticator } from './auth.ts';
import { checkRpcAccess, facesOf } from './check-access.ts';
import type { RpcConfig } from './config.ts';
import { createContextFactory } from './context.ts';
import { readTls, startHttpFace } from './http-listener.ts';
import { createInvoker, shadowedNames } from './invoker.ts';
import { createJsonDispatcher } from './jsonrpc/dispatch.ts';
import { jsonrpcFunctions } from './jsonrpc/jsonrpc-functions.ts';
import { startNetstring } from './jsonrpc/netstring.ts';
import { peerEvents } from './jsonrpc/peer-events.ts';
import { Peers } from './jsonrpc/peers.ts';
import type { SessionServices } from './jsonrpc/session.ts';
import { EventTexts } from './jsonrpc/subscriptions.ts';
import { createPolicy, localCaller, opensByDefault } from './listener-policy.ts';
import { createMetrics } from './metrics.ts';
import { createModuleLogins } from './module-logins.ts';
import { type PageListener, pageFunctions } from './page-functions.ts';
import { frontPage } from './pages.ts';
import { createSelfSignedStore, type SelfSigned } from './self-signed.ts';
import { tokenFunctions } from './token-functions.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { readWebPage } from './web-page.ts';
import { createXmlServer } from './xmlrpc/serve.ts';

export { type AuditLog, createAuditLog } from './audit-log.ts';
export { checkRpcAccess } from './check-access.ts';
export * from './config.ts';
export { jsonrpcFunctions } from './jsonrpc/jsonrpc-functions.ts';
export { peerEvents } from './jsonrpc/peer-events.ts';
export { hashPassword, verifyPassword } from './passwords.ts';
export { createRights } from './rights.ts';
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
  /** Default: those of `storage`. */
  readonly tokens?: Tokens;
  /** Where a self-signed certificate is kept; default: nowhere. */
  readonly storagePath?: string;
  /** Calls are refused for want of time: `/readyz` says so, with 200, for the calls that there are are served. */
  readonly overloaded?: () => boolean;
  /** What `audit.list` reads, and where logins go; default: there is none. */
  readonly audit?: AuditLog;
  /** Posts to an ordered queue of the call engine (a call by its tag, a script); false: no such queue. */
  readonly post?: (queue: string, name: string, data: DiValue) => boolean;
  /** False while starting or draining: `/readyz` answers 503. */
  readonly ready: () => boolean;
  /** Why no call can be taken, asked where `ready` says yes; empty: one can. */
  readonly health?: () => Promise<readonly { readonly part: string; readonly reason: string }[]>;
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
  /** The HTTP listener of `rpc.listen`, for further routes and upgrades. */
  readonly listener: HttpListener | null;
  /** Of the self-signed certificate that a listener uses: SHA-256, hex with colons; null when none does. */
  readonly selfSignedFingerprint: string | null;
  /** Those of `rpc.listeners`, in their order. */
  readonly listeners: readonly HttpListener[];
  readonly tokens: Tokens;
  /** One JSON-RPC text, as if it had come over HTTP; null: nothing to answer. */
  dispatchJson(text: string, options?: DispatchOptions): Promise<string | null>;
  /** One XML-RPC text. */
  dispatchXml(text: string, options?: DispatchOptions): Promise<string>;
  /** Reads the certificates of all faces again and tells which. @throws CodedError; the old ones stay in use. */
  reload(): Promise<readonly string[]>;
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
  const { storage } = options;
  const tokens =
    options.tokens ?? createTokens(storage.keyValue('tokens'), clock, random, storage.keyValue('tokenUses'));
  await checkRpcAccess(config, () => tokens.countUsable());
  const { audit = null } = options;
  const moduleLogins = createModuleLogins(bus);
  const auth = createAuthenticator({ config, tokens, moduleLogins, clock, random, counters, audit: audit?.record });
  const contextOf = createContextFactory({ clock, random, log, deadlineMs: limits.deadlineMs });
  const invoker = createInvoker(bus, config.directExport);
  for (const { name, modules } of shadowedNames(bus, config.directExport))
    log.info(`the bare method name ${name} is ${modules[0]}.${name}`, { modules });

  let url: string | null = null;
  const openRpc = (): unknown => openRpcDocument(bus, { ...info, ...(url === null ? {} : { url: `${url}/jsonrpc` }) });
  const json = createJsonDispatcher({ invoker, discover: openRpc, depth: limits.depth, batch: limits.batch });
  const xml = createXmlServer({ invoker, limits: { depth: limits.depth, values: maxXmlValues }, batch: limits.batch });
  const services = { dispatcher: json, bus, eventTexts: new EventTexts(), contextOf, clock, counters };

  const faces = facesOf(config);
  const webPage = await readWebPage(seams.files, packageFile('dist/web'), log);
  const undo = new DisposableStack();
  const listeners = new Map<string, HttpListener>();
  const selfSigned = createSelfSignedStore({ config, seams, folder: options.storagePath ?? null });
  const netstring = await startNetstringFace(options, auth, services, selfSigned);
  try {
    for (const [key, face] of httpFaces(config)) {
      listeners.set(
        key,
        await startHttpFace({
          key,
          face,
          config,
          seams,
          selfSigned,
          auth,
          services,
          faces: {
            json,
            xml,
            contextOf,
            ready,
            health: options.health ?? (async () => []),
            overloaded: options.overloaded ?? (() => false),
            metrics: createMetrics(counters),
            openRpc,
            webPage,
            frontPage: () =>
              frontPage({
                isBuilt: webPage !== null,
                version: info.version,
                url: url ?? '',
                netstring: netstring === null ? null : formatEndpoint(netstring.local),
                modules: bus.modules(),
              }),
            log,
          },
        }),
      );
    }
  } catch (fault) {
    netstring?.stop();
    for (const listener of listeners.values()) await listener.close(0);
    throw fault;
  }
  const listener = listeners.get('rpc.listen') ?? null;
  const further = [...listeners].flatMap(([key, each]) => (key === 'rpc.listen' ? [] : [each]));
  url = listener?.url ?? null;
  for (const each of further) log.info('a further listener', { url: each.url });
  undo.use(registerJsonRpc(options, { ...services, ...peerLogins(auth) }, () => netstring?.local.port ?? 0));
  undo.use(bus.register('tokens', tokenFunctions, { tokens, clock }));
  if (audit !== null) undo.use(bus.register('audit', auditFunctions, audit));
  const pages = webPage === null ? [] : pageListeners(httpFaces(config), listeners);
  undo.use(bus.register('pages', pageFunctions, { listeners: pages }));

  const renew = (key: string, tls: HttpTls): string => {
    const http = listeners.get(key);
    if (http === undefined) netstring?.renewTls(tls);
    else http.renewTls(tls);
    return `${http?.url ?? 'netstrings'} (${key})`;
  };
  const renewed = (own: HttpTls): void => {
    for (const { key, tls } of faces) if (tls === 'self-signed') renew(key, own);
  };
  undo.use(selfSigned.watch(renewed));

  return {
    http: url,
    selfSignedFingerprint: selfSigned.fingerprint,
    netstring: netstring === null ? null : formatEndpoint(netstring.local),
    listener,
    listeners: further,
    tokens,
    dispatchJson: async (text, { caller = localCaller, source = 'in-process' } = {}) =>
      json.handle(text, contextOf(caller, 'json-rpc', source)),
    dispatchXml: async (text, { caller = localCaller, source = 'in-process' } = {}) =>
      xml.handle(text, contextOf(caller, 'xml-rpc', source)),
    async reload() {
      const read: { readonly key: string; readonly tls: HttpTls }[] = [];
      for (const { key, tls } of faces) {
        const texts = tls === 'self-signed' ? await selfSigned.current() : await readTls(key, tls, seams);
        if (texts !== null) read.push({ key, tls: texts });
      }
      return read.map(({ key, tls }) => renew(key, tls));
    },
    async stop(graceMs = 1000) {
      undo.dispose();
      netstring?.stop();
      await Promise.all([...listeners.values()].map((each) => each.close(graceMs)));
    },
  };
}

/** On connections that we opened: what any listener accepts, without encryption. */
function peerLogins(auth: Authenticator): Pick<SessionServices, 'login' | 'isCurrent'> {
  const access = { credentials: ['bearer' as const, 'basic' as const], scopes: ['admin'], modules: ['*'] };
  const policy = createPolicy({ access, address: '', openByDefault: false });
  return {
    login: (credentials, source) => auth.login(credentials, { source, face: 'netstring', isEncrypted: false, policy }),
    isCurrent: (caller) => auth.isCurrent(caller, policy),
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

/** Can the certificates of the faces be used? @throws CodedError `config.invalid`, `tls.credentials`. */
export async function checkRpcTls(config: RpcConfig, seams: Pick<Seams, 'files' | 'network'>): Promise<void> {
  for (const { key, tls } of facesOf(config)) if (tls !== 'self-signed') await readTls(key, tls, seams);
}

/** Where the page is served, with the ports that were bound. */
function pageListeners(
  faces: readonly [string, HttpFaceConfig][],
  bound: ReadonlyMap<string, HttpListener>,
): PageListener[] {
  return faces.flatMap(([key, { address, tls }]) => {
    const port = bound.get(key)?.port;
    return port === undefined ? [] : [{ address, port, isTls: tls !== undefined }];
  });
}

/** Those that are switched on, by their key. */
function httpFaces({ listen, listeners }: RpcConfig): [string, HttpFaceConfig & { port: number }][] {
  const all = [['rpc.listen', listen] as const, ...listeners.map((face, i) => [`rpc.listeners.${i}`, face] as const)];
  return all.flatMap(([key, face]): [string, HttpFaceConfig & { port: number }][] =>
    face === null || face.port === null ? [] : [[key, { ...face, port: face.port }]],
  );
}

async function startNetstringFace(
  { config, seams }: RpcOptions,
  auth: Authenticator,
  services: Omit<SessionServices, 'login' | 'isCurrent'>,
  selfSigned: SelfSigned,
) {
  if (config.netstring === null || config.netstring.port === null) return null;
  const { address, port, access } = config.netstring;
  const given = config.netstring.tls;
  const tls = given === 'self-signed' ? await selfSigned.current() : await readTls('rpc.netstring', given, seams);
  const policy = createPolicy({ access, address, openByDefault: opensByDefault(config) });
  const originOf = (source: string) => ({ source, face: 'netstring', isEncrypted: tls !== null, policy });
  return startNetstring({
    network: seams.network,
    clock: seams.clock,
    counters: seams.counters,
    services: {
      ...services,
      login: (credentials, source) => auth.login(credentials, originOf(source)),
      isCurrent: (caller) => auth.isCurrent(caller, policy),
    },
    address,
    port,
    tls,
    callerOf: (certificate) => auth.callerWithoutLogin(originOf(''), certificate),
    maxPayloadBytes: config.limits.bodyBytes,
    maxConnections: config.limits.connections,
    maxPerSource: config.limits.connectionsPerSource ?? Math.max(1, Math.floor(config.limits.connections / 4)),
  });
}
