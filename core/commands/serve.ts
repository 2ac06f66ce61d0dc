import { printConfig } from '../config/index.ts';
import {
  checkServerConfig,
  loadServerConfig,
  placedFault,
  type RunningServer,
  type ServerConfig,
  serverSchema,
  startServer,
} from '../main.ts';
import {
  asCodedError,
  CodedError,
  createLog,
  isRecord,
  type Log,
  type LogControl,
  processFace,
  realSeams,
  silentLog,
} from '../runtime/index.ts';
import { type Command, exitCode, readOptions } from './command.ts';
import { printWelcome } from './welcome.ts';

const usage = `callbus serve [--config FILE] [--tls-self-signed] [--check-config | --print-config]

Starts the server. When it is ready it prints one line on stdout, "callbus ready {...}",
with the addresses and ports really bound. Logs go to stderr.

  --config FILE      YAML configuration; every key is optional
  --tls-self-signed  HTTPS and WSS on rpc.listen with a certificate of our own making (rpc.listen.tls: self-signed);
                     its SHA-256 fingerprint is printed on stderr
  --check-config     checks the configuration and ends: 0 good, 2 bad
  --print-config     prints the whole configuration with defaults and comments

Environment: CALLBUS__RPC__LISTEN__PORT=0 sets rpc.listen.port; the value is YAML.
Signals: SIGTERM drains (drainMs), SIGINT too, a second one ends at once; SIGHUP reloads certificates, the levels
of the log and the routing rules, and the log says which other changes need a restart; SIGUSR1 and SIGUSR2 are events
of DSM scripts (system: User1, User2).
`;

export const serve: Command = {
  name: 'serve',
  summary: 'Starts the server (the default).',
  usage,
  async run(args, { stdout, stderr, signal }) {
    const face = processFace();
    const options = readOptions(args, {
      values: ['config'],
      flags: ['check-config', 'print-config', 'tls-self-signed'],
    });
    if ('fault' in options || options.rest.length > 0) {
      stderr(`callbus serve: ${'fault' in options ? options.fault : `unexpected ${options.rest[0]}`}\n`);
      return exitCode.usage;
    }
    const file = options.values.get('config');
    const tls = options.flags.has('tls-self-signed') ? { CALLBUS__RPC__LISTEN__TLS: 'self-signed' } : {};
    const load = () => loadServerConfig({ file, environment: { ...face.environment, ...tls } });
    let config: ServerConfig;
    try {
      config = await load();
      await checkServerConfig(config, realSeams({ log: silentLog, dns: config.sip.dns }));
    } catch (fault) {
      const coded = await placedFault(fault, file);
      stderr(`${coded.message}\n${coded.row.next}\n`);
      return exitCode.usage;
    }
    if (options.flags.has('check-config')) {
      stdout(`configuration is good${file === undefined ? ' (defaults)' : `: ${file}`}\n`);
      return exitCode.ok;
    }
    if (options.flags.has('print-config')) {
      stdout(printConfig(await serverSchema(config.plugins), config));
      return exitCode.ok;
    }
    return run(config, load);

    async function run(config: ServerConfig, reload: () => Promise<ServerConfig>): Promise<number> {
      const { log, control } = createLog(config.log);
      if (face.nodeMajor < 22) log.warn(`Node ${face.nodeMajor} is past its end of life; 22 or 24 are recommended`);
      face.onUncaught((fault) => {
        // A wait that nobody awaited, aborted by the normal end of its call.
        if (fault instanceof CodedError && fault.code === 'call.ended') return;
        log.error('a fault that nobody caught', {
          fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault),
        });
      });
      // From the very start: a SIGHUP that nobody takes would end the process.
      let hangUp = (): void => log.info('SIGHUP while starting: the configuration is being read anyway');
      face.onSignal(['SIGHUP'], () => hangUp());
      let tellScripts = (_signal: NodeJS.Signals): void => {};
      face.onSignal(['SIGUSR1', 'SIGUSR2'], (signal) => tellScripts(signal));
      let server: Awaited<ReturnType<typeof startServer>>;
      try {
        const seams = realSeams({ log, dns: config.sip.dns });
        const again = file === undefined ? {} : { readConfig: reload };
        server = await startServer({ seams, logControl: control, config, ...again });
      } catch (fault) {
        const coded = await placedFault(asCodedError(fault, 'module.failed'), file);
        stderr(`${coded.message}\n${coded.row.next}\n`);
        return isOfConfiguration(coded) ? exitCode.usage : exitCode.failed;
      }
      hangUp = () => void applyReload(config, reload, server, log, control);
      tellScripts = (signal) => void raiseSystemEvent(signal === 'SIGUSR1' ? 'User1' : 'User2', server, log);
      stdout(`callbus ready ${JSON.stringify(server.ready)}\n`);
      const fingerprint = server.rpc.selfSignedFingerprint;
      if (fingerprint !== null)
        stderr(`The certificate of the listener is self-signed, its SHA-256 is ${fingerprint}\n`);
      if (face.isTerminal) printWelcome(server.ready, stderr);
      return new Promise((resolve) => {
        let asked = 0;
        const end = (): void => {
          asked++;
          if (asked === 1)
            log.info('draining; a second signal ends at once', {
              calls: server.calls.calls().length,
              drainMs: config.drainMs,
            });
          const ended = asked === 1 ? server.drain() : server.stop();
          ended.then(
            () => resolve(exitCode.ok),
            (fault: unknown) => {
              log.error('the stop failed', { fault: String(fault) });
              resolve(exitCode.failed);
            },
          );
        };
        face.onSignal(['SIGINT', 'SIGTERM'], end);
        // Asked to end while it was still starting.
        if (signal.aborted) end();
      });
    }
  },
};

function isOfConfiguration({ code }: CodedError): boolean {
  return code.startsWith('config.') || code === 'tls.credentials';
}

/** SIGUSR1, SIGUSR2: an event for DSM scripts, as in SEMS. */
async function raiseSystemEvent(type: string, { bus }: Pick<RunningServer, 'bus'>, log: Log): Promise<void> {
  if (bus.find('dsm', 'systemEvent') === null) {
    log.info('no scripts run that the signal could be for', { type });
    return;
  }
  await bus.invoke('dsm', 'systemEvent', [type], bus.moduleContext('signal')).catch((fault: unknown) => {
    log.error('the signal was not told to scripts', { type, fault: asCodedError(fault).detail });
  });
}

/**
 * SIGHUP: certificates, the levels of the log and the routing rules are taken over; what else has changed is named as
 * needing a restart.
 */
async function applyReload(
  running: ServerConfig,
  reload: () => Promise<ServerConfig>,
  server: Pick<RunningServer, 'reload' | 'bus'>,
  log: Log,
  control: LogControl,
): Promise<void> {
  // Certificates are renewed in place, under the names that the running configuration has.
  const { renewed, faults } = await server.reload();
  for (const fault of faults) log.error('a certificate was not reloaded', { fault });
  if (renewed.length > 0) log.info('certificates reloaded', { listeners: renewed });
  try {
    const fresh = await reload();
    control.level = fresh.log.level;
    control.components = new Map(Object.entries(fresh.log.levels));
    const reloaded = ['log.level', 'log.levels', ...(renewed.length > 0 ? ['certificates'] : [])];
    if (server.bus.find('routing', 'reload') !== null) {
      await server.bus
        .invoke('routing', 'reload', [], server.bus.moduleContext('signal'))
        .then(() => reloaded.push('routing', 'calls.mapping'))
        .catch((fault: unknown) => {
          // Without a file the rules are those of the environment, which has not changed.
          const { code, detail } = asCodedError(fault);
          if (code !== 'file.missing') log.error('the routing rules were not reloaded', { fault: detail });
        });
    }
    const needRestart = changedKeys(running, fresh).filter(
      (key) => !reloaded.some((done) => key === done || key.startsWith(`${done}.`)),
    );
    log.info('configuration reloaded', { logLevel: fresh.log.level, reloaded, needRestart });
  } catch (fault) {
    log.error('the configuration was not reloaded', { fault: asCodedError(fault, 'config.invalid').message });
  }
}

/** Keys whose values differ: `drainMs`, `sip.udp`, `routing`. */
export function changedKeys(old: ServerConfig, fresh: ServerConfig): string[] {
  const sections = new Map<string, unknown>(Object.entries(old));
  return Object.entries(fresh).flatMap(([section, value]) => {
    const before = sections.get(section);
    if (JSON.stringify(value) === JSON.stringify(before)) return [];
    if (!isRecord(value) || !isRecord(before)) return [section];
    const keys = [...new Set([...Object.keys(before), ...Object.keys(value)])];
    return keys
      .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(value[key]))
      .map((key) => `${section}.${key}`);
  });
}
