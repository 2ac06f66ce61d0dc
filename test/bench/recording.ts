/**
 * Calls that are recorded, all at once, beside the same calls that are not: CPU, lateness of the ticks,
 * and every sample of every file looked at.
 *
 *   node dist/test/bench/recording.js [calls] [seconds] [format]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMediaPool,
  decodeWav,
  encodeWav,
  type MediaPool,
  type MediaStream,
  ourCodecs,
  ourFormats,
} from '../../core/media/index.ts';
import { openPacketIo, realClock, realFiles, realSeams, silentLog, sleep } from '../../core/runtime/index.ts';
import { mediaConfig } from '../support/media-config.ts';

const calls = Number(process.argv[2] ?? 200);
const seconds = Number(process.argv[3] ?? 20);
const format = process.argv[4] ?? 'wav';
const host = '127.0.0.1';
const clock = realClock();
const allowedRatio = 3;
/** A saw-tooth: each sample tells where it belongs, so a gap of one is seen. */
const sawSamples = 4000;
const sawStep = 8;

interface Figures {
  readonly cpuUs: number;
  readonly lateMs: number;
}

async function openCalls(pool: MediaPool, promptPath: string, sinkPort: number): Promise<MediaStream[]> {
  const prompt = await pool.prompt(promptPath);
  const streams: MediaStream[] = [];
  for (let i = 0; i < calls; i++) {
    const stream = await pool.openStream({ localAddress: host });
    stream.configure({
      remote: { address: host, port: sinkPort },
      remoteRtcp: null,
      direction: 'sendrecv',
      codecs: [{ name: 'PCMU', clockRateHz: 8000, channels: 1, sendPayloadType: 0, receivePayloadType: 0, fmtp: null }],
      telephoneEvent: null,
      ptimeMs: 20,
    });
    stream.play([{ kind: 'prompt', prompt: prompt.id, loop: true }]);
    streams.push(stream);
  }
  return streams;
}

/** CPU of the whole process and the latest tick while the calls go on. */
async function measure(pool: MediaPool): Promise<Figures> {
  await sleep(clock, 1500);
  const before = process.cpuUsage();
  let lateMs = 0;
  for (let second = 0; second < seconds; second++) {
    await sleep(clock, 1000);
    lateMs = Math.max(lateMs, ...pool.load().workers.map(({ maxLatenessMs }) => maxLatenessMs));
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuUs: (user + system) / (calls * seconds), lateMs };
}

/** Places where a sample does not follow the one before it. */
function gapsOf(samples: Int16Array): number {
  let gaps = 0;
  for (let i = 1; i < samples.length; i++) {
    const expected = ((samples[i - 1] as number) + sawStep) % (sawSamples * sawStep);
    if (samples[i] !== expected) gaps++;
  }
  return gaps;
}

const folder = await mkdtemp(join(tmpdir(), 'callbus-recording-'));
const seams = realSeams({ log: silentLog });
const pool = await createMediaPool(seams, mediaConfig({ ports: [42_000, 43_999], workers: 1 }), {
  codecs: [ourCodecs],
  formats: [ourFormats],
});
const sink = openPacketIo('auto');
const sinkSocket = await sink.open(host, 0);
try {
  const promptPath = join(folder, 'saw.wav');
  const saw = Int16Array.from({ length: sawSamples }, (_, i) => i * sawStep);
  await realFiles().write(promptPath, encodeWav({ sampleRateHz: 8000, samples: saw }));
  const streams = await openCalls(pool, promptPath, sink.localPort(sinkSocket));
  const plain = await measure(pool);
  const paths = streams.map((_, i) => join(folder, `${i}.${format}`));
  const recordings = await Promise.all(streams.map((stream, i) => stream.record(paths[i] ?? '', { side: 'both' })));
  const recorded = await measure(pool);
  const lengths = await Promise.all(recordings.map((recording) => recording.stop()));
  let gaps = 0;
  let shortestMs = Number.POSITIVE_INFINITY;
  for (const [i, { lengthMs }] of lengths.entries()) {
    shortestMs = Math.min(shortestMs, lengthMs);
    if (format === 'wav') gaps += gapsOf(decodeWav(await readFile(paths[i] ?? '')).samples);
  }
  const ratio = recorded.cpuUs / plain.cpuUs;
  const line = ({ cpuUs, lateMs }: Figures): string =>
    `${cpuUs.toFixed(0).padStart(5)} µs of CPU a call and second, latest tick ${lateMs.toFixed(1)} ms`;
  process.stdout.write(
    [
      `${calls} calls, ${seconds} s, PCMU, .${format}`,
      `not recorded  ${line(plain)}`,
      `recorded      ${line(recorded)}`,
      `ratio ${ratio.toFixed(2)}, shortest recording ${(shortestMs / 1000).toFixed(1)} s, gaps ${format === 'wav' ? gaps : 'not looked at'}`,
      '',
    ].join('\n'),
  );
  if (gaps > 0 || shortestMs < seconds * 1000 || (format === 'wav' && ratio > allowedRatio)) {
    process.stdout.write(`too much: no gap is allowed, and a ratio of ${allowedRatio}\n`);
    process.exitCode = 1;
  }
} finally {
  await pool.stop();
  sink.dispose();
  await rm(folder, { recursive: true, force: true });
}
