/**
 * The composition root: the only file that imports everything. It joins the configuration schema,
 * lists the modules, and starts, drains and stops the server in order.
 */
import { resolve } from 'node:path';
import { announcement } from '../di-modules/announcement/index.ts';
import { b2bua } from '../di-modules/b2bua/index.ts';
import { billing } from '../di-modules/billing/index.ts';
import { callgen } from '../di-modules/callgen/index.ts';
import { ccAcc } from '../di-modules/cc_acc/index.ts';
import { ccAccXmlrpc } from '../di-modules/cc_acc_xmlrpc/index.ts';
import { clickToDial } from '../di-modules/click_to_dial/index.ts';
import { click2dial } from '../di-modules/click2dial/index.ts';
import { conference } from '../di-modules/conference/index.ts';
import { dbRegAgent } from '../di-modules/db_reg_agent/index.ts';
import { diDial } from '../di-modules/di_dial/index.ts';
import { diLog } from '../di-modules/di_log/index.ts';
import { dsm } from '../di-modules/dsm/index.ts';
import { echo } from '../di-modules/echo/index.ts';
import { monitoring } from '../di-modules/monitoring/index.ts';
import { msgStorage } from '../di-modules/msg_storage/index.ts';
import { mwi } from '../di-modules/mwi/index.ts';
import { phone } from '../di-modules/phone/index.ts';
import { regAgent } from '../di-modules/reg_agent/index.ts';
import { registrarClient } from '../di-modules/registrar_client/index.ts';
import { sessionTimer } from '../di-modules/session_timer/index.ts';
import { stats } from '../di-modules/stats/index.ts';
import { uacAuth } from '../di-modules/uac_auth/index.ts';
import { webconference } from '../di-modules/webconference/index.ts';
import { webhooks } from '../di-modules/webhooks/index.ts';
import {
  checkRpcAccess,
  checkRpcTls,
  createAuditLog,
  createRights,
  createTokens,
  type Rpc,
  type RpcConfig,
  RpcConfigSchema,
  startRpc,
  startXmlRpcClient,
  type Tokens,
  XmlRpcClientConfigSchema,
  xmlrpc2diFunctions,
} from '../rpc/index.ts';
import {
  type CallEngine,
  type CallsConfig,
  CallsConfigSchema,
  checkCallConfig,
  createCallEngine,
  type DialConfig,
  DialConfigSchema,
  type RoutingConfig,
  RoutingConfigSchema,
  registerCallControl,
  registerLog,
  registerTrace,
} from './call/index.ts';
import { joinSchema, loadConfig, pluginsOf, withPlace } from './config/index.ts';
import { DrainSchema, defaultModules, type LogConfig, LogConfigSchema, PluginsSchema } from './config.ts';
import { type Bus, createBus } from './di/index.ts';
import { openEventStore } from './event-store.ts';
import { createHealth } from './health.ts';
import {
  createHttpClient,
  createOutgoingGuard,
  type HttpWire,
  type OutgoingConfig,
  OutgoingConfigSchema,
} from './http/index.ts';
import {
  createMediaPool,
  type MediaConfig,
  MediaConfigSchema,
  type MediaPool,
  ourCodecs,
  ourFormats,
} from './media/index.ts';
import { defineModule, type ModuleDefinition } from './module.ts';
import { ModuleHost } from './module-host.ts';
import { plannedModules, plannedSections } from './planned.ts';
import { importPlugins, pluginPath, readConfigText } from './plugins.ts';
import {
  asCodedError,
  CodedError,
  createLogTap,
  type LogControl,
  packageVersion,
  type Seams,
  type TSchema,
  Type,
} from './runtime/index.ts';
import { registerServer } from './server-functions.ts';
import {
  type BoundListener,
  checkSipConfig,
  createSipStack,
  type ReloadReport,
  type SipConfig,
  SipConfigSchema,
  type SipStack,
} from './sip/index.ts';
import { sipWebSocket } from './sip-web-socket.ts';
import { openSqliteStorage, type Storage, type StorageConfig, StorageConfigSchema } from './storage/index.ts';

export interface ServerConfig {
  readonly sip: SipConfig;
  readonly media: MediaConfig;
  readonly rpc: RpcConfig;
  readonly calls: CallsConfig;
  readonly dial: DialConfig;
  readonly routing: RoutingConfig;
  readonly outgoing: OutgoingConfig;
  readonly storage: StorageConfig;
  readonly log: LogConfig;
  readonly drainMs: number;
  /** Absolute paths, or names of packages. */
  readonly plugins: readonly string[];
  /** What is listed is loaded. */
  readonly modules: { readonly [name: string]: unknown };
}

/** Modules that the configuration may list. */
export const knownModules: readonly ModuleDefinition[] = [
  echo,
  announcement,
  conference,
  webconference,
  monitoring,
  diDial,
  b2bua,
  phone,
  stats,
  diLog,
  billing,
  callgen,
  ccAcc,
  ccAccXmlrpc,
  click2dial,
  clickToDial,
  registrarClient,
  regAgent,
  dbRegAgent,
  sessionTimer,
  uacAuth,
  msgStorage,
  mwi,
  dsm,
  webhooks,
  defineModule({
    name: 'xmlrpc2di',
    summary: 'XML-RPC client: calls functions of other servers.',
    config: XmlRpcClientConfigSchema,
    functions: xmlrpc2diFunctions,
    start: (context) => startXmlRpcClient(context.config, context),
  }),
  defineModule({
    name: 'jsonrpc',
    summary: 'Always there, listed or not: its port is rpc.netstring, its peers are rpc.peers.',
    config: Type.Object({}, { additionalProperties: false, default: {} }),
    start: () => null,
  }),
];

/** The one schema of the whole configuration, with all defaults; `plugins` as in the configuration. */
export async function serverSchema(plugins: readonly string[] = []): Promise<TSchema> {
  return schemaOf([...knownModules, ...(await importPlugins(plugins))]);
}

function schemaOf(modules: readonly ModuleDefinition[]): TSchema {
  return joinSchema({
    fragments: {
      sip: SipConfigSchema,
      media: MediaConfigSchema,
      rpc: RpcConfigSchema,
      calls: CallsConfigSchema,
      dial: DialConfigSchema,
      routing: RoutingConfigSchema,
      outgoing: OutgoingConfigSchema,
      storage: StorageConfigSchema,
      log: LogConfigSchema,
      drainMs: DrainSchema,
      plugins: PluginsSchema,
    },
    modules: Object.fromEntries(modules.map(({ name, config }) => [name, config])),
    defaultModules,
    planned: { sections: plannedSections, modules: plannedModules },
  });
}

/**
 * Reads, checks and completes the configuration: defaults, file, environment.
 * @throws CodedError `config.invalid`, `config.notBuilt`, `file.missing`, naming file, line and key.
 */
export async function loadServerConfig(source: {
  readonly file?: string | undefined;
  /** The text of `file`, where it does not come from the disk. */
  readonly text?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Further modules that `modules:` may list. */
  readonly modules?: readonly ModuleDefinition[];
}): Promise<ServerConfig> {
  const { file, environment = {} } = source;
  const text = source.text ?? (file === undefined ? '' : await readConfigText(file));
  const plugins = pluginsOf(text, environment).map((plugin) => pluginPath(plugin, file));
  const schema = schemaOf([...knownModules, ...(await importPlugins(plugins)), ...(source.modules ?? [])]);
  return { ...loadConfig<ServerConfig>({ schema, text, file: file ?? 'defaults', environment }), plugins };
}

/** A fault of the configuration that names a key, with the place of that key in `file`. */
export async function placedFault(fault: unknown, file: string | undefined): Promise<CodedError> {
  const error = asCodedError(fault, 'config.invalid');
  if (file === undefined || !(error.code === 'config.invalid' || error.code === 'tls.credentials')) return error;
  const text = await readConfigText(file).catch(() => '');
  const detail = error.detail.replaceAll('<file>', file);
  return new CodedError(error.code, withPlace(detail, file, text), { cause: fault });
}

/**
 * What the schema alone cannot tell: certificates, rules, password hashes, scopes, and credentials where others can
 * reach a face. Opens no port.
 * @throws CodedError `config.invalid`, `tls.credentials`, `storage.failed`.
 */
export async function checkServerConfig(config: ServerConfig, seams: Seams): Promise<void> {
  await checkSipConfig(config.sip, seams);
  checkCallConfig(config);
  createOutgoingGuard(config.outgoing);
  await checkRpcTls(config.rpc, seams);
  await checkRpcAccess(config.rpc, async () => {
    const { tokens, close } = openTokens(config, seams);
    try {
      return await tokens.countUsable();
    } finally {
      await close();
    }
  });
}

/** The token store of a configuration, for `callbus token`. */
export function openTokens(config: ServerConfig, seams: Seams): OpenTokens {
  const storage = openSqliteStorage({ path: config.storage.path, threads: seams.threads });
  const { clock, counters } = seams;
  return {
    tokens: createTokens(storage.keyValue('tokens'), clock, seams.random, storage.keyValue('tokenUses')),
    async audit(what, name) {
      const log = storage.appendLog('audit');
      const audit = createAuditLog({ log, clock, counters, logger: seams.log, keep: config.rpc.audit.keep });
      const place = { caller: 'command-line', credential: '', source: 'in-process', face: 'cli', trace: '' };
      audit.record({ ...place, atUnixMs: clock.unixMs(), what, arguments: `name='${name}'`, outcome: 'ok' });
      await audit.close();
    },
    close: () => storage.close(),
  };
}

export interface OpenTokens {
  readonly tokens: Tokens;
  /** Puts what was done to a token into the audit log. */
  audit(what: string, name: string): Promise<void>;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly seams: Seams;
  readonly logControl: LogControl;
  /** Validated, with defaults (see `loadConfig`). */
  readonly config: ServerConfig;
  /** Reads it again, for `routing.reload`; default: there is nothing to read. */
  readonly readConfig?: () => Promise<ServerConfig>;
  /** Further modules that `config.modules` may list. */
  readonly modules?: readonly ModuleDefinition[];
  /** Default: SQLite in `config.storage.path`. */
  readonly storage?: Storage;
  /** Default: real connections to other web servers. */
  readonly web?: HttpWire;
}

/** What the line `callbus ready {…}` carries. */
export interface ReadyReport {
  readonly sip: readonly BoundListener[];
  readonly http: string | null;
  readonly netstring: string | null;
  readonly modules: readonly string[];
}

export interface RunningServer {
  readonly ready: ReadyReport;
  readonly bus: Bus;
  readonly calls: CallEngine;
  readonly media: MediaPool;
  readonly sip: SipStack;
  readonly rpc: Rpc;
  readonly modules: ModuleHost;
  readonly storage: Storage;
  /** Reads certificates again (SIP and HTTP); what is broken leaves the old in use and is told. */
  reload(): Promise<ReloadReport>;
  /** Refuses new calls, waits for the others at most `drainMs`, ends the rest, stops. Idempotent. */
  drain(drainMs?: number): Promise<void>;
  /** Ends everything at once. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a server; either everything runs or everything is undone.
 * @throws CodedError `port.taken`, `config.*`, `module.failed`, …
 */
export async function startServer({ logControl, config, ...options }: ServerOptions): Promise<RunningServer> {
  const logTap = createLogTap(options.seams.log, logControl);
  const seams = { ...options.seams, log: logTap.log };
  const { clock, random, log, counters } = seams;
  const undo: (() => unknown)[] = [];
  let phase: 'starting' | 'ready' | 'draining' | 'stopped' = 'starting';
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    phase = 'stopped';
    stopping ??= undoAll(undo, seams);
    return stopping;
  };

  try {
    const storage = options.storage ?? openSqliteStorage({ path: config.storage.path, threads: seams.threads });
    undo.push(() => storage.close());
    const auditLog = createAuditLog({
      log: storage.appendLog('audit'),
      clock,
      counters,
      logger: log,
      keep: config.rpc.audit.keep,
    });
    undo.push(() => auditLog.close());
    const tokens = createTokens(storage.keyValue('tokens'), clock, random, storage.keyValue('tokenUses'));
    const rightsNow = createRights(config.rpc, tokens);
    const bus = createBus({ clock, log, counters, random, audit: auditLog.record, rightsNow });
    await bus.eventLog.open(openEventStore(storage), config.rpc.events);
    undo.push(() => bus.eventLog.close());

    const plugins = await importPlugins(config.plugins);
    const modules = listedModules([...knownModules, ...plugins, ...(options.modules ?? [])], config);
    const media = await createMediaPool({ ...seams, log: log.child({ part: 'media' }) }, config.media, {
      codecs: [ourCodecs, ...modules.flatMap((module) => module.codecs ?? [])],
      formats: [ourFormats, ...modules.flatMap((module) => module.formats ?? [])],
    });
    undo.push(() => media.stop());

    const sip = await createSipStack(seams, config.sip).catch(namingSipListen);
    undo.push(() => sip.close());
    sip.overload.onChange = ({ active, lagMs, busyFraction, shed }) =>
      bus.publish('server.overload', { state: active ? 'begin' : 'end', lagMs, busyFraction, shed });
    const calls = createCallEngine({ seams, sip, media, bus, config, logControl });

    const dataPath = resolve(config.storage.path);
    await registerCallControl(calls, {
      bus,
      keyValue: (name) => storage.keyValue(name),
      readConfig: options.readConfig ?? null,
      dataPath,
    });
    const { files } = seams;
    const traces = registerTrace(bus, { trace: sip.trace, files, counters, directory: resolve(dataPath, 'traces') });
    undo.push(() => traces.stop());

    const stories = registerLog(bus, {
      clock,
      tap: logTap,
      control: logControl,
      bounds: config.log.stories,
      isLive: (tag) => calls.find(tag) !== null,
    });
    undo.push(() => stories.dispose());

    const http = createHttpClient({
      clock,
      counters,
      log: log.child({ part: 'http-client' }),
      dns: seams.dns,
      config: config.outgoing,
      ...(options.web === undefined ? {} : { wire: options.web }),
    });
    undo.push(() => http.close());
    const host = new ModuleHost({ seams, bus, calls, media, storage, dataPath, http, logTap });
    await host.start(modules, new Map(Object.entries(config.modules)));
    undo.push(() => host.stop());

    const version = packageVersion();
    const server = registerServer({ clock, bus, calls, media, sip, version, modules: () => host.summaries });
    undo.push(() => server.dispose());

    const rpc = await startRpc({
      bus,
      seams,
      config: config.rpc,
      storage,
      tokens,
      storagePath: config.storage.path,
      audit: auditLog,
      ready: () => phase === 'ready',
      health: createHealth({ clock, storage, media, phase: () => phase, refusesCalls: () => calls.shutdownMode }),
      overloaded: () => sip.overload.state.active,
      post: (queue, name, data) => calls.mailboxes.post(queue, { kind: 'posted', name, data }),
      info: { title: 'Callbus', version },
    });
    undo.push(() => rpc.stop());
    if (config.sip.webSocket.enabled) rpc.listener?.upgrade('/sip', sipWebSocket(sip, media));
    undo.push(() => calls.drain(0));

    sip.open();
    phase = 'ready';
    return {
      ready: { sip: sip.listeners, http: rpc.http, netstring: rpc.netstring, modules: host.names },
      bus,
      calls,
      media,
      sip,
      rpc,
      modules: host,
      storage,
      stop,
      async reload() {
        const { renewed, faults } = await sip.reload();
        try {
          return { renewed: [...renewed, ...(await rpc.reload())], faults };
        } catch (fault) {
          const told = `${asCodedError(fault).message} (the old certificate stays in use)`;
          return { renewed, faults: [...faults, told] };
        }
      },
      async drain(drainMs = config.drainMs) {
        if (phase === 'ready') {
          phase = 'draining';
          calls.shutdownMode = true;
          bus.publish('server.draining', { calls: calls.calls().length, drainMs });
          await calls.drain(drainMs);
        }
        await stop();
      },
    };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

function namingSipListen(fault: unknown): never {
  const error = asCodedError(fault, 'network.failed');
  if (error.code !== 'port.taken') throw error;
  throw new CodedError('port.taken', `${error.detail}; choose another in sip.listen`, { cause: fault });
}

/** The listed modules, in the order of the list. */
function listedModules(known: readonly ModuleDefinition[], config: ServerConfig): ModuleDefinition[] {
  return Object.keys(config.modules).flatMap((name) => known.filter((module) => module.name === name).slice(0, 1));
}

async function undoAll(undo: (() => unknown)[], { log }: Seams): Promise<void> {
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    try {
      await step();
    } catch (fault) {
      log.error('a part failed to stop', { fault: String(fault) });
    }
  }
}

export { hashPassword, type TokenInfo, type Tokens } from '../rpc/index.ts';
