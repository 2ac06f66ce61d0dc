/**
 * Recording to a file, in two halves joined by a ring in shared memory: the tap at the stream puts
 * samples in, the recorder (`recorder-file.ts`) in the thread where the recording began takes them out
 * and writes. So a stream that moves to another thread takes its tap along, and the file stays where it is.
 */
import type { EndReason, RecordingCause } from './protocol.ts';
import { SampleRing } from './remote-ring.ts';
import { Resampler } from './resampler.ts';
import { saturate } from './saturate.ts';

/** The ring holds this much: as long may the disk stall. */
const ringMs = 4000;
/** Mean level (of 32767) under which a frame is silent: about -47 dB. */
const silentLevel = 150;
/** The tone that says "you are recorded": heard by the party, and by the recording of what is sent. */
const beepHz = 1400;
const beepMs = 200;
const beepLevel = 3000;
const beepFadeMs = 5;

export type RecordingSide = 'received' | 'sent' | 'both';

/** A tap as data; the buffer is shared memory, so it moves between threads, not between processes. */
export interface TapState {
  readonly recording: number;
  readonly buffer: SharedArrayBuffer;
  readonly sampleRateHz: number;
  readonly side: RecordingSide;
  /** 2: what is received left, what is sent right. */
  readonly channels: 1 | 2;
  /** Samples of each channel; 0: no limit. */
  readonly limitSamples: number;
  /** Ends after so much silence; 0: never. */
  readonly silenceStopSamples: number;
  /** A beep at the start, and then so often (0: not again); below 0: none. */
  readonly beepEveryMs: number;
  readonly writtenSamples: number;
  readonly silentSamples: number;
  readonly beepClockMs: number;
}

const numberKeys = [
  'recording',
  'sampleRateHz',
  'limitSamples',
  'silenceStopSamples',
  'beepEveryMs',
  'writtenSamples',
  'silentSamples',
  'beepClockMs',
] as const satisfies readonly (keyof TapState)[];

/** The tap in a snapshot, or null when there is none or its memory did not come along. */
export function tapStateOf(value: unknown): TapState | null {
  if (typeof value !== 'object' || value === null) return null;
  const tap: Partial<Record<keyof TapState, unknown>> = value;
  const { buffer, side, channels } = tap;
  if (!(buffer instanceof SharedArrayBuffer)) return null;
  if (side !== 'received' && side !== 'sent' && side !== 'both') return null;
  if (channels !== 1 && channels !== 2) return null;
  const numbers: Record<(typeof numberKeys)[number], number> = {
    recording: 0,
    sampleRateHz: 0,
    limitSamples: 0,
    silenceStopSamples: 0,
    beepEveryMs: -1,
    writtenSamples: 0,
    silentSamples: 0,
    beepClockMs: 0,
  };
  for (const key of numberKeys) {
    const number = tap[key];
    if (typeof number !== 'number' || !Number.isFinite(number)) return null;
    numbers[key] = number;
  }
  return { ...numbers, buffer, side, channels };
}

export interface TapOptions {
  readonly side: RecordingSide;
  readonly stereo?: boolean | undefined;
  /** 0: no limit. */
  readonly limitMs: number;
  readonly silenceStopMs?: number | undefined;
  readonly beepEveryMs?: number | undefined;
}

/** Makes the memory of a new recording. */
export function newTapState(recording: number, sampleRateHz: number, options: TapOptions): TapState {
  const { side, stereo = false, limitMs, silenceStopMs = 0, beepEveryMs = -1 } = options;
  const channels = stereo && side === 'both' ? 2 : 1;
  const samplesOf = (ms: number): number => Math.ceil((ms * sampleRateHz) / 1000);
  return {
    recording,
    buffer: SampleRing.allocate(samplesOf(ringMs) * channels),
    sampleRateHz,
    side,
    channels,
    limitSamples: samplesOf(limitMs),
    silenceStopSamples: samplesOf(silenceStopMs),
    beepEveryMs,
    writtenSamples: 0,
    silentSamples: 0,
    beepClockMs: 0,
  };
}

/** Why a recording ended, in the order of their numbers in the ring. */
export const recordingCauses: readonly RecordingCause[] = [
  'stopped',
  'flushed',
  'failed',
  'closed',
  'limitMs',
  'limitBytes',
  'silence',
];

/** A limit that is reached is an end in order. */
export function reasonOf(cause: RecordingCause): EndReason {
  return cause === 'flushed' || cause === 'failed' || cause === 'closed' ? cause : 'finished';
}

export function endRing(ring: SampleRing, cause: RecordingCause): void {
  ring.end(recordingCauses.indexOf(cause));
}

/** Converts to the recording's rate, with a memory for each side. */
class RateConverter {
  readonly #toHz: number;
  #resampler: Resampler | null = null;
  #out = new Int16Array(0);

  constructor(toHz: number) {
    this.#toHz = toHz;
  }

  /** The samples at the recording's rate; `length` tells how many. */
  samples: Int16Array = this.#out;
  length = 0;

  convert(frame: Int16Array, count: number, rateHz: number): void {
    this.samples = frame;
    this.length = count;
    if (rateHz === this.#toHz) return;
    if (this.#resampler?.fromHz !== rateHz) this.#resampler = new Resampler(rateHz, this.#toHz);
    const most = Math.ceil((count * this.#toHz) / rateHz) + 1;
    if (this.#out.length < most) this.#out = new Int16Array(most);
    this.length = this.#resampler.process(frame, 0, count, this.#out, 0);
    this.samples = this.#out;
  }
}

/** The stream's half. Call `received` once and then `sent` once in each frame. */
export class RecordingTap {
  readonly #state: TapState;
  readonly #ring: SampleRing;
  #written: number;
  #silent: number;
  #beepClockMs: number;
  /** What was received in this frame, until what is sent comes. */
  #mix: Int16Array;
  #hasReceived = false;
  readonly #main: RateConverter;
  readonly #second: RateConverter;
  #pairs = new Int16Array(0);

  constructor(state: TapState) {
    this.#state = state;
    this.#ring = SampleRing.over(state.buffer);
    this.#written = state.writtenSamples;
    this.#silent = state.silentSamples;
    this.#beepClockMs = state.beepClockMs;
    this.#mix = new Int16Array(state.sampleRateHz / 50);
    this.#main = new RateConverter(state.sampleRateHz);
    this.#second = new RateConverter(state.sampleRateHz);
  }

  get recording(): number {
    return this.#state.recording;
  }

  get side(): RecordingSide {
    return this.#state.side;
  }

  /** A frame that came in; null: nothing did, the recording keeps its time. False: at its end. */
  received(frame: Int16Array | null, count: number, sampleRateHz: number): boolean {
    const { side } = this.#state;
    if (side === 'sent') return !this.#ring.ended;
    if (side === 'received') return this.#put(frame ?? silence(count), count, sampleRateHz);
    if (this.#mix.length < count) this.#mix = new Int16Array(count);
    this.#hasReceived = true;
    for (let i = 0; i < count; i++) this.#mix[i] = frame === null ? 0 : (frame[i] as number);
    return !this.#ring.ended;
  }

  /** A frame that goes out. */
  sent(frame: Int16Array, count: number, sampleRateHz: number): boolean {
    const { side, channels } = this.#state;
    if (side === 'received') return !this.#ring.ended;
    if (side === 'sent') return this.#put(frame, count, sampleRateHz);
    if (!this.#hasReceived) {
      if (this.#mix.length < count) this.#mix = new Int16Array(count);
      this.#mix.fill(0, 0, count);
    }
    this.#hasReceived = false;
    if (channels === 2) return this.#putPairs(this.#mix, frame, count, sampleRateHz);
    for (let i = 0; i < count; i++) this.#mix[i] = saturate((this.#mix[i] as number) + (frame[i] as number));
    return this.#put(this.#mix, count, sampleRateHz);
  }

  /** Adds the beep, when it is its time, to a frame that will be sent. */
  beep(out: Int16Array, at: number, count: number, sampleRateHz: number): void {
    const { beepEveryMs } = this.#state;
    if (beepEveryMs < 0 || this.#ring.paused || this.#ring.ended) return;
    const startMs = this.#beepClockMs;
    this.#beepClockMs += (count * 1000) / sampleRateHz;
    const phaseMs = beepEveryMs === 0 ? startMs : startMs % beepEveryMs;
    if (phaseMs >= beepMs) return;
    for (let i = 0; i < count; i++) {
      const atMs = phaseMs + (i * 1000) / sampleRateHz;
      if (atMs >= beepMs) break;
      const fade = Math.min(1, atMs / beepFadeMs, (beepMs - atMs) / beepFadeMs);
      const tone = Math.sin((2 * Math.PI * beepHz * atMs) / 1000) * beepLevel * fade;
      out[at + i] = saturate((out[at + i] as number) + Math.round(tone));
    }
  }

  /** Nothing more will come. */
  end(reason: EndReason): void {
    endRing(this.#ring, reason === 'finished' ? 'stopped' : reason);
  }

  state(): TapState {
    return {
      ...this.#state,
      writtenSamples: this.#written,
      silentSamples: this.#silent,
      beepClockMs: this.#beepClockMs,
    };
  }

  #put(frame: Int16Array, count: number, sampleRateHz: number): boolean {
    if (this.#ring.ended) return false;
    if (this.#ring.paused) return true;
    this.#main.convert(frame, count, sampleRateHz);
    return this.#write(this.#main.samples, this.#main.length);
  }

  #putPairs(left: Int16Array, right: Int16Array, count: number, sampleRateHz: number): boolean {
    if (this.#ring.ended) return false;
    if (this.#ring.paused) return true;
    this.#main.convert(left, count, sampleRateHz);
    this.#second.convert(right, count, sampleRateHz);
    const { length } = this.#main;
    if (this.#pairs.length < length * 2) this.#pairs = new Int16Array(length * 2);
    for (let i = 0; i < length; i++) {
      this.#pairs[2 * i] = this.#main.samples[i] as number;
      this.#pairs[2 * i + 1] = this.#second.samples[i] as number;
    }
    return this.#write(this.#pairs, length);
  }

  /** Samples of each channel. A ring that is full (the disk stalls) loses samples; the recording goes on. */
  #write(samples: Int16Array, length: number): boolean {
    const { limitSamples, silenceStopSamples, channels } = this.#state;
    const take = limitSamples === 0 ? length : Math.min(length, limitSamples - this.#written);
    this.#ring.writeBlocks(samples, take * channels, channels);
    this.#written += take;
    if (limitSamples > 0 && this.#written >= limitSamples) endRing(this.#ring, 'limitMs');
    if (silenceStopSamples > 0) {
      this.#silent = isSilent(samples, take * channels) ? this.#silent + take : 0;
      if (this.#silent >= silenceStopSamples) endRing(this.#ring, 'silence');
    }
    return !this.#ring.ended;
  }
}

function isSilent(samples: Int16Array, count: number): boolean {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.abs(samples[i] as number);
  return sum < silentLevel * count;
}

let zeros = new Int16Array(960);
function silence(count: number): Int16Array {
  if (zeros.length < count) zeros = new Int16Array(count);
  return zeros;
}
