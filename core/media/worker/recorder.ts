/**
 * Recording to a file, in two halves joined by a ring in shared memory: the tap at the stream puts
 * samples in, the recorder in the thread where the recording began takes them out and writes. So a
 * stream that moves to another thread takes its tap along, and the file stays where it is.
 */
import { asCodedError, type CodedError, type Files, type WritableFile } from '../../runtime/index.ts';
import type { EndReason } from './protocol.ts';
import type { FormatWriter } from './records.ts';
import { SampleRing } from './remote-ring.ts';
import { Resampler } from './resampler.ts';
import { saturate } from './saturate.ts';

/** The ring holds this much: as long may the disk stall. */
const ringMs = 4000;
/** Samples a write. */
const pieceSamples = 4000;
/** Bytes handed to the disk and not yet written. */
const maxPendingBytes = 512_000;

export type RecordingSide = 'received' | 'sent' | 'both';

/** A tap as data; the buffer is shared memory, so it moves between threads, not between processes. */
export interface TapState {
  readonly recording: number;
  readonly buffer: SharedArrayBuffer;
  readonly sampleRateHz: number;
  readonly side: RecordingSide;
  /** 0: no limit. */
  readonly limitSamples: number;
  readonly writtenSamples: number;
}

/** The tap in a snapshot, or null when there is none or its memory did not come along. */
export function tapStateOf(value: unknown): TapState | null {
  if (typeof value !== 'object' || value === null) return null;
  const tap: Partial<Record<keyof TapState, unknown>> = value;
  const { recording, buffer, sampleRateHz, side, limitSamples, writtenSamples } = tap;
  if (!(buffer instanceof SharedArrayBuffer) || typeof recording !== 'number') return null;
  if (typeof sampleRateHz !== 'number' || typeof limitSamples !== 'number' || typeof writtenSamples !== 'number') {
    return null;
  }
  if (side !== 'received' && side !== 'sent' && side !== 'both') return null;
  return { recording, buffer, sampleRateHz, side, limitSamples, writtenSamples };
}

/** Makes the memory of a new recording. */
export function newTapState(recording: number, sampleRateHz: number, side: RecordingSide, limitMs: number): TapState {
  const buffer = SampleRing.allocate((sampleRateHz * ringMs) / 1000);
  return {
    recording,
    buffer,
    sampleRateHz,
    side,
    limitSamples: Math.ceil((limitMs * sampleRateHz) / 1000),
    writtenSamples: 0,
  };
}

/** The stream's half. Call `received` once and then `sent` once in each frame. */
export class RecordingTap {
  readonly #state: TapState;
  readonly #ring: SampleRing;
  #written: number;
  #mix: Int16Array;
  #hasReceived = false;
  #resampler: Resampler | null = null;
  #converted = new Int16Array(0);

  constructor(state: TapState) {
    this.#state = state;
    this.#ring = SampleRing.over(state.buffer);
    this.#written = state.writtenSamples;
    this.#mix = new Int16Array(state.sampleRateHz / 50);
  }

  get recording(): number {
    return this.#state.recording;
  }

  get side(): RecordingSide {
    return this.#state.side;
  }

  /** A frame that came in; null: nothing did, the recording keeps its time. False: at its end. */
  received(frame: Int16Array | null, count: number, sampleRateHz: number): boolean {
    if (this.#state.side === 'sent') return !this.#ring.ended;
    if (this.#state.side === 'received') return this.#put(frame, count, sampleRateHz);
    if (this.#mix.length < count) this.#mix = new Int16Array(count);
    this.#hasReceived = true;
    for (let i = 0; i < count; i++) this.#mix[i] = frame === null ? 0 : (frame[i] as number);
    return !this.#ring.ended;
  }

  /** A frame that goes out. */
  sent(frame: Int16Array, count: number, sampleRateHz: number): boolean {
    if (this.#state.side === 'received') return !this.#ring.ended;
    if (this.#state.side === 'sent' || !this.#hasReceived) return this.#put(frame, count, sampleRateHz);
    this.#hasReceived = false;
    for (let i = 0; i < count; i++) {
      const sum = (this.#mix[i] as number) + (frame[i] as number);
      this.#mix[i] = saturate(sum);
    }
    return this.#put(this.#mix, count, sampleRateHz);
  }

  /** Nothing more will come. */
  end(reason: EndReason): void {
    this.#ring.end(reasons.indexOf(reason));
  }

  state(): TapState {
    return { ...this.#state, writtenSamples: this.#written };
  }

  #put(frame: Int16Array | null, count: number, sampleRateHz: number): boolean {
    if (this.#ring.ended) return false;
    let samples = frame ?? silence(count);
    let length = count;
    if (sampleRateHz !== this.#state.sampleRateHz) {
      if (this.#resampler?.fromHz !== sampleRateHz) {
        this.#resampler = new Resampler(sampleRateHz, this.#state.sampleRateHz);
        this.#converted = new Int16Array(this.#state.sampleRateHz / 25);
      }
      length = this.#resampler.process(samples, 0, count, this.#converted, 0);
      samples = this.#converted;
    }
    const { limitSamples } = this.#state;
    const take = limitSamples === 0 ? length : Math.min(length, limitSamples - this.#written);
    // A ring that is full (the disk stalls) loses samples; the recording goes on.
    this.#ring.write(samples, 0, take);
    this.#written += take;
    if (limitSamples === 0 || this.#written < limitSamples) return true;
    this.end('finished');
    return false;
  }
}

const reasons: readonly EndReason[] = ['finished', 'flushed', 'failed', 'closed'];

let zeros = new Int16Array(960);
function silence(count: number): Int16Array {
  if (zeros.length < count) zeros = new Int16Array(count);
  return zeros;
}

/** The file's half: call `drain` every tick. */
export class Recorder {
  readonly #ring: SampleRing;
  readonly #writer: FormatWriter;
  readonly #sampleRateHz: number;
  readonly #onClosed: (reason: EndReason, samples: number, fault: CodedError | null) => void;
  readonly #piece = new Int16Array(pieceSamples);
  #file: WritableFile | null = null;
  #headerBytes = 0;
  #dataBytes = 0;
  #samples = 0;
  #pendingBytes = 0;
  #fault: CodedError | null = null;
  #closing = false;
  /** Resolves when the file is closed. */
  readonly closed: Promise<void>;
  #resolveClosed: () => void = () => {};

  constructor(
    tap: TapState,
    writer: FormatWriter,
    onClosed: (reason: EndReason, samples: number, fault: CodedError | null) => void,
  ) {
    this.#ring = SampleRing.over(tap.buffer);
    this.#writer = writer;
    this.#sampleRateHz = tap.sampleRateHz;
    this.#onClosed = onClosed;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Opens the file; samples wait in the ring meanwhile. @throws CodedError `file.failed`. */
  async open(files: Files, path: string): Promise<void> {
    try {
      const file = await files.create(path);
      const header = this.#writer.header(0);
      this.#headerBytes = header.length;
      await file.write(header, 0);
      this.#file = file;
      if (this.#ring.ended) this.drain();
    } catch (fault) {
      const error = asCodedError(fault, 'file.failed');
      this.#fault = error;
      this.#ring.end(reasons.indexOf('failed'));
      throw error;
    }
  }

  get lengthMs(): number {
    return Math.round((this.#samples * 1000) / this.#sampleRateHz);
  }

  /** Ends it from this side. */
  stop(): void {
    this.#ring.end(reasons.indexOf('finished'));
  }

  /** Moves what waits towards the disk; false once the recording is over. */
  drain(): boolean {
    if (this.#closing) return false;
    if (this.#file === null) {
      if (this.#fault === null) return true;
      this.#close('failed');
      return false;
    }
    const ended = this.#ring.ended;
    while (this.#ring.waiting >= (ended ? 1 : pieceSamples) && (ended || this.#pendingBytes < maxPendingBytes)) {
      const count = this.#ring.read(this.#piece, 0, pieceSamples);
      this.#write(this.#file, count);
    }
    if (this.#fault !== null) this.#close('failed');
    else if (ended && this.#ring.waiting === 0) this.#close(reasons[this.#ring.endReason] ?? 'finished');
    return !this.#closing;
  }

  #write(file: WritableFile, count: number): void {
    const bytes = this.#writer.encode(this.#piece, count);
    const offset = this.#headerBytes + this.#dataBytes;
    this.#dataBytes += bytes.length;
    this.#samples += count;
    this.#pendingBytes += bytes.length;
    file.write(bytes, offset).then(
      () => {
        this.#pendingBytes -= bytes.length;
      },
      (fault: unknown) => {
        this.#pendingBytes -= bytes.length;
        this.#fault ??= asCodedError(fault, 'file.failed');
        this.#ring.end(reasons.indexOf('failed'));
      },
    );
  }

  #close(reason: EndReason): void {
    this.#closing = true;
    void this.#finish(reason);
  }

  /** The header says at last how long the file is. */
  async #finish(reason: EndReason): Promise<void> {
    try {
      await this.#file?.write(this.#writer.header(this.#dataBytes), 0);
      await this.#file?.close();
    } catch (fault) {
      this.#fault ??= asCodedError(fault, 'file.failed');
    }
    this.#onClosed(this.#fault === null ? reason : 'failed', this.#samples, this.#fault);
    this.#resolveClosed();
  }
}
