/**
 * Answered calls as UAS with BYE (INVITE, 100, 180, 200, ACK, BYE, 200) over UDP on loopback, without
 * media: SIPp calls at 1,200 a second. Demand: at most 0.15 ms of the server's CPU a call, none failed.
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

const childFile = join(import.meta.dirname, `sip-uas.child${extname(import.meta.filename)}`);
const profile = process.argv.includes('--profile') ? ['--cpu-prof'] : [];
const child = fork(childFile, { execArgv: [...process.execArgv, ...profile] });
const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
try {
  const { port } = (await answerOf(child)) as { port: number };
  await call(port, warmUpCalls);
  await report(port, 10_000);
  if (isLong) {
    const atTenThousand = await restingBytes();
    await report(port, 90_000);
    const growthMb = ((await restingBytes()) - atTenThousand) / 2 ** 20;
    process.stdout.write(`grown by ${growthMb.toFixed(1)} MB since (demand: ${limitGrowthMb})\n`);
    if (growthMb > limitGrowthMb) process.exitCode = 1;
  }
} finally {
  child.disconnect();
  rmSync(folder, { recursive: true });
}

/** Places calls and prints what they cost. */
async function report(port: number, calls: number): Promise<void> {
  const before = await figures();
  const failed = await call(port, calls);
  const after = await figures();
  const msPerCall = (after.cpuUs - before.cpuUs) / 1000 / calls;
  process.stdout.write(
    `${calls} calls at ${callsPerSecond} a second: ${failed} failed, ${msPerCall.toFixed(3)} ms CPU a call (demand: ${limitMs}), ${(after.rssBytes / 2 ** 20).toFixed(0)} MB resident, ${after.load.transactions} live transactions\n`,
  );
  if (failed > 0 || msPerCall > limitMs) process.exitCode = 1;
}

/** Resident memory once the last transaction is over: timers J and L hold each for 32 s. */
async function restingBytes(): Promise<number> {
  for (;;) {
    const { load, rssBytes } = await figures();
    if (load.transactions === 0) return rssBytes;
    await pause(1000);
  }
}

async function figures(): Promise<Figures> {
  child.send('figures');
  return (await answerOf(child)) as Figures;
}

function answerOf(process: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => process.once('message', resolve));
}

/** SIPp's own caller; the number of calls that failed. */
async function call(port: number, calls: number): Promise<number> {
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
