import { Counters } from './counters.ts';
import type { Log } from './log.ts';
import { openPacketIo, type PacketIoKind } from './open-packet-io.ts';
import { realClock } from './real-clock.ts';
import { type RealDnsOptions, realDns } from './real-dns.ts';
import { realFiles } from './real-files.ts';
import { realLoopMonitor } from './real-loop-monitor.ts';
import { realNetwork } from './real-network.ts';
import { realProcesses } from './real-processes.ts';
import { realRandom } from './real-random.ts';
import { realThreads } from './real-threads.ts';
import type { Seams } from './seams.ts';

/** The seams of a server on this machine. */
export function realSeams(options: {
  readonly log: Log;
  readonly packetIo?: PacketIoKind;
  readonly dns?: RealDnsOptions;
}): Seams {
  const clock = realClock();
  const counters = new Counters();
  return {
    clock,
    random: realRandom(),
    network: realNetwork(clock),
    dns: realDns(clock, options.dns),
    files: realFiles(),
    threads: realThreads(),
    processes: realProcesses(),
    log: options.log,
    counters,
    loop: realLoopMonitor(),
    packetIo: ({ dscp = null } = {}) => openPacketIo(options.packetIo ?? 'auto', { dscp }),
  };
}
