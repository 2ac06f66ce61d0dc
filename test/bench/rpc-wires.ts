/**
 * CPU of one `calls` over a connection that stays, on every wire, against a server with 1,000 calls in `monitoring`;
 * the measure for HTTP is a bare node:http JSON echo. Both servers run in processes of their own, in turn, with the same
 * client; the figure is the server's CPU time. Demands: netstrings and WebSocket 25 µs, XML-RPC 30 µs, JSON-RPC over
 * HTTP twice the echo.
 *
 *   node dist/test/bench/rpc-wires.js [rounds]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Place } from './rpc-wires.child.ts';

const requests = 4000;
const warmUp = 6000;
const connections = 8;

const jsonBody = '{"jsonrpc":"2.0","method":"calls","id":1}';
const xmlBody = '<?xml version="1.0"?>\n<methodCall><methodName>calls</methodName><params></params></methodCall>';

/** How a client opens a connection, what it sends, and what every answer begins with. */
export interface Wire {
  readonly port: (place: Place) => number;
  readonly open?: string;
  readonly request: (place: Place) => Buffer;
  readonly answer: RegExp;
}

const http = (type: string, body: string, more = ''): Buffer =>
  Buffer.from(
    `POST /RPC2 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${type}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
const basic = (token: string): string => Buffer.from(`bench:${token}`).toString('base64');

export const wires = {
  'bare node:http JSON echo': {
    port: (place) => place.http,
    request: () => http('application/json', jsonBody),
    answer: /^HTTP\/1.1 200 OK\r\n/,
  },
  netstrings: {
    port: (place) => place.netstring,
    request: () => Buffer.from(`${jsonBody.length}:${jsonBody},`),
    answer: /^\d+:\{"jsonrpc":"2.0","result":1000/,
  },
  'JSON-RPC over WebSocket': {
    port: (place) => place.http,
    open: 'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    request: () => maskedFrame(jsonBody),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the length of the frame
    answer: /^\u0081[\u0000-\u007d]\{"jsonrpc":"2.0","result":1000/,
  },
  'JSON-RPC over HTTP': {
    port: (place) => place.http,
    request: () => http('application/json', jsonBody),
    answer: /^HTTP\/1.1 200 OK\r\n/,
  },
  'JSON-RPC over HTTP, Bearer token': {
    port: (place) => place.http,
    request: ({ token }) => http('application/json', jsonBody, `Authorization: Bearer ${token}\r\n`),
    answer: /^HTTP\/1.1 200 OK\r\n/,
  },
  'XML-RPC': {
    port: (place) => place.http,
    request: () => http('text/xml', xmlBody),
    answer: /^HTTP\/1.1 200 OK\r\n/,
  },
  'XML-RPC, HTTP Basic': {
    port: (place) => place.http,
    request: ({ token }) => http('text/xml', xmlBody, `Authorization: Basic ${basic(token)}\r\n`),
    answer: /^HTTP\/1.1 200 OK\r\n/,
  },
} satisfies { readonly [name: string]: Wire };

const names = Object.keys(wires) as (keyof typeof wires)[];
const echo = 'bare node:http JSON echo';

/** RFC 6455, 5.3: a client MUST mask its frames. */
function maskedFrame(text: string): Buffer {
  const mask = [0x37, 0xfa, 0x21, 0x3d];
  const payload = Buffer.from(text).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, ...mask]), payload]);
}

export interface RpcServer {
  readonly place: Place;
  /** CPU time that it has used, µs. */
  cpuMicros(): Promise<number>;
  end(): void;
}

export async function startServer(kind: 'echo' | 'rpc', execArgv: readonly string[] = []): Promise<RpcServer> {
  const child = fork(new URL('./rpc-wires.child.js', import.meta.url), [kind], { execArgv: [...execArgv] });
  return {
    place: (await answerOf(child)) as Place,
    async cpuMicros() {
      child.send('cpu');
      return Number(await answerOf(child));
    },
    end: () => void child.kill(),
  };
}

const answerOf = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));

export interface Client {
  /** One request and its answer. */
  ask(): Promise<void>;
  /** `count` requests, one after the other. */
  run(count: number): Promise<void>;
  end(): void;
}

export async function openClient(wire: Wire, place: Place): Promise<Client> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened = connect(wire.port(place), '127.0.0.1', () => resolve(opened));
    opened.on('error', reject);
  });
  if (wire.open !== undefined) {
    socket.write(wire.open);
    await new Promise((resolve) => socket.once('data', resolve));
  }
  const request = wire.request(place);
  let left = 0;
  let done = (): void => {};
  let failed = (_fault: Error): void => {};
  // An answer of this size comes in one piece.
  socket.on('data', (chunk) => {
    if (!wire.answer.test(chunk.toString('latin1', 0, 50))) failed(new Error(chunk.toString()));
    else if (--left > 0) socket.write(request);
    else done();
  });
  const run = (count: number): Promise<void> =>
    new Promise((resolve, reject) => {
      left = count;
      done = resolve;
      failed = reject;
      socket.write(request);
    });
  return { run, ask: () => run(1), end: () => socket.destroy() };
}

/** Microseconds of the server's CPU a request: `count` requests over a few connections, one at a time on each. */
async function measureWire(name: keyof typeof wires, server: RpcServer, count: number): Promise<number> {
  const clients = await Promise.all(Array.from({ length: connections }, () => openClient(wires[name], server.place)));
  const share = Math.ceil(count / connections);
  for (const client of clients) await client.run(20);
  const before = await server.cpuMicros();
  await Promise.all(clients.map((client) => client.run(share)));
  const took = (await server.cpuMicros()) - before;
  for (const client of clients) client.end();
  return took / (share * connections);
}

/** The best of several short rounds for each wire: other work on the machine only adds. */
export async function measure(rounds: number): Promise<ReadonlyMap<string, number>> {
  const servers = { echo: await startServer('echo'), rpc: await startServer('rpc') };
  const best = new Map<string, number>(names.map((name) => [name, Number.POSITIVE_INFINITY]));
  const serverOf = (name: string): RpcServer => servers[name === echo ? 'echo' : 'rpc'];
  for (const name of names) await measureWire(name, serverOf(name), warmUp);
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const micros = await measureWire(name, serverOf(name), requests);
      best.set(name, Math.min(best.get(name) ?? micros, micros));
    }
  }
  servers.echo.end();
  servers.rpc.end();
  return best;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const best = await measure(Number(process.argv[2] ?? 12));
  const limits = new Map([
    ['netstrings', 25],
    ['JSON-RPC over WebSocket', 25],
    ['JSON-RPC over HTTP', 2 * (best.get(echo) ?? 0)],
    ['XML-RPC', 30],
  ]);
  for (const [name, micros] of best) {
    const limit = limits.get(name);
    const demand = limit === undefined ? '' : `, demand ${limit.toFixed(1)}`;
    process.stdout.write(
      `${name.padEnd(34)} ${micros.toFixed(1)} µs, ${(micros / (best.get(echo) ?? 0)).toFixed(2)} × echo${demand}\n`,
    );
    if (limit !== undefined && micros > limit) process.exitCode = 1;
  }
}
