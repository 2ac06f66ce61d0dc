/**
 * Peer programs of live tests (SIPp, baresip, …): started by the test, bounded in time and output,
 * ended by their own process id and never by name.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const maxOutputChars = 200_000;
/** Limits are for a machine that has nothing else to do; to wait longer costs nothing where it passes. */
const patience = 6;

export interface PeerOptions {
  /** After six times that long the program is ended; the test then sees `timedOut`. */
  readonly limitMs: number;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface PeerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
}

/** A running program. */
export interface Peer {
  readonly processId: number;
  readonly ended: Promise<PeerEnd>;
  /** Both outputs so far, the newest 200,000 characters. */
  output(): string;
  /** Resolves with the match once the output fits; rejects when the program ends or time is over first. */
  shows(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  write(text: string): void;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, after five seconds SIGKILL; resolves when it is gone. */
  stop(): Promise<PeerEnd>;
}

/** The program's path, or null when it is not installed. */
export function findProgram(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder.
    }
  }
  return null;
}

/** For `test(name, { skip: skipWithout('sipp') }, …)`: the reason, or false when it is there. */
export function skipWithout(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => findProgram(program) === null);
  return missing.length === 0 ? false : `not installed: ${missing.join(', ')}`;
}

export function startPeer(program: string, args: readonly string[], options: PeerOptions): Peer {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let timedOut = false;
  const lookers = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-maxOutputChars);
    for (const look of lookers) look();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.stdin.on('error', () => {}); // it left before it read
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.limitMs * patience);
  let isOver = false;
  const ended = endOf(child, () => timedOut).finally(() => {
    clearTimeout(limit);
    isOver = true;
    for (const look of lookers) look();
  });
  ended.catch(() => {}); // told to whoever waits for it
  return {
    processId: child.pid ?? -1,
    ended,
    output: () => output,
    shows(pattern, limitMs = options.limitMs) {
      return new Promise((resolve, reject) => {
        const done = (settle: () => void): void => {
          clearTimeout(timer);
          lookers.delete(look);
          settle();
        };
        const fail = (why: string): void =>
          done(() => reject(new Error(`${program} ${why} before it showed ${pattern}:\n${output.slice(-4000)}`)));
        const look = (): void => {
          const match = pattern.exec(output);
          if (match !== null) done(() => resolve(match));
          else if (isOver) fail('ended');
        };
        const timer = setTimeout(() => fail(`took ${limitMs * patience} ms`), limitMs * patience);
        lookers.add(look);
        look();
      });
    },
    write: (text) => void child.stdin.write(text),
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      try {
        return await ended;
      } finally {
        clearTimeout(kill);
      }
    },
  };
}

function endOf(child: ChildProcess, timedOut: () => boolean): Promise<PeerEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, timedOut: timedOut() }));
  });
}
