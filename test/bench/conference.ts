/**
 * Conferences of G.711 participants in rooms of 10, everybody talking, against the floor: the
 * same libc calls through koffi, one receive and one send a packet, a socket of its own for each
 * participant, paced on the 20 ms tick, no other work. Who sends the packets is another process.
 * Each measured side is a process that does nothing else; the figure is its CPU (user and system).
 *
 * Then 500 who hear an announcement against the floor of its sends, and 300 who hear themselves.
 *
 *   node dist/test/bench/conference.js [participants,…] [seconds]
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { libcUnavailable } from '../../core/runtime/index.ts';
import type { GeneratorReport, Load, SideReport } from './conference.child.ts';
import { floorSource } from './conference-floor.child.ts';

export interface BenchResult {
  readonly name: string;
  readonly figures: Record<string, number | string>;
}

const roomSize = 10;
const rounds = 3;

/** Runs one side with a generator of its own; both report when the time is over. */
export async function measure(
  side: 'engine' | 'floor' | 'floor-c',
  participants: number,
  seconds: number,
  load: Load = 'room',
  codecs = 'PCMU',
): Promise<SideReport & GeneratorReport> {
  const generator = child('generator', participants, seconds, load, codecs);
  const sourcePorts = await generator.next<number[]>();
  const measured =
    side === 'floor-c' ? cFloor(participants, seconds) : child(side, participants, seconds, load, codecs);
  measured.send({ ports: sourcePorts });
  const ports = await measured.next<number[] | SideReport>();
  if (!Array.isArray(ports)) {
    measured.end();
    generator.end();
    return { ...ports, missing: 0, leastPackets: 0, largestGapMs: 0 };
  }
  generator.send({ ports });
  const report = await measured.next<SideReport>();
  const seen = await generator.next<GeneratorReport>();
  measured.end();
  generator.end();
  return { ...report, ...seen };
}

interface Side {
  send(message: { readonly ports: readonly number[] }): void;
  next<T>(): Promise<T>;
  end(): void;
}

/** The other processes are this program's own: what they send has the type that they were asked for. */
function inbox(): { put(message: unknown): void; next<T>(): Promise<T> } {
  const waiting: unknown[] = [];
  let resolve: ((message: unknown) => void) | null = null;
  return {
    put(message) {
      if (resolve === null) waiting.push(message);
      else resolve(message);
      resolve = null;
    },
    async next<T>() {
      if (waiting.length > 0) return waiting.shift() as T;
      return new Promise<T>((take) => {
        resolve = (message) => take(message as T);
      });
    },
  };
}

function child(role: string, participants: number, seconds: number, load: Load, codecs: string): Side {
  const path = fileURLToPath(new URL('./conference.child.js', import.meta.url));
  const process = fork(path, [role, String(participants), String(roomSize), String(seconds), load, codecs]);
  const box = inbox();
  process.on('message', (message) => box.put(message));
  return { send: (message) => process.send(message), next: box.next, end: () => process.kill() };
}

/** The floor in C, compiled here: reads ports from its input, prints its ports and then its CPU time. */
function cFloor(participants: number, seconds: number): Side {
  const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
  writeFileSync(join(folder, 'floor.c'), floorSource);
  execFileSync('cc', ['-O2', '-o', join(folder, 'floor'), join(folder, 'floor.c')]);
  const process = spawn(join(folder, 'floor'), [String(participants), String(seconds)]);
  const box = inbox();
  let text = '';
  process.stdout.on('data', (bytes) => {
    text += String(bytes);
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      box.put(JSON.parse(text.slice(0, end)));
      text = text.slice(end + 1);
    }
  });
  return {
    send: ({ ports }) => void process.stdin.write(`${ports.join('\n')}\n`),
    next: box.next,
    end() {
      process.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const best = (reports: readonly SideReport[]): number => Math.min(...reports.map(({ cpuUs }) => cpuUs));

const round = (value: number): number => Math.round(value * 100) / 100;

/** Engine and floor in turns, as the machine's other work changes from second to second. */
async function compare(name: string, load: Load, participants: number, seconds: number): Promise<BenchResult> {
  const engine: (SideReport & GeneratorReport)[] = [];
  const floor: SideReport[] = [];
  for (let turn = 0; turn < rounds; turn++) {
    floor.push(await measure('floor', participants, seconds, load));
    engine.push(await measure('engine', participants, seconds, load));
  }
  const inC = load === 'room' && hasCompiler() ? [await measure('floor-c', participants, seconds)] : [];
  // A participant-second is 50 packets in and 50 out.
  const each = participants * seconds;
  const last = engine.reduce((a, b) => (a.cpuUs <= b.cpuUs ? a : b));
  return {
    name: `${name}, ${participants} participants, G.711`,
    figures: {
      'µs CPU a participant-second': Math.round(best(engine) / each),
      'floor through koffi': Math.round(best(floor) / each),
      'times the floor': round(best(engine) / best(floor)),
      ...(inC.length > 0
        ? { 'floor in C': Math.round(best(inC) / each), 'times the floor in C': round(best(engine) / best(inC)) }
        : {}),
      'memory a participant, kB': Math.round(last.memoryBytes / participants / 1000),
      'packets a second a participant, least': round(last.leastPackets / seconds),
      'packets missing': last.missing,
      'largest gap, ms': round(last.largestGapMs),
      'latest tick, ms': round(last.maxLatenessMs),
    },
  };
}

export async function bench(sizes: readonly number[] = [100, 300, 900, 1500], seconds = 5): Promise<BenchResult[]> {
  const unavailable = libcUnavailable();
  if (unavailable !== null) return [{ name: 'conference', figures: { skipped: unavailable } }];
  const results: BenchResult[] = [];
  for (const size of sizes) results.push(await compare(`conference in rooms of ${roomSize}`, 'room', size, seconds));
  results.push(await compare('announcement', 'announcement', 500, seconds));
  results.push(await compare('echo', 'echo', 300, seconds));
  return results;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const sizes = process.argv[2]?.split(',').map(Number);
  for (const { name, figures } of await bench(sizes, Number(process.argv[3] ?? 5))) {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  }
}
