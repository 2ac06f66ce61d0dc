/** Figures and commands over UDP: SEMS's `stats` (di-interfaces 5.17). */
import {
  CodedError,
  defineModule,
  type Endpoint,
  expandScopes,
  type ModuleContext,
  packageVersion,
  secureToken,
  type UdpSocket,
} from '../../core/index.ts';
import { type CommandServices, runCommand } from './commands.ts';
import { type StatsConfig, StatsConfigSchema } from './config.ts';

/** A command is the first line of a datagram; longer ones are refused. */
const maxCommandBytes = 256;
/** What fits into a datagram with room for the headers. */
const maxReplyBytes = 65_000;
const maxUnderWay = 64;
const deadlineMs = 5000;
const maxDumped = 1000;

export const stats = defineModule({
  name: 'stats',
  summary: 'Figures and commands over UDP.',
  config: StatsConfigSchema,
  async start(context): Promise<UdpSocket> {
    const { config, network, log } = context;
    const admits = admission(config);
    const port = config.monit_udp_port === 0 ? 5040 : config.monit_udp_port;
    const reply = responder(context);
    const refused = refusals(context);
    const socket = await network.udp({
      address: config.monit_udp_ip,
      port,
      onDatagram: (datagram, from) => {
        if (admits(from)) reply(datagram, from, (text) => socket.send(text, from));
        else refused.add(1, { reason: 'source' });
      },
      onError: (fault) => log.warn('stats: a datagram was not sent', { fault: fault.message }),
    });
    return socket;
  },
  stop: (socket) => socket.close(),
});

const refusals = ({ counters }: Pick<ModuleContext<unknown>, 'counters'>) =>
  counters.counter('callbus_stats_refused_total', 'Commands over UDP that were dropped, by reason.');

/** Who may ask. @throws CodedError `config.invalid`. */
function admission({ monit_udp_ip, sources }: StatsConfig): (from: Endpoint) => boolean {
  if (sources.length > 0) return ({ address }) => sources.includes(address);
  if (!isLoopback(monit_udp_ip)) {
    const detail = `modules.stats: ${monit_udp_ip} can be reached from other machines: list those that may ask in sources, or listen on 127.0.0.1`;
    throw new CodedError('config.invalid', detail);
  }
  return ({ address }) => isLoopback(address);
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

type Reply = (datagram: Uint8Array, from: Endpoint, send: (text: Uint8Array) => void) => void;

/** Runs commands, so many at once and so many a second. @throws CodedError `config.invalid`: a bad scope. */
function responder(context: ModuleContext<StatsConfig>): Reply {
  const { config, clock, random, log, bus, calls } = context;
  const caller = { name: 'stats', scopes: expandScopes(config.scopes), limits: {} };
  const refused = refusals(context);
  const secondOf = (): number => Math.floor(clock.nowMs() / 1000);
  let second = secondOf();
  let inSecond = 0;
  let underWay = 0;

  function mayRun(): boolean {
    if (second !== secondOf()) {
      second = secondOf();
      inSecond = 0;
    }
    inSecond++;
    if (inSecond <= config.commands_per_second && underWay < maxUnderWay) return true;
    refused.add(1, { reason: underWay < maxUnderWay ? 'rate' : 'concurrent' });
    return false;
  }

  const servicesFor = (source: string): CommandServices => ({
    version: `Callbus (${packageVersion()})`,
    invoke: (module, name, args) =>
      bus.invoke(module, name, args, {
        caller,
        face: 'stats',
        source,
        deadlineMs: clock.nowMs() + deadlineMs,
        traceId: secureToken(random, 8),
        log,
      }),
    dump() {
      const all = calls.calls();
      for (const { tag, state, application } of all.slice(0, maxDumped))
        log.info('call', { call: tag, state, application });
      log.info('calls written', { calls: all.length });
    },
  });

  return (datagram, from, send) => {
    if (!mayRun()) return;
    const line = commandOf(datagram);
    if (line === null) {
      refused.add(1, { reason: 'length' });
      return;
    }
    underWay++;
    void runCommand(line, servicesFor(from.address))
      .then((text) => send(replyOf(text)))
      .finally(() => underWay--);
  };
}

/** The first line; as in SEMS a CR is part of it. Null: too long. */
function commandOf(datagram: Uint8Array): string | null {
  const text = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const end = text.indexOf('\n');
  const line = end === -1 ? text : text.subarray(0, end);
  return line.length > maxCommandBytes ? null : line.toString('utf8').replace(/\0+$/, '');
}

/** Text and one NUL. */
function replyOf(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes.subarray(0, maxReplyBytes), Buffer.of(0)]);
}
