/**
 * The main thread stands still for 500 ms, several times, while 100 calls hear each other in media
 * workers. Another process sends, receives and measures: the largest gap between two packets of one
 * call and the number that are missing, with pauses and without, and the latest tick of the worker.
 *
 *   node dist/test/bench/main-pause.js [calls] [seconds]
 */
import { fork } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createMediaPool, ourCodecs, ourFormats } from '../../core/media/index.ts';
import { libcUnavailable, realClock, realSeams, silentLog, sleep } from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';
import type { GeneratorReport } from './conference.child.ts';
import type { BenchResult } from './conference.ts';

const host = '127.0.0.1';
const pauseMs = 500;
const roomSize = 10;

/** Nothing of this thread runs meanwhile, timers and messages included. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}

interface PauseReport extends GeneratorReport {
  readonly latestTickMs: number;
}

async function measure(calls: number, seconds: number, pauses: boolean): Promise<PauseReport> {
  const clock = realClock();
  const config = mediaConfig({ workers: 1, packetIo: 'libc', ports: [20_000, 29_999] });
  const pool = await createMediaPool(realSeams({ log: silentLog }), config, {
    codecs: [ourCodecs],
    formats: [ourFormats],
  });
  const path = fileURLToPath(new URL('./conference.child.js', import.meta.url));
  const phones = fork(path, ['generator', String(calls), String(roomSize), String(seconds)]);
  const next = <T>(): Promise<T> =>
    new Promise((resolve) => phones.once('message', (message) => resolve(message as T)));
  const theirs = await next<number[]>();
  const ports: number[] = [];
  for (const [call, port] of theirs.entries()) {
    const stream = await pool.openStream({ localAddress: host });
    stream.configure({
      remote: { address: host, port },
      remoteRtcp: null,
      direction: 'sendrecv',
      codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null }],
      telephoneEvent: null,
      ptimeMs: 20,
    });
    stream.play([{ kind: 'room', room: `r${Math.floor(call / roomSize)}`, listenOnly: false }]);
    ports.push(stream.rtpPort);
  }
  let over = false;
  const report = next<GeneratorReport>().then((value) => {
    over = true;
    return value;
  });
  phones.send({ ports });
  let latestTickMs = 0;
  await sleep(clock, 1000); // opening is over
  while (!over) {
    await sleep(clock, 300);
    latestTickMs = Math.max(latestTickMs, ...pool.load().workers.map(({ maxLatenessMs }) => maxLatenessMs));
    if (pauses) standStill();
  }
  phones.kill();
  await pool.stop();
  return { ...(await report), latestTickMs };
}

export async function bench(calls = 100, seconds = 8): Promise<BenchResult[]> {
  const unavailable = libcUnavailable();
  if (unavailable !== null) return [{ name: 'main-pause', figures: { skipped: unavailable } }];
  const figuresOf = ({ missing, leastPackets, largestGapMs, latestTickMs }: PauseReport) => ({
    'packets missing': missing,
    'packets a second a call, least': Math.round((leastPackets / seconds) * 100) / 100,
    'largest gap, ms': Math.round(largestGapMs * 10) / 10,
    'latest tick, ms': Math.round(latestTickMs * 10) / 10,
  });
  const running = await measure(calls, seconds, false);
  const pausing = await measure(calls, seconds, true);
  // A packet or a tick that waited for the main thread would be some half a second late; a busy machine adds its own.
  const isHeldUp =
    pausing.largestGapMs >= running.largestGapMs + pauseMs / 2 ||
    pausing.latestTickMs >= running.latestTickMs + pauseMs / 2;
  if (pausing.missing > 0 || isHeldUp) process.exitCode = 1;
  return [
    { name: `${calls} calls, the main thread runs`, figures: figuresOf(running) },
    {
      name: `${calls} calls, the main thread stands still for ${pauseMs} ms of every ${pauseMs + 300}`,
      figures: figuresOf(pausing),
    },
  ];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, figures } of await bench(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 8))) {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  }
}
