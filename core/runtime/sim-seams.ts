import { Counters } from './counters.ts';
import type { Files } from './files.ts';
import { type Log, silentLog } from './log.ts';
import { SimLoopMonitor } from './loop-monitor.ts';
import { MemoryFiles } from './memory-files.ts';
import type { Seams } from './seams.ts';
import { SimClock } from './sim-clock.ts';
import { type SimHost, SimInternet } from './sim-internet.ts';
import type { Impairments } from './sim-link.ts';
import { SimProcesses } from './sim-processes.ts';
import { SimRandom } from './sim-random.ts';
import type { Threads } from './threads.ts';

export interface SimulationOptions {
  readonly seed: number | string;
  /** Of every link that has no impairments of its own. Default 5 ms, one way. */
  readonly impairments?: Partial<Impairments>;
}

/** A world in simulated time: one clock, one internet, any number of hosts. */
export interface Simulation {
  readonly seed: number | string;
  readonly clock: SimClock;
  readonly internet: SimInternet;
  /** A host with its own seams; its randomness depends on the seed and the name only. */
  host(address: string, options?: SimHostOptions): { readonly host: SimHost; readonly seams: SimSeams };
}

/** Seams of a simulated host: what a test may set is in sight. */
export interface SimSeams extends Seams {
  readonly loop: SimLoopMonitor;
  readonly processes: SimProcesses;
}

export interface SimHostOptions {
  /** Default: the address. */
  readonly name?: string;
  /** Further addresses. */
  readonly addresses?: readonly string[];
  /** Default: files in memory, empty. */
  readonly files?: Files;
  readonly log?: Log;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const { seed, impairments = {} } = options;
  const clock = new SimClock();
  const internet = new SimInternet({ clock, random: new SimRandom(`${seed} links`), ...impairments });
  return {
    seed,
    clock,
    internet,
    host(address, { name = address, addresses = [], files, log = silentLog } = {}) {
      const host = internet.host(address, ...addresses);
      return {
        host,
        seams: {
          clock,
          random: new SimRandom(`${seed} ${name}`),
          network: host.network,
          dns: host.dns,
          files: files ?? new MemoryFiles({ unixMs: () => clock.unixMs() }),
          threads: noThreads,
          processes: new SimProcesses(clock),
          log,
          counters: new Counters(),
          loop: new SimLoopMonitor(),
          packetIo: () => host.packetIo(),
        },
      };
    },
  };
}

const noThreads: Threads = {
  simulated: true,
  start(entry) {
    throw new Error(`no threads in simulated time (media.workers must be 0): ${entry.pathname}`);
  },
};
