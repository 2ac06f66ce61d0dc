/** SIPp as a peer of live tests: each run on ports of its own, started anew when somebody took one of them first. */
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from './free-ports.ts';
import { type Peer, startPeer } from './peers.ts';

export interface SippOptions {
  /** Path of the scenario, beside which files that it names are found; or the name of one that SIPp has built in. */
  readonly scenario: string;
  /** Further arguments, the target last when SIPp calls. */
  readonly args?: readonly string[];
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Calls, default 1. */
  readonly calls?: number;
  /** Default 20 s. */
  readonly limitMs?: number;
}

export interface RunningSipp {
  readonly peer: Peer;
  readonly port: number;
  readonly mediaPort: number;
  /** Null when SIPp counted every call as good, else what it complained of. */
  readonly ended: Promise<string | null>;
}

/** SIPp's exit code when somebody took its port first. */
const bindFailed = 254;

export async function startSipp(options: SippOptions): Promise<RunningSipp> {
  const { scenario, args = [], address = '127.0.0.1', calls = 1, limitMs = 20_000 } = options;
  const [port, mediaPort] = [await freePort(), await freePort()];
  const ours = ['-i', address, '-p', String(port), '-mi', address, '-mp', String(mediaPort)];
  const errorFile = join(tmpdir(), `callbus-sipp-${process.pid}-${port}.log`);
  const errors = ['-trace_err', '-error_file', errorFile];
  const which = scenario.endsWith('.xml') ? ['-sf', scenario] : ['-sn', scenario];
  const peer = startPeer('sipp', [...which, ...ours, ...errors, '-m', String(calls), '-nostdin', ...args], {
    limitMs,
    cwd: dirname(scenario),
  });
  return { peer, port, mediaPort, ended: endOf(peer, errorFile) };
}

async function endOf(peer: Peer, errorFile: string): Promise<string | null> {
  const { code, timedOut } = await peer.ended;
  const errors = await readFile(errorFile, 'utf8').catch(() => '');
  await rm(errorFile, { force: true });
  if (code === 0) return null;
  return `${timedOut ? 'took too long' : `exit code ${code}`}\n${errors.slice(0, 3000)}\n${peer.output().slice(-1500)}`;
}

/**
 * Runs to the end. `attempts`: for scenarios that lose messages by chance.
 * @throws Error with SIPp's last screen.
 */
export async function runSipp(start: () => Promise<Pick<RunningSipp, 'peer' | 'ended'>>, attempts = 1): Promise<void> {
  let binds = 0;
  for (let attempt = 1; ; attempt++) {
    const { peer, ended } = await start();
    const fault = await ended;
    if (fault === null) return;
    if ((await peer.ended).code === bindFailed && binds++ < 3) attempt--;
    else if (attempt >= attempts) throw new Error(`${fault}\n(attempt ${attempt})`);
  }
}
