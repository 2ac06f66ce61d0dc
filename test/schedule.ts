/** Which test files run beside which: the long ones first, those that wait beside those that compute. */
import { availableParallelism } from 'node:os';

/** A file, or a group of files, that runs in one process. */
export interface Job {
  readonly path: string;
  /** Cores that it keeps busy. */
  readonly weight: number;
  readonly isLive: boolean;
  /** Place in `longest`; the others come after. */
  readonly rank: number;
}

/** What takes longest, first: started last, it would run when all the others have ended. */
const longest = [
  'live/browser-',
  'live/webrtc-',
  'live/sipp-scenarios',
  'live/docs',
  'live/billing-crash',
  'live/linphone',
  'live/kamailio',
  'live/command-line',
  'live/sip-auth',
  'live/sip-tls',
  'live/srtp',
  'live/softphones',
  'live/b2bua',
  'live/python-client',
  'unit/media/transcoding',
  'unit/media/playout/playout',
  'flows/dsm-samples',
  'flows/hostile',
  'flows/long-conference',
  'flows/calls-in-and-out',
  'fuzz/dsm-reader',
];

/** Live tests start servers and peers, and mostly wait for them; a browser computes, and two are too many. */
const liveWeight = 0.375;
const browserWeight = 1.25;
/** More than there are cores: most live tests need less than their weight most of the time. */
const spare = 1;

/** Worth a process, and a place in the order, of its own. */
export const isLong = (path: string): boolean => longest.some((name) => path.includes(`/${name}`));

export function jobOf(path: string, isLive = false): Job {
  const at = longest.findIndex((name) => path.includes(`/${name}`));
  const live = /browser|webrtc|chromium/.test(path) ? browserWeight : liveWeight;
  return { path, isLive, weight: isLive ? live : 1, rank: at < 0 ? longest.length : at };
}

/** Runs them all, as many at a time as there are cores for. */
export async function runJobs(
  jobs: readonly Job[],
  run: (path: string) => Promise<void>,
  cores = availableParallelism(),
): Promise<void> {
  const waiting = jobs.toSorted((a, b) => a.rank - b.rank);
  const running = new Set<Job>();
  const capacity = cores + spare;
  const fits = (job: Job): boolean => {
    const load = weightOf(running);
    if (running.size > 0 && load + job.weight > capacity) return false;
    if (![...running, ...waiting].some(({ isLive }) => isLive !== job.isLive)) return true;
    // One core is for what computes, the others are for what waits, until the one or the other is done.
    const alike = weightOf([...running].filter(({ isLive }) => isLive === job.isLive));
    return alike + job.weight <= (job.isLive ? capacity - 1 : Math.max(1, cores - 1));
  };
  await new Promise<void>((resolve, reject) => {
    const fill = (): void => {
      if (waiting.length === 0 && running.size === 0) resolve();
      for (let next = waiting.findIndex(fits); next >= 0; next = waiting.findIndex(fits)) {
        const [job] = waiting.splice(next, 1);
        if (job === undefined) return;
        running.add(job);
        run(job.path).then(() => {
          running.delete(job);
          fill();
        }, reject);
      }
    };
    fill();
  });
}

function weightOf(jobs: Iterable<Job>): number {
  return [...jobs].reduce((sum, { weight }) => sum + weight, 0);
}
