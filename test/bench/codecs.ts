/**
 * CPU of one encoded and decoded frame of each codec, beside G.711's in the same run, and what the
 * heap grows by for a frame; and in loops of a reference (`reference-loop.ts`), for busy machines.
 *
 *   node dist/test/bench/codecs.js [frames]
 */
import * as all from '../../core/media/worker/codecs/index.ts';
import type { Codec, CodecRecord } from '../../core/media/worker/records.ts';
import { referenceLoopUs } from './reference-loop.ts';

const frames = Number(process.argv[2] ?? 4000);
const rounds = 5;
/** Frames of input that are gone through again and again: two seconds. */
const inputFrames = 100;
/** What the project asks of a frame, µs, encoded and decoded. */
const allowedUs: Record<string, number> = { G722: 60, GSM: 50, opus: 300 };

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Two seconds of a swaying voice with some noise, at the codec's own frame length. */
function input(record: CodecRecord, frameSamples: number): Int16Array[] {
  let seed = 1;
  return Array.from({ length: inputFrames }, (_, frame) =>
    Int16Array.from({ length: frameSamples * record.channels }, (_unused, i) => {
      const time = (frame * frameSamples + Math.floor(i / record.channels)) / record.sampleRateHz;
      const phase = 2 * Math.PI * (150 * time + 3 * Math.sin(2 * Math.PI * time));
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      const voice = Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin(5 * phase);
      return Math.round(5000 * (0.6 + 0.4 * Math.sin(8 * time)) * voice + (seed >> 23));
    }),
  );
}

interface Figures {
  readonly encodeUs: number;
  readonly decodeUs: number;
  readonly heapBytes: number;
}

/** Least of some rounds: the others were disturbed. */
function measure(work: () => void): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = cpuUs();
    for (let i = 0; i < frames; i++) work();
    least = Math.min(least, (cpuUs() - before) / frames);
  }
  return least;
}

function figuresOf(record: CodecRecord): Figures {
  const codec: Codec = record.create();
  const frameMs = codec.frameMs ?? 20;
  const sources = input(record, (record.sampleRateHz * frameMs) / 1000);
  const payloads = sources.map((samples) => {
    const payload = new Uint8Array(record.maxFrameBytes * 2);
    const bytes = codec.encode(samples, samples.length / record.channels, payload);
    return payload.slice(0, bytes);
  });
  const payload = new Uint8Array(record.maxFrameBytes * 2);
  const decoded = new Int16Array((record.sampleRateHz * 120 * record.channels) / 1000);
  let place = 0;
  const next = (): number => (place = (place + 1) % inputFrames);
  const encode = (): void => {
    const samples = sources[next()] as Int16Array;
    codec.encode(samples, samples.length / record.channels, payload);
  };
  const decode = (): void => {
    const bytes = payloads[next()] as Uint8Array;
    codec.decode(bytes, bytes.length, decoded);
  };
  const perFrame = 20 / frameMs;
  const encodeUs = measure(encode) * perFrame;
  const decodeUs = measure(decode) * perFrame;
  global.gc?.();
  const heap = process.memoryUsage().heapUsed;
  for (let i = 0; i < frames; i++) {
    encode();
    decode();
  }
  const heapBytes = Math.max(0, process.memoryUsage().heapUsed - heap) / frames;
  codec.dispose?.();
  return { encodeUs, decodeUs, heapBytes };
}

const rows = all.codecs.map((record) => ({ record, figures: figuresOf(record) }));
const loopUs = referenceLoopUs();
const floor = rows[0]?.figures;
const floorUs = floor === undefined ? Number.NaN : floor.encodeUs + floor.decodeUs;
console.log(`20 ms of each codec, least of ${rounds} times ${frames} frames; 1 loop: ${loopUs.toFixed(0)} µs`);
console.log('codec                encode µs  decode µs  both µs  × G.711   loops  heap bytes/frame');
for (const { record, figures } of rows) {
  const { encodeUs, decodeUs, heapBytes } = figures;
  const both = encodeUs + decodeUs;
  const allowed = allowedUs[record.name];
  const verdict = allowed === undefined ? '' : both <= allowed ? `  within ${allowed} µs` : `  over ${allowed} µs`;
  const name = `${record.name}/${record.clockRateHz}/${record.channels}`.padEnd(20);
  const numbers = [encodeUs, decodeUs, both].map((us) => us.toFixed(1).padStart(9)).join('  ');
  console.log(
    `${name} ${numbers}  ${(both / floorUs).toFixed(0).padStart(6)}  ${(both / loopUs).toFixed(3).padStart(7)}  ${heapBytes.toFixed(1).padStart(8)}${verdict}`,
  );
}
for (const { name, reason } of all.unavailable) console.log(`${name} is not available: ${reason}`);
