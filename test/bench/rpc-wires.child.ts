/**
 * A server of the RPC benches, in a process of its own: a bare node:http JSON echo, or all wires of `rpc/` with 1,000
 * calls in `monitoring`. It answers every message with the CPU time that it has used, in µs.
 */
import { createServer } from 'node:http';
import { loadConfig } from '../../core/config/index.ts';
import { createBus, Int, rowsFor } from '../../core/di/index.ts';
import { silentLog } from '../../core/runtime/index.ts';
import { realSeams } from '../../core/runtime/real-seams.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { CallFeed } from '../../di-modules/monitoring/feed.ts';
import { functions } from '../../di-modules/monitoring/functions.ts';
import { RecordStore } from '../../di-modules/monitoring/record-store.ts';
import { SampleStore } from '../../di-modules/monitoring/sample-store.ts';
import { type RpcConfig, RpcConfigSchema, startRpc } from '../../rpc/index.ts';

export interface Place {
  readonly http: number;
  readonly netstring: number;
  readonly token: string;
}

const calls = 1000;

function serveEcho(): Promise<Place> {
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
      resolve({ http: typeof bound === 'object' && bound !== null ? bound.port : 0, netstring: 0, token: '' });
    });
  });
}

/** All wires on one bus, as the server starts them. */
export async function serveRpc(): Promise<Place> {
  const seams = realSeams({ log: silentLog });
  const { clock, counters, random } = seams;
  const bus = createBus({ clock, log: silentLog, counters, random });
  const { fn, defineFunctions } = rowsFor<null>();
  const count = fn({ summary: 'Calls now.', params: [], result: Int, scope: 'server:read', handler: () => calls });
  bus.register('builtin', defineFunctions({ calls: count }), null);

  const records = new RecordStore(clock, { maxFinished: 10_000, maxRecords: 100_000, maxValues: 10_000 });
  const samples = new SampleStore({ retainMicros: 10_000_000, maxLists: 100_000, maxSamples: 10_000 });
  const feed = new CallFeed(records, silentLog, counters.counter('dropped', 'Dropped.'));
  bus.subscribe('call.*', ['*:*'], (event) => feed.receive(event));
  bus.register('monitoring', functions, { records, samples, log: silentLog, nowMicros: () => clock.unixMs() * 1000 });
  for (let n = 0; n < calls; n++) {
    bus.publish('call.started', {
      call: `4A3F-${n}-0123456789abcdef`,
      trace: `t${n}`,
      direction: 'in',
      from: `"Caller ${n}" <sip:${n}@example.org>;tag=${n}`,
      to: '<sip:500@example.org>',
      ruri: 'sip:500@example.org',
      application: 'conference',
      sipCallId: `${n}@example.org`,
      startedAtMs: clock.unixMs(),
    });
  }

  const text = JSON.stringify({ listen: { port: 0 }, netstring: { port: 0 } });
  const config = loadConfig<RpcConfig>({ schema: RpcConfigSchema, text });
  const info = { title: 'Callbus', version: '0' };
  const rpc = await startRpc({ bus, seams, config, storage: memoryStorage(), ready: () => true, info });
  const { token } = await rpc.tokens.create({ name: 'bench', scopes: ['operator'] });
  return { http: rpc.listener?.port ?? 0, netstring: Number(rpc.netstring?.split(':').at(-1) ?? 0), token };
}

const [, , kind] = process.argv;
if (process.send !== undefined && (kind === 'echo' || kind === 'rpc')) {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send(kind === 'echo' ? await serveEcho() : await serveRpc());
}
