/** A call in simulated time: speech, packets, a network, the buffer, and what was heard. */
import { ulawToLinear } from '../../../../core/media/index.ts';
import { JitterBuffer, type JitterDecoder } from '../../../../core/media/worker/jitter-buffer.ts';
import type { PlayoutOptions } from '../../../../core/media/worker/protocol.ts';
import type { Network } from './network.ts';
import { ulawEncode } from './ulaw.ts';

export const adaptive: PlayoutOptions = { type: 'adaptive', minMs: 20, maxMs: 1000, fixedMs: 60 };

export const pcmu: JitterDecoder = {
  codec: { encode: () => 0, decode: () => 0 },
  clockRateHz: 8000,
  sampleRateHz: 8000,
  table: ulawToLinear,
  resampler: null,
};

export interface CallOptions {
  readonly source: Int16Array;
  readonly network: Network;
  readonly playout?: PlayoutOptions;
  readonly ptimeMs?: number;
  /** How much faster the sender's clock is than ours, parts per million. */
  readonly ppm?: number;
  /** Where in a tick the first packet is sent. */
  readonly phaseMs?: number;
  /** Seconds of speech; the source is repeated. */
  readonly seconds?: number;
  /** Only figures, not the audio: for long calls. */
  readonly figuresOnly?: boolean;
  /** Called before every tick. */
  readonly onTick?: (nowMs: number, buffer: JitterBuffer) => JitterBuffer | undefined;
}

export interface CallResult {
  readonly output: Int16Array;
  /** For each tick: added delay of the sample that is given out first, from its packet's arrival without queueing; NaN: nothing plays. */
  readonly delaysMs: Float64Array;
  /** For each tick: place in the source of the first sample given out; NaN: nothing plays. */
  readonly places: Float64Array;
  readonly concealedMs: number;
  readonly stretchedMs: number;
  readonly droppedMs: number;
  readonly latePackets: number;
  readonly seconds: number;
}

const tickMs = 20;
const firstTimestamp = 0xffff_f000;

export function simulate(options: CallOptions): CallResult {
  const { source, network, ptimeMs = 20, ppm = 0, phaseMs = 7, figuresOnly = false } = options;
  const seconds = options.seconds ?? source.length / 8000;
  const bytes = ulawEncode(source);
  const count = Math.floor((seconds * 1000) / ptimeMs);
  const length = ptimeMs * 8;
  const interval = ptimeMs / (1 + ppm / 1e6);
  let buffer = new JitterBuffer({
    playout: options.playout ?? adaptive,
    longestBytes: 1460,
    sampleRateHz: 8000,
    decoders: [pcmu],
  });
  const ticks = Math.floor((seconds * 1000) / tickMs);
  const output = new Int16Array(figuresOnly ? 160 : ticks * 160);
  const frame = new Int16Array(160);
  const delaysMs = new Float64Array(ticks).fill(Number.NaN);
  const places = new Float64Array(ticks).fill(Number.NaN);
  const underway: { readonly packet: number; readonly atMs: number }[] = [];
  const payload = new Uint8Array(length);
  let next = 0;
  let leastMs = Number.POSITIVE_INFINITY;
  let sumMs = 0;
  let arrivals = 0;
  for (let tick = 0; tick < ticks; tick++) {
    const nowMs = tick * tickMs;
    for (; next < count && phaseMs + next * interval <= nowMs; next++) {
      const sentMs = phaseMs + next * interval;
      const delayMs = network(next, sentMs);
      if (delayMs === null) continue;
      leastMs = Math.min(leastMs, delayMs);
      sumMs += delayMs;
      arrivals++;
      underway.push({ packet: next, atMs: sentMs + delayMs });
    }
    underway.sort((a, b) => a.atMs - b.atMs);
    while ((underway[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const packet = underway.shift()?.packet ?? 0;
      const from = (packet * length) % bytes.length;
      for (let i = 0; i < length; i++) payload[i] = bytes[(from + i) % bytes.length] ?? 0;
      buffer.push((65_000 + packet) & 0xffff, (firstTimestamp + packet * length) >>> 0, payload, 0, length, 0);
    }
    buffer = options.onTick?.(nowMs, buffer) ?? buffer;
    frame.fill(0);
    const before = buffer.position;
    const isHeard = buffer.pull(frame, 160);
    if (!figuresOnly) output.set(frame, tick * 160);
    const after = buffer.position;
    if (isHeard && before !== null && after !== null) {
      const place = unwrap((after - 160 - firstTimestamp) | 0, places[tick - 1] ?? Number.NaN);
      places[tick] = place;
      const sentMs = phaseMs + (place / length) * interval;
      delaysMs[tick] = nowMs - sentMs;
    }
  }
  const typicalMs = sumMs / Math.max(1, arrivals);
  for (let tick = 0; tick < ticks; tick++) delaysMs[tick] = (delaysMs[tick] ?? 0) - typicalMs;
  const { concealedMs, stretchedMs, droppedMs, latePackets } = buffer;
  return { output, delaysMs, places, concealedMs, stretchedMs, droppedMs, latePackets, seconds };
}

function unwrap(units: number, last: number): number {
  return Number.isNaN(last) ? units : last + ((units - last) | 0);
}

export function quantile(values: Float64Array, share: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function meanOf(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
}

/** The largest step between two samples, in standard deviations of the steps of `source`. */
export function largestStep(samples: Int16Array, source: Int16Array): number {
  let squares = 0;
  for (let i = 1; i < source.length; i++) squares += ((source[i] ?? 0) - (source[i - 1] ?? 0)) ** 2;
  const sigma = Math.sqrt(squares / source.length);
  let largest = 0;
  for (let i = 1; i < samples.length; i++)
    largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  return largest / sigma;
}
