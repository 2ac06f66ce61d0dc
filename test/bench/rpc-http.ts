/**
 * CPU of a JSON-RPC `calls` over keep-alive HTTP, against a bare node:http JSON echo. Each server runs in a
 * process of its own, in turn, with the same client; the figure is the server's CPU time. Limit: ratio 2.5.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '../../core/config/index.ts';
import { createBus, Int, rowsFor } from '../../core/di/index.ts';
import { silentLog } from '../../core/runtime/index.ts';
import { realSeams } from '../../core/runtime/real-seams.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { type RpcConfig, RpcConfigSchema, startRpc } from '../../rpc/index.ts';

const requests = 20_000;
const warmUp = 4_000;
const rounds = 3;
const connections = 8;
const limit = 2.5;
const body = '{"jsonrpc":"2.0","method":"calls","id":1}';

export interface RpcHttpFigures {
  readonly echoMicros: number;
  readonly callsMicros: number;
  readonly ratio: number;
}

type Kind = 'echo' | 'rpc';

/** The best of several rounds for each server: other work on the machine only adds. */
export async function measure(): Promise<RpcHttpFigures> {
  const best = { echo: Number.POSITIVE_INFINITY, rpc: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['echo', 'rpc'] as const) best[kind] = Math.min(best[kind], await measureServer(kind));
  }
  return { echoMicros: best.echo, callsMicros: best.rpc, ratio: best.rpc / best.echo };
}

/** Microseconds of CPU a request. */
async function measureServer(kind: Kind): Promise<number> {
  const child = fork(new URL(import.meta.url), [kind]);
  try {
    const port = Number(await answerOf(child));
    await load(port, warmUp);
    const before = Number(await ask(child));
    await load(port, requests);
    return (Number(await ask(child)) - before) / requests;
  } finally {
    child.kill();
  }
}

function ask(child: ChildProcess): Promise<unknown> {
  child.send('cpu');
  return answerOf(child);
}

const answerOf = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));

/** `count` requests over a few keep-alive connections, one at a time on each. */
async function load(port: number, count: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => drive(port, Math.ceil(count / connections))));
}

function drive(port: number, count: number): Promise<void> {
  const request = `POST /jsonrpc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let left = count;
    socket.on('error', reject);
    // A reply of this size comes in one piece.
    socket.on('data', (chunk) => {
      if (!chunk.toString('latin1', 0, 15).startsWith('HTTP/1.1 200')) reject(new Error(chunk.toString()));
      if (--left > 0) socket.write(request);
      else socket.end(resolve);
    });
  });
}

async function serve(kind: Kind): Promise<number> {
  return kind === 'echo' ? serveEcho() : serveRpc();
}

function serveEcho(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      response.end(text);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
}

async function serveRpc(): Promise<number> {
  const seams = realSeams({ log: silentLog });
  const { clock, counters, random } = seams;
  const bus = createBus({ clock, log: silentLog, counters, random });
  const { fn, defineFunctions } = rowsFor<null>();
  const calls = fn({ summary: 'Calls now.', params: [], result: Int, scope: 'server:read', handler: () => 3 });
  bus.register('builtin', defineFunctions({ calls }), null);
  const config = loadConfig<RpcConfig>({ schema: RpcConfigSchema, text: '{"listen":{"port":0},"netstring":null}' });
  const info = { title: 'Callbus', version: '0' };
  const rpc = await startRpc({ bus, seams, config, storage: memoryStorage(), ready: () => true, info });
  return rpc.listener?.port ?? 0;
}

const [, script = '', kind] = process.argv;
if (process.send !== undefined && (kind === 'echo' || kind === 'rpc')) {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send(await serve(kind));
} else if (import.meta.url === pathToFileURL(script).href) {
  const { echoMicros, callsMicros, ratio } = await measure();
  process.stdout.write(
    `rpc-http: echo ${echoMicros.toFixed(1)} µs, calls ${callsMicros.toFixed(1)} µs, ratio ${ratio.toFixed(2)} (limit ${limit})\n`,
  );
  if (ratio > limit) process.exitCode = 1;
}
