import type { Clock } from './clock.ts';
import type { Counters } from './counters.ts';
import type { Dns } from './dns.ts';
import type { Dscp } from './dscp.ts';
import type { Files } from './files.ts';
import type { Log } from './log.ts';
import type { LoopMonitor } from './loop-monitor.ts';
import type { Network } from './network.ts';
import type { PacketIo } from './packet-io.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Threads } from './threads.ts';

/** All seams of a server, handed from `main.ts` (real) or `test/support` (simulated) downwards. */
export interface Seams {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly dns: Dns;
  readonly files: Files;
  readonly threads: Threads;
  readonly processes: Processes;
  readonly log: Log;
  readonly counters: Counters;
  /** The load of this thread. */
  readonly loop: LoopMonitor;
  /** Media sockets of an in-thread media engine (`workers: 0`); worker threads make their own. */
  readonly packetIo: (options?: { readonly dscp?: Dscp | null }) => PacketIo;
}
