/** A whole server in this process and in simulated time, for commands that try out what a configuration does. */
import { resolve } from 'node:path';
import type { CallContext, DiArguments, DiValue } from './di/index.ts';
import { SimWeb } from './http/index.ts';
import { loadServerConfig, startServer } from './main.ts';
import {
  createSimulation,
  type Files,
  type LogControl,
  MemoryFiles,
  realFiles,
  type SimClock,
} from './runtime/index.ts';
import type { SimulatedServer, SimulatedServerOptions } from './simulation-types.ts';
import { memoryStorage, type Storage } from './storage/index.ts';

const serverAddress = '10.0.0.1';

/**
 * Starts it. Nothing of this machine is touched: its files can be read, what is written stays in memory; databases,
 * networks and clocks are simulated.
 * @throws CodedError as `startServer` and `loadServerConfig`.
 */
export async function startSimulatedServer(options: SimulatedServerOptions): Promise<SimulatedServer> {
  const { clock, internet, host } = createSimulation({ seed: options.seed ?? 1 });
  const files = new MemoryFiles({ unixMs: () => clock.unixMs(), base: heldFiles(realFiles(), clock) });
  const place = host(serverAddress, { name: 'server', files, log: options.log });
  const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, address: serverAddress, port: 5060 }));
  const text = JSON.stringify({
    ...options.config,
    sip: { ...membersOf(options.config['sip']), listen },
    media: { ...membersOf(options.config['media']), workers: 0 },
    rpc: { ...membersOf(options.config['rpc']), listen: null, netstring: null },
  });
  const config = await loadServerConfig({ file: 'simulated.json', text });
  const web = new SimWeb(clock);
  const logControl: LogControl = { level: 'info' };
  const storage = heldDatabases(memoryStorage(), clock);
  const server = await clock.during(startServer({ seams: place.seams, web, logControl, config, storage }));
  const context: CallContext = {
    caller: { name: 'simulation', scopes: ['*:*'], limits: {} },
    face: 'cli',
    source: 'in-process',
    deadlineMs: null,
    traceId: 'simulation',
    log: place.seams.log,
  };
  return {
    address: serverAddress,
    bus: server.bus,
    calls: server.calls,
    sip: config.sip,
    clock,
    internet,
    files,
    host: (address, name) => host(address, { name }),
    database: (module, name) => storage.database(resolve(config.storage.path, module, name)),
    invoke: (module: string, name: string, args: DiArguments): Promise<DiValue> =>
      server.bus.invoke(module, name, args, context),
    stop: () => server.stop(),
  };
}

/** Real files, read while simulated time stands still, one after the other: each run meets the same order. */
function heldFiles(files: Files, clock: SimClock): Files {
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(run: () => Promise<T>): Promise<T> => {
    const done = clock.track(last.then(run));
    last = done.catch(() => {});
    return done;
  };
  return {
    ...files,
    read: (path, options) => inOrder(() => files.read(path, options)),
    stat: (path) => inOrder(() => files.stat(path)),
    list: (path) => inOrder(() => files.list(path)),
  };
}

/** Statements, of which the first opens the database: time stands still until they are done. */
function heldDatabases(storage: Storage, clock: SimClock): Storage {
  return {
    keyValue: (name) => storage.keyValue(name),
    appendLog: (name) => storage.appendLog(name),
    close: () => storage.close(),
    database(place) {
      const database = storage.database(place);
      return {
        dialect: database.dialect,
        run: (sql, values) => clock.track(database.run(sql, values)),
        execute: (sql, values) => clock.track(database.execute(sql, values)),
        bytes: (sql, values) => clock.track(database.bytes(sql, values)),
        close: () => clock.track(database.close()),
      };
    },
  };
}

function membersOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
