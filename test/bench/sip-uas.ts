/**
 * Answered calls as UAS with BYE (INVITE, 100, 180, 200, ACK, BYE, 200) over UDP on loopback, without
 * media: SIPp calls at 1,200 a second. Demand: at most 0.15 ms of the server's CPU a call, none failed. Beside it
 * what a bare `node:dgram` socket costs that answers the same calls with canned texts, and the ratio.
 * `node dist/test/bench/sip-uas.js --long` goes on to 100,000 calls and compares the memory
 * (demand: at most 5 MB more than after 10,000).
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

interface Figures {
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly load: { readonly transactions: number };
}

const limitMs = 0.15;
const limitGrowthMb = 5;
const callsPerSecond = Number(process.env['CALLBUS_BENCH_RATE'] ?? 1200);
const warmUpCalls = 3000;
const isLong = process.argv.includes('--long');

const profile = process.argv.includes('--profile') ? ['--cpu-prof'] : [];
const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
try {
  const floorMs = await withServer('sip-uas-floor.child', async (server) => {
    await server.call(warmUpCalls);
    return server.measure(10_000, 'bare node:dgram');
  });
  await withServer('sip-uas.child', async (server) => {
    await server.call(warmUpCalls);
    const msPerCall = await server.measure(10_000, 'the stack');
    process.stdout.write(`ratio ${(msPerCall / floorMs).toFixed(2)}, demand ${limitMs} ms\n`);
    if (msPerCall > limitMs) process.exitCode = 1;
    if (!isLong) return;
    const atTenThousand = await server.restingBytes();
    await server.measure(90_000, 'the stack');
    const growthMb = ((await server.restingBytes()) - atTenThousand) / 2 ** 20;
    process.stdout.write(`grown by ${growthMb.toFixed(1)} MB since (demand: ${limitGrowthMb})\n`);
    if (growthMb > limitGrowthMb) process.exitCode = 1;
  });
} finally {
  rmSync(folder, { recursive: true });
}

interface Server {
  /** Places calls; gives the number of those that failed. */
  call(calls: number): Promise<number>;
  /** Places calls, prints and gives what one costs, ms of CPU. */
  measure(calls: number, name: string): Promise<number>;
  /** Resident memory once the last transaction is over: timers J and L hold each for 32 s. */
  restingBytes(): Promise<number>;
}

async function withServer<T>(name: string, use: (server: Server) => Promise<T>): Promise<T> {
  const file = join(import.meta.dirname, `${name}${extname(import.meta.filename)}`);
  const child = fork(file, { execArgv: [...process.execArgv, ...profile] });
  try {
    const { port } = (await answerOf(child)) as { port: number };
    const figures = async (): Promise<Figures> => {
      child.send('figures');
      return (await answerOf(child)) as Figures;
    };
    return await use({
      call: (calls) => place(port, calls),
      async measure(calls, what) {
        const before = await figures();
        const failed = await place(port, calls);
        const { cpuUs, rssBytes, load } = await figures();
        const msPerCall = (cpuUs - before.cpuUs) / 1000 / calls;
        process.stdout.write(
          `${what}: ${calls} calls at ${callsPerSecond} a second, ${failed} failed, ${msPerCall.toFixed(3)} ms CPU a call, ${(rssBytes / 2 ** 20).toFixed(0)} MB resident, ${load.transactions} live transactions\n`,
        );
        if (failed > 0) process.exitCode = 1;
        return msPerCall;
      },
      async restingBytes() {
        for (;;) {
          const { load, rssBytes } = await figures();
          if (load.transactions === 0) return rssBytes;
          await pause(1000);
        }
      },
    });
  } finally {
    child.disconnect();
  }
}

function answerOf(process: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => process.once('message', resolve));
}

/** SIPp's own caller; the number of calls that failed. */
async function place(port: number, calls: number): Promise<number> {
  const statistics = join(folder, 'statistics.csv');
  const options = ['-sn', 'uac', `127.0.0.1:${port}`, '-i', '127.0.0.1', '-r', String(callsPerSecond)];
  const more = ['-m', String(calls), '-d', '0', '-l', '5000', '-nostdin', '-trace_stat', '-stf', statistics];
  await new Promise<void>((done, failed) => {
    execFile('sipp', [...options, ...more], { maxBuffer: 2 ** 26, cwd: folder }, (fault) => {
      // 1: some calls failed, which the statistics tell.
      if (fault === null || fault.code === 1) done();
      else failed(fault);
    });
  });
  const rows = readFileSync(statistics, 'latin1').trim().split('\n');
  const names = rows[0]?.split(';') ?? [];
  return Number(rows.at(-1)?.split(';')[names.indexOf('FailedCall(C)')]);
}
