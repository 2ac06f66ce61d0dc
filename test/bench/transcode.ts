/**
 * What a codec costs: µs of CPU for 20 ms encoded and decoded, against G.711 in the same run; transcoded
 * seats on a core at 70 % (codec, and 50 packets a second received and sent through the kernel); memory
 * of a channel that was used once, by the resident size of many. The whole engine: `capacity`. In loops
 * of a reference measured in the same run too (`reference-loop.ts`): so figures of a busy machine compare.
 *
 *   node dist/test/bench/transcode.js [seconds of speech a codec]
 */
import { pathToFileURL } from 'node:url';
import { codecs, unavailable } from '../../core/media/worker/codecs/index.ts';
import { opusRecord } from '../../core/media/worker/codecs/opus.ts';
import { defaultOpusSettings } from '../../core/media/worker/codecs/opus-format.ts';
import { systemLibrary, wasmLibrary } from '../../core/media/worker/codecs/opus-library.ts';
import type { CodecRecord } from '../../core/media/worker/records.ts';
import { libcUnavailable } from '../../core/runtime/index.ts';
import { measurePacketIo } from './packet-io.ts';
import { referenceLoopUs } from './reference-loop.ts';

const share = 0.7;
const channels = 200;

export interface CodecFigures {
  readonly name: string;
  readonly frameUs: number;
  readonly channelKb: number;
}

/** A voice of harmonics, louder and softer, with pauses. */
function speech(rateHz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rateHz * seconds }, (_, index) => {
    const t = index / rateHz;
    const pitch = 2 * Math.PI * (130 * t + 4 * Math.sin(2 * Math.PI * 0.7 * t));
    let sum = 0;
    for (let harmonic = 1; harmonic < 12; harmonic++) sum += Math.sin(pitch * harmonic + harmonic ** 2) / harmonic;
    return 4000 * Math.max(0.02, Math.sin(2 * Math.PI * 0.9 * t)) * sum;
  });
}

/** Frames that are measured at once; the least of all such pieces counts, the others were disturbed. */
const piece = 100;

/** Runs `seconds` of speech through one codec; the first fifth only warms. */
export function measureCodec(record: CodecRecord, name: string, seconds: number): CodecFigures {
  const before = process.memoryUsage();
  const payload = new Uint8Array(1460);
  const out = new Int16Array((record.sampleRateHz * 120) / 1000);
  const made = Array.from({ length: channels }, () => record.create({ fmtp: record.fmtp, ptimeMs: 20 }));
  const [codec] = made;
  if (codec === undefined) throw new Error('no codec');
  const frameMs = codec.frameMs ?? 20;
  const count = (record.sampleRateHz * frameMs) / 1000;
  const samples = speech(record.sampleRateHz, seconds);
  for (const each of made) {
    const length = each.encode(samples.subarray(0, count), count, payload);
    each.decode(payload, length, out);
  }
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  const frames = Math.floor(samples.length / count);
  const warm = Math.floor(frames / 5);
  let startUs = cpuUs();
  let least = Infinity;
  for (let frame = 0; frame < frames; frame++) {
    if (frame % piece === 0) {
      const nowUs = cpuUs();
      if (frame >= warm + piece) least = Math.min(least, nowUs - startUs);
      startUs = nowUs;
    }
    const length = codec.encode(samples.subarray(frame * count, (frame + 1) * count), count, payload);
    codec.decode(payload, length, out);
  }
  const frameUs = (least / piece / frameMs) * 20;
  for (const each of made) each.dispose?.();
  return { name, frameUs, channelKb: grown / channels / 1000 };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

interface Result {
  readonly name: string;
  readonly figures: { readonly [figure: string]: string };
}

export async function bench(seconds = 20): Promise<Result[]> {
  const kernel = libcUnavailable() === null ? await measurePacketIo('libc', 50, 2) : { receiveUs: 2, sendUs: 5 };
  const packetsUs = kernel.receiveUs + kernel.sendUs;
  const all: CodecFigures[] = [];
  for (const record of codecs) {
    if (record.name === 'opus') continue;
    all.push(measureCodec(record, `${record.name}/${record.clockRateHz}`, seconds));
  }
  if (systemLibrary() !== null) {
    all.push(measureCodec(opusRecord(defaultOpusSettings), 'opus at 16 kHz, libopus of the system', seconds));
  }
  all.push(measureCodec(opusRecord(defaultOpusSettings, wasmLibrary), 'opus at 16 kHz, WebAssembly', seconds));
  const base = all.find(({ name }) => name === 'PCMU/8000')?.frameUs ?? 1;
  const loopUs = referenceLoopUs();
  const figures: { [figure: string]: string } = {
    'reference loop': `${loopUs.toFixed(0)} µs for 100,000 multiply-adds; a packet in and out ${packetsUs.toFixed(1)} µs`,
  };
  for (const { name, frameUs, channelKb } of all) {
    const seats = Math.floor((share * 1e6) / (50 * (frameUs + packetsUs)));
    const times = Math.round(frameUs / base);
    figures[name] =
      `${frameUs.toFixed(1)} µs a frame (${times} × PCMU, ${(frameUs / loopUs).toFixed(3)} loops), ${seats} seats, ${Math.max(0, channelKb).toFixed(1)} kB a channel`;
  }
  for (const { name, reason } of unavailable) figures[name] = `absent: ${reason}`;
  return [{ name: `codecs: 20 ms encoded and decoded; seats at ${share * 100} % of a core`, figures }];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { name, figures } of await bench(Number(process.argv[2] ?? 20))) {
    process.stdout.write(`${name}\n`);
    for (const [figure, value] of Object.entries(figures)) process.stdout.write(`  ${figure}: ${value}\n`);
  }
}
