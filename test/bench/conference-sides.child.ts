/** Starts and speaks to the processes of the conference bench: the engine, the floors, the generator. */
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load, Pace } from './conference.child.ts';
import { floorSource } from './conference-floor.child.ts';

export type SideName = 'engine' | 'packet-io' | 'floor' | 'floor-c';

export const roomSize = 10;

/** What all processes of one measurement have to know. */
export interface Scene {
  readonly participants: number;
  readonly seconds: number;
  readonly load: Load;
  readonly codecs: string;
  readonly pace: Pace;
}

export interface Side {
  send(message: { readonly ports: readonly number[] } | 'step'): void;
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

/** A process of `conference.child.ts`. */
export function startSide(role: SideName | 'generator', scene: Scene): Side {
  if (role === 'floor-c') return cFloor(scene);
  const { participants, seconds, load, codecs, pace } = scene;
  const path = fileURLToPath(new URL('./conference.child.js', import.meta.url));
  const process = fork(path, [role, String(participants), String(roomSize), String(seconds), load, codecs, pace]);
  const box = inbox();
  process.on('message', (message) => box.put(message));
  return { send: (message) => void process.send(message), next: box.next, end: () => process.kill() };
}

/** The floor in C, compiled here: reads ports from its input, prints its ports and then its CPU time. */
function cFloor({ participants, seconds, load, pace }: Scene): Side {
  const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
  writeFileSync(join(folder, 'floor.c'), floorSource);
  execFileSync('cc', ['-O2', '-o', join(folder, 'floor'), join(folder, 'floor.c')]);
  const receives = load === 'announcement' ? 0 : 1;
  const isLockstep = pace === 'lockstep' ? 1 : 0;
  const process = spawn(join(folder, 'floor'), [participants, seconds, receives, isLockstep].map(String));
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
    send: (message) => void process.stdin.write(message === 'step' ? '1\n' : `${message.ports.join('\n')}\n`),
    next: box.next,
    end() {
      process.kill();
      rmSync(folder, { recursive: true });
    },
  };
}

export function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
