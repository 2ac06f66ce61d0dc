/**
 * CPU of one call through the module `b2bua`: INVITE to BYE, both legs, no media, UDP over loopback.
 * SIPp calls and answers at a bounded rate; the figure is the CPU (user and system, all threads) of the
 * server process, without what it
 * takes when it is idle. The floor, measured in the same run, is a process that only forwards as many datagrams:
 * every figure stands beside its ratio. Demand: 0.40 ms a call on the reference machine. The share of the main thread
 * is told apart (the others collect garbage, compile, and write events), and how many datagrams the kernel dropped
 * because the server, or SIPp, did not come to read them: on a loaded machine these cost retransmissions.
 * `--long` goes on to 100,000 calls and compares the resident memory (demand: at most 5 MB more than after 10,000).
 *
 *   node dist/test/bench/b2bua.js [--long | --heaviest] [--profile]
 */
import { fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../support/free-ports.ts';

const long = process.argv.includes('--long');
/** 1,200 calls a second for 30 s, which is demanded of the reference machine. */
const heaviest = process.argv.includes('--heaviest');
const profile = process.argv.includes('--profile');
/** Datagrams that the server sends for one call: 100, 180, 200 and 200 to the caller; INVITE, ACK and BYE to the callee. */
const datagramsPerCall = 7;
const datagramBytes = 500;
/** `utime` and `stime` of /proc are in hundredths of a second on every Linux. */
const tickMs = 10;

const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function cpuMs(pid: number, file = `/proc/${pid}/stat`): number {
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** User and system time of the main thread alone. */
function mainThreadMs(pid: number): number {
  return cpuMs(pid, `/proc/${pid}/task/${pid}/stat`);
}

/** Datagrams that the kernel dropped at a UDP port, since it was bound. */
function droppedAt(port: number): number {
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/udp', 'utf8').trim().split('\n');
  const line = lines.map((each) => each.trim().split(/\s+/)).find((fields) => fields[1]?.endsWith(place));
  return Number(line?.at(-1) ?? 0);
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

interface Counts {
  readonly successful: number;
  readonly failed: number;
}

/** Runs SIPp to its end; its statistics file tells the cumulated counts in its last line. */
async function sipp(parameters: readonly string[], name: string): Promise<Counts> {
  const statistics = join(folder, `${name}.csv`);
  const child = spawn('sipp', [...parameters, '-i', '127.0.0.1', '-nostdin', '-trace_stat', '-stf', statistics], {
    stdio: 'ignore',
    cwd: folder,
  });
  await new Promise((done) => child.on('exit', done));
  const lines = readFileSync(statistics, 'utf8').trim().split('\n');
  const names = lines[0]?.split(';') ?? [];
  const values = lines.at(-1)?.split(';') ?? [];
  const value = (column: string): number => Number(values[names.indexOf(column)] ?? 0);
  return { successful: value('SuccessfulCall(C)'), failed: value('FailedCall(C)') };
}

const callee = await freePort();
const configFile = join(folder, 'callbus.yaml');
writeFileSync(
  configFile,
  JSON.stringify({
    sip: {
      listen: [{ transport: 'udp', address: '127.0.0.1', port: 0 }],
      maxTransactions: 1_000_000,
      maxTransactionsPerSource: 0,
      newCallsPerSecondPerSource: 0,
      // What is measured is the work, also where the machine is too slow for the rate.
      overload: { lagMs: 0, busyPercent: 0 },
    },
    rpc: { listen: null, netstring: null },
    media: { workers: 0 },
    routing: [{ application: 'b2bua' }],
    modules: { b2bua: { target: `127.0.0.1:${callee}`, media: 'bypass' } },
    storage: { path: join(folder, 'var') },
    log: { level: 'error' },
    drainMs: 0,
  }),
);
const cli = resolve(import.meta.dirname, '../../core/cli.js');
const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${process.cwd()}`] : [];
const server = spawn(process.execPath, [...flags, cli, 'serve', '--config', configFile], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const pid = server.pid ?? 0;
const port = await new Promise<number>((found) => {
  createInterface(server.stdout).on('line', (line) => {
    if (line.startsWith('callbus ready ')) found(JSON.parse(line.slice(14)).sip[0].port);
  });
});
const answering = spawn('sipp', ['-sn', 'uas', '-i', '127.0.0.1', '-p', String(callee), '-nostdin'], {
  stdio: 'ignore',
  cwd: folder,
});
await pause(1000);

/** What the process takes when nothing happens, ms of CPU a second: no call's doing. */
async function idleMsPerSecond(): Promise<number> {
  await pause(2000);
  const beforeMs = cpuMs(pid);
  await pause(4000);
  return (cpuMs(pid) - beforeMs) / 4;
}

const idle = await idleMsPerSecond();
say(`idle: ${idle.toFixed(0)} ms CPU a second, ${residentMb(pid).toFixed(0)} MB resident`);

/** The same number of datagrams, forwarded by a process that does nothing else. */
async function floor(calls: number, perSecond: number): Promise<number> {
  const sink = createSocket('udp4');
  await new Promise<void>((bound) => sink.bind(0, '127.0.0.1', bound));
  const child = fork(join(import.meta.dirname, 'b2bua.child.js'), [String(sink.address().port)]);
  const forwarder = await new Promise<number>((found) => {
    child.once('message', (message) => found((message as { port: number }).port));
  });
  const datagram = Buffer.alloc(datagramBytes, 'x');
  const total = calls * datagramsPerCall;
  const beforeMs = cpuMs(child.pid ?? 0);
  const startedMs = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - startedMs) / 1000) * perSecond * datagramsPerCall);
    for (; sent < due; sent++) sink.send(datagram, forwarder, '127.0.0.1');
    await pause(2);
  }
  await pause(300);
  const each = (cpuMs(child.pid ?? 0) - beforeMs) / calls;
  child.kill();
  sink.close();
  return each;
}

const least = await floor(3000, 300);
say(`floor (${datagramsPerCall} datagrams forwarded a call): ${least.toFixed(3)} ms`);

async function step(name: string, perSecond: number, calls: number): Promise<void> {
  const before = { allMs: cpuMs(pid), mainMs: mainThreadMs(pid), ours: droppedAt(port), theirs: droppedAt(callee) };
  const startedMs = performance.now();
  const { successful, failed } = await sipp(
    ['-sn', 'uac', `127.0.0.1:${port}`, '-r', String(perSecond), '-m', String(calls), '-l', '10000'],
    name,
  );
  const idleMs = (idle * (performance.now() - startedMs)) / 1000;
  const each = (cpuMs(pid) - before.allMs - idleMs) / calls;
  const main = (mainThreadMs(pid) - before.mainMs) / calls;
  say(
    `${name}: ${perSecond} calls/s, ${successful} connected, ${failed} failed, ${each.toFixed(3)} ms CPU a call (demand: 0.40), ${(each / least).toFixed(1)} times the floor, ${main.toFixed(3)} of it on the main thread; dropped before the server read them ${droppedAt(port) - before.ours}, before SIPp did ${droppedAt(callee) - before.theirs}; ${residentMb(pid).toFixed(0)} MB resident`,
  );
}

try {
  // Enough that V8 has compiled what a call takes.
  await step('warm-up', 200, 3000);
  await step('steady', 300, 3000);
  await step('heavier', 600, 4000);
  if (heaviest) await step('heaviest', 1200, 36_000);
  else if (long) {
    const firstMb = residentMb(pid);
    say(`after 10,000 calls: ${firstMb.toFixed(0)} MB resident`);
    await step('long', 600, 90_000);
    const lastMb = residentMb(pid);
    say(`after 100,000 calls: ${lastMb.toFixed(0)} MB resident, ${(lastMb - firstMb).toFixed(0)} more (demand: 5)`);
    await pause(40_000);
    say(`and when the last transactions are over: ${residentMb(pid).toFixed(0)} MB resident`);
  }
} finally {
  answering.kill('SIGKILL');
  const gone = new Promise((done) => server.on('exit', done));
  server.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true });
}
