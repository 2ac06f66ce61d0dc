import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const cli = resolve(import.meta.dirname, '../../core/cli.js');

export interface ServerProcess {
  readonly ready: { readonly sip: readonly { readonly port: number }[]; readonly http: string };
  readonly sipPort: number;
  readonly http: string;
  stop(): Promise<void>;
}

/** The built server on free ports, with one rule more: 7xxx is a room of webconference. */
export async function startServerProcess(folder: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [cli, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CALLBUS__SIP__LISTEN: '[{transport: udp, address: 127.0.0.1, port: 0}]',
      CALLBUS__RPC__LISTEN__PORT: '0',
      CALLBUS__RPC__NETSTRING: 'null',
      CALLBUS__ROUTING: "[{match: '^sip:7[0-9]+@', application: webconference}]",
      CALLBUS__MODULES__WEBCONFERENCE__DIRECT_ROOM_RE: "'^7'",
      CALLBUS__STORAGE__PATH: join(folder, 'var'),
      CALLBUS__LOG__LEVEL: 'warn',
    },
  });
  const ready = await readyLine(child);
  return {
    ready,
    sipPort: ready.sip[0]?.port ?? 0,
    http: ready.http,
    stop: () =>
      new Promise((done) => {
        child.once('exit', () => done());
        child.kill('SIGTERM');
      }),
  };
}

function readyLine(child: ChildProcess): Promise<ServerProcess['ready']> {
  return new Promise((found, failed) => {
    child.once('exit', (code) => failed(new Error(`the server ended with code ${code}`)));
    if (child.stdout === null) return;
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('callbus ready ')) found(JSON.parse(line.slice('callbus ready '.length)));
    });
  });
}
