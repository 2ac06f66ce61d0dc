/**
 * Requests over every wire while media workers carry 300 participants in rooms of 10, in the same server. Client and phones
 * are other processes. Demands: 99 of 100 answers within 2 ms, no media packet late because of RPC: the ticks of the
 * workers and the gaps between packets are those of the same load without RPC.
 *
 *   node dist/test/bench/rpc-beside-media.js [participants] [seconds]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createMediaPool, ourCodecs, ourFormats } from '../../core/media/index.ts';
import { libcUnavailable, realSeams, silentLog } from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';
import type { GeneratorReport } from './conference.child.ts';
import { type Place, serveRpc } from './rpc-wires.child.ts';
import { openClient, wires } from './rpc-wires.ts';

const host = '127.0.0.1';
const roomSize = 10;
const limitMs = 2;
/** Between an answer and the next request of a connection. */
const pauseMs = 5;
const [, , first, second] = process.argv;
const participants = Number(first === 'server' ? second : (first ?? 300));
const seconds = Number(first === 'server' ? 0 : (second ?? 8));

type Ready = Place & { readonly ports: readonly number[] };

const messageOf = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The server: all wires, and a media pool that tells its latest tick since it was asked last. */
async function serve(): Promise<void> {
  const theirs = (await new Promise((resolve) => process.once('message', resolve))) as number[];
  const config = mediaConfig({ workers: 1, packetIo: 'libc', ports: [20_000, 29_999] });
  const parts = { codecs: [ourCodecs], formats: [ourFormats] };
  const pool = await createMediaPool(realSeams({ log: silentLog }), config, parts);
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
  let latestMs = 0;
  setInterval(() => {
    latestMs = Math.max(latestMs, ...pool.load().workers.map(({ maxLatenessMs }) => maxLatenessMs));
  }, 250);
  process.on('message', () => {
    process.send?.(latestMs);
    latestMs = 0;
  });
  process.send?.({ ...(await serveRpc()), ports });
}

/** One side: the load of media, with or without requests. */
async function measure(withRpc: boolean) {
  const generator = fileURLToPath(new URL('./conference.child.js', import.meta.url));
  const phones = fork(generator, ['generator', String(participants), String(roomSize), String(seconds)]);
  const server = fork(fileURLToPath(import.meta.url), ['server', String(participants)]);
  const ready = messageOf(server);
  server.send((await messageOf(phones)) as number[]);
  const place = (await ready) as Ready;
  const report = messageOf(phones) as Promise<GeneratorReport>;
  let over = false;
  void report.then(() => {
    over = true;
  });
  phones.send({ ports: place.ports });
  await pause(1500);
  server.send('tick');
  await messageOf(server);
  const tookMs: number[] = [];
  const { 'bare node:http JSON echo': _, ...ours } = wires;
  if (withRpc) {
    await Promise.all(
      Object.values(ours).map(async (wire) => {
        const client = await openClient(wire, place);
        await client.run(200);
        while (!over) {
          const startMs = performance.now();
          await client.ask();
          tookMs.push(performance.now() - startMs);
          await pause(pauseMs);
        }
        client.end();
      }),
    );
  }
  const seen = await report;
  server.send('tick');
  const latestTickMs = Number(await messageOf(server));
  server.kill();
  phones.kill();
  return { ...seen, latestTickMs, tookMs: tookMs.sort((a, b) => a - b) };
}

const unavailable = libcUnavailable();
if (first === 'server') await serve();
else if (unavailable !== null) process.stdout.write(`rpc-beside-media: skipped, ${unavailable}\n`);
else {
  const sides = { 'without RPC': await measure(false), 'with RPC': await measure(true) };
  for (const [name, { missing, largestGapMs, latestTickMs }] of Object.entries(sides)) {
    process.stdout.write(
      `${participants} participants ${name}: latest tick ${latestTickMs.toFixed(1)} ms, largest gap ${largestGapMs.toFixed(1)} ms, ${missing} packets missing\n`,
    );
  }
  const { tookMs, latestTickMs } = sides['with RPC'];
  const share = (part: number): number => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * part))] ?? 0;
  process.stdout.write(
    `${tookMs.length} requests: half within ${share(0.5).toFixed(2)} ms, 99 % within ${share(0.99).toFixed(2)} ms (demand ${limitMs}), all within ${share(1).toFixed(2)} ms\n`,
  );
  // A tick of 20 ms later than without RPC would be a packet too late.
  if (share(0.99) > limitMs || latestTickMs > sides['without RPC'].latestTickMs + 20) process.exitCode = 1;
}
