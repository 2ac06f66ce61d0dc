/**
 * 1,000 events a second to 50 subscribers over WebSocket, and into the log on disk. None may be lost; the server's main
 * thread shall be busy for less than 30 %. The server is a process of its own; the figure is the CPU time of its main
 * thread, so that other work on the machine does not count.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { loadConfig } from '../../core/config/index.ts';
import { createBus, type EventPayload } from '../../core/di/index.ts';
import { openEventStore } from '../../core/event-store.ts';
import { silentLog } from '../../core/runtime/index.ts';
import { realSeams } from '../../core/runtime/real-seams.ts';
import { openSqliteStorage } from '../../core/storage/index.ts';
import { type RpcConfig, RpcConfigSchema, startRpc } from '../../rpc/index.ts';

const subscribers = 50;
const eventsPerSecond = 1000;
const seconds = 10;
const limit = 0.3;
/** Ticks of `/proc/…/stat`. */
const ticksPerSecond = 100;

if (process.send === undefined) await measure();
else await serve();

async function measure(): Promise<void> {
  const server = fork(new URL(import.meta.url), [], { execArgv: process.execArgv });
  const { port } = (await messageOf(server)) as { port: number };
  const counts = await Promise.all(Array.from({ length: subscribers }, () => subscribe(port)));
  server.send('go');
  const { share, latest } = (await messageOf(server)) as { share: number; latest: number };
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const events = eventsPerSecond * seconds;
  const received = counts.reduce((sum, { ids }) => sum + new Set(ids).size, 0);
  const lost = events * subscribers - received;
  process.stdout.write(
    `event-fanout: ${events} events to ${subscribers} subscribers at ${eventsPerSecond}/s, ${lost} lost, main thread ${(100 * share).toFixed(1)} % (limit ${100 * limit} %), newest id ${latest}\n`,
  );
  server.kill();
  if (lost > 0 || share > limit) process.exitCode = 1;
  process.exit();
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('message', resolve));
}

/** Ids are cut from the text: to parse all would need more than a core. */
async function subscribe(port: number): Promise<{ readonly ids: number[] }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  const ids: number[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () =>
      socket.send('{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{"filter":"call.*"}}'),
    );
    socket.on('message', (data) => {
      const id = /"subscription":\d+,"id":(\d+)/.exec(String(data).slice(0, 120))?.[1];
      if (id === undefined) resolve();
      else ids.push(Number(id));
    });
  });
  return { ids };
}

async function serve(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callbus-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const seams = realSeams({ log: silentLog });
  const bus = createBus({ clock: seams.clock, log: silentLog, counters: seams.counters, random: seams.random });
  const text = JSON.stringify({ listen: { port: 0 }, netstring: null });
  const config = loadConfig<RpcConfig>({ schema: RpcConfigSchema, text });
  const storage = openSqliteStorage({ path: folder, threads: seams.threads });
  await bus.eventLog.open(openEventStore(storage), config.events);
  const info = { title: 'Callbus', version: '0' };
  const rpc = await startRpc({ bus, seams, config, storage, ready: () => true, info });
  process.send?.({ port: rpc.listener?.port ?? 0 });
  process.once('message', async () => {
    const before = mainThreadSeconds();
    const startMs = performance.now();
    let sent = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(
          eventsPerSecond * seconds,
          Math.floor(((performance.now() - startMs) * eventsPerSecond) / 1000),
        );
        for (; sent < due; sent++) publish(sent);
        if (sent === eventsPerSecond * seconds) {
          clearInterval(timer);
          resolve();
        }
      }, 5);
    });
    await bus.eventLog.close();
    const share = (mainThreadSeconds() - before) / ((performance.now() - startMs) / 1000);
    process.send?.({ share, latest: bus.eventLog.lastId });
  });

  /** One call in four events. */
  function publish(n: number): void {
    const call = `tag-${n >> 2}-0123456789abcdef01234567`;
    const trace = `trace-${n >> 2}`;
    if (n % 4 === 3) bus.publish('call.ended', { ...ended, call, trace });
    else bus.publish('call.ringing', { call, trace, status: 180, reason: 'Ringing' });
  }
}

const ended = {
  direction: 'in',
  from: '"Alice" <sip:alice@example.org>;tag=1',
  to: '<sip:500@example.org>',
  ruri: 'sip:500@example.org',
  application: 'conference',
  sipCallId: 'a84b4c76e66710@pc33.example.org',
  status: 200,
  reason: 'OK',
  endedBy: 'remote',
  startedAtMs: 1_767_225_600_000,
  answeredAtMs: 1_767_225_601_000,
  endedAtMs: 1_767_225_661_000,
  codec: 'PCMU/8000',
  packetsSent: 3000,
  packetsReceived: 3000,
  packetsLost: 2,
  jitterMs: 1.25,
  roundTripMs: 20,
  concealedMs: 40,
  mos: 4.3,
  why: [{ code: 'call.ended', sentence: 'The caller hung up.', cause: 'BYE' }],
} satisfies Omit<EventPayload<'call.ended'>, 'call' | 'trace'>;

/** User and system time of the main thread alone. */
function mainThreadSeconds(): number {
  const stat = readFileSync(`/proc/${process.pid}/task/${process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
