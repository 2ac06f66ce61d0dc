/**
 * A whole server and its callers in one process and in simulated time:
 *
 *   const { phone, advance, stop } = await world();
 *   await phone.call('conference');
 *   phone.says(tone(440));
 *
 * Same seed, same test: the same run, to the byte.
 */
import type { CallContext, DiArguments, DiValue, PublishedEvent } from '../../core/di/index.ts';
import { SimWeb } from '../../core/http/index.ts';
import { loadServerConfig, type RunningServer, type ServerConfig, startServer } from '../../core/main.ts';
import type { ModuleDefinition } from '../../core/module.ts';
import {
  createSimulation,
  type Impairments,
  type Log,
  type LogControl,
  type LogFields,
  MemoryFiles,
  realFiles,
  type Seams,
  type SimClock,
  type SimHost,
  type SimInternet,
} from '../../core/runtime/index.ts';
import { memoryStorage, type Storage } from '../../core/storage/index.ts';
import { Driver } from './driver.ts';
import { audioHash, eventHash, type Fingerprint } from './hashes.ts';
import { Journal } from './journal.ts';
import { outsideFiles } from './outside-files.ts';
import { Phone, type PhoneOptions } from './phone.ts';

/** Addresses of the simulated internet. */
export const serverAddress = '10.0.0.1';
const firstPhoneAddress = '10.0.1.';

export interface WorldOptions {
  /** Default 1. */
  readonly seed?: number | string;
  /** Parts of the configuration that differ from the defaults of a world (as in the YAML file). */
  readonly config?: { readonly [key: string]: unknown };
  /** Further modules; what `config.modules` lists is loaded. */
  readonly modules?: readonly ModuleDefinition[];
  /** Files that the server finds, by absolute path. */
  readonly files?: { readonly [path: string]: Uint8Array };
  /** Default: in memory. */
  readonly storage?: Storage;
  /** Of all links. Default: 5 ms one way, nothing lost. */
  readonly impairments?: Partial<Impairments>;
  /** The first phone; null: none. */
  readonly phone?: Partial<PhoneOptions> | null;
  /** Write a journal from the start. */
  readonly journal?: boolean;
  /** Fingerprint events and media from the start (costs a microsecond a packet). */
  readonly hashes?: boolean;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export interface World {
  readonly server: RunningServer;
  readonly config: ServerConfig;
  readonly clock: SimClock;
  readonly internet: SimInternet;
  readonly driver: Driver;
  readonly seams: Seams;
  readonly host: SimHost;
  readonly files: MemoryFiles;
  /** Web servers that the outgoing HTTP client finds. */
  readonly web: SimWeb;
  /** The first phone. @throws Error in a world without. */
  readonly phone: Phone;
  readonly phones: readonly Phone[];
  /** All events of the bus since the start (the newest 10,000). */
  readonly events: readonly PublishedEvent[];
  /** All log lines (the newest 10,000). */
  readonly logs: readonly LogLine[];
  readonly journal: Journal | null;
  readonly hashes: { readonly events: Fingerprint; readonly audio: Fingerprint } | null;
  newPhone(name: string, options?: Partial<PhoneOptions>): Promise<Phone>;
  /** A machine without a phone, for whoever sends what no phone would. */
  newHost(address: string): { readonly host: SimHost; readonly seams: Seams };
  /** Lets simulated time pass. */
  advance(durationMs: number): Promise<void>;
  /** Lets time pass until the condition holds. */
  until(condition: () => boolean, limitMs?: number, what?: string): Promise<void>;
  /** Calls a bus function as an administrator, `module.function`; lets time pass until it answers. */
  invoke(name: string, ...args: readonly DiValue[]): Promise<DiValue>;
  /** The same with arguments by name, or as somebody else. */
  invokeAs(context: CallContext | null, name: string, args: DiArguments): Promise<DiValue>;
  /** The payloads of one kind of event, oldest first. */
  eventsOf(name: string): readonly PublishedEvent[];
  /** Stops phones and server. */
  stop(): Promise<void>;
}

const maxKept = 10_000;

export async function world(options: WorldOptions = {}): Promise<World> {
  const { seed = 1, impairments = {} } = options;
  const simulation = createSimulation({ seed, impairments });
  const { clock, internet } = simulation;
  const driver = new Driver(clock);
  const files = new MemoryFiles({ unixMs: () => clock.unixMs(), base: outsideFiles(realFiles(), clock) });
  for (const [path, bytes] of Object.entries(options.files ?? {})) await files.write(path, bytes);
  const logs: LogLine[] = [];
  const { host, seams } = simulation.host(serverAddress, { name: 'server', files, log: memoryLog(logs) });
  internet.names.set('server.example', [serverAddress]);

  const configText = JSON.stringify(merged(worldDefaults, options.config ?? {}));
  const config = await loadServerConfig({
    file: 'world.json',
    text: configText,
    ...(options.modules === undefined ? {} : { modules: options.modules }),
  });
  const journal =
    options.journal === true ? new Journal(internet, host.addresses, { seed, config: options.config ?? {} }) : null;
  const audio = options.hashes === true ? audioHash(internet, host.addresses) : null;
  const logControl: LogControl = { level: 'info' };
  const web = new SimWeb(clock);
  const server = await clock.during(
    startServer({
      seams,
      web,
      logControl,
      config,
      storage: options.storage ?? memoryStorage(),
      ...(options.modules === undefined ? {} : { modules: options.modules }),
    }),
  );
  const events: PublishedEvent[] = [];
  server.bus.subscribe('*', ['*:*'], (event) => {
    events.push(event);
    if (events.length > maxKept) events.shift();
  });
  const hashes = audio === null ? null : { audio, events: eventHash(server.bus, clock) };

  const phones: Phone[] = [];
  const newPhone = async (name: string, phoneOptions: Partial<PhoneOptions> = {}): Promise<Phone> => {
    const place = simulation.host(`${firstPhoneAddress}${phones.length + 1}`, { name });
    const phone = await Phone.create({
      ...place,
      sip: config.sip,
      driver,
      server: serverAddress,
      options: { ...phoneOptions, name },
    });
    phones.push(phone);
    return phone;
  };
  if (options.phone !== null) await newPhone(options.phone?.name ?? 'alice', options.phone ?? {});

  const administrator: CallContext = {
    caller: { name: 'test', scopes: ['*:*'], limits: {} },
    face: 'json-rpc',
    source: 'in-process',
    deadlineMs: null,
    traceId: 'test',
    log: seams.log,
  };
  const invokeAs: World['invokeAs'] = (context, name, args) => {
    const [module = '', ...rest] = name.split('.');
    journal?.noteInvoke(clock.nowMs(), module, rest.join('.'), args);
    const answer = server.bus.invoke(module, rest.join('.'), args, context ?? administrator);
    return driver.during(answer, 60_000, name);
  };
  let stopped: Promise<void> | null = null;
  return {
    server,
    config,
    clock,
    internet,
    driver,
    seams,
    host,
    files,
    web,
    get phone() {
      const [first] = phones;
      if (first === undefined) throw new Error('a world without phones');
      return first;
    },
    phones,
    events,
    logs,
    journal,
    hashes,
    newPhone,
    newHost: (address) => simulation.host(address),
    advance: (durationMs) => driver.advance(durationMs),
    until: (condition, limitMs = 10_000, what = String(condition)) => driver.until(condition, limitMs, () => what),
    invoke: (name, ...args) => invokeAs(null, name, args),
    invokeAs,
    eventsOf: (name) => events.filter((event) => event.name === name),
    stop() {
      stopped ??= (async () => {
        for (const phone of phones) await phone.close();
        await driver.during(server.stop(), 60_000, 'the stop of the server');
      })();
      return stopped;
    },
  };
}

/** One SIP address of its own, media in this thread, no real sockets. */
const worldDefaults = {
  sip: {
    listen: [
      { transport: 'udp', address: serverAddress, port: 5060 },
      { transport: 'tcp', address: serverAddress, port: 5060 },
    ],
  },
  media: { workers: 0 },
  rpc: { listen: null, netstring: null },
};

/** Objects are merged, everything else is replaced. */
function merged(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const result: { [key: string]: unknown } = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = key in base ? merged(base[key], value) : value;
  return result;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function memoryLog(lines: LogLine[], bound: LogFields = {}): Log {
  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields: { ...bound, ...fields } });
      if (lines.length > maxKept) lines.shift();
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => memoryLog(lines, { ...bound, ...fields }),
  };
}
