/**
 * The file's half of a recording. The samples of a piece are written, and after them the header that
 * counts them: whenever the process dies, the file is one that plays, and lacks less than a second.
 */
import { asCodedError, type CodedError, type Files, type WritableFile } from '../../runtime/index.ts';
import type { RecordingCause } from './protocol.ts';
import { endRing, recordingCauses, type TapState } from './recorder.ts';
import type { FormatWriter } from './records.ts';
import { SampleRing } from './remote-ring.ts';

/** Length of what is written at once. */
const pieceMs = 600;
/** Recordings that began together do not all write in the same tick: the first piece of each is of another length. */
const phases = 30;
/** Bytes handed to the disk and not yet written. */
const maxPendingBytes = 512_000;
/** Kept free under a limit for what a format adds at its end. */
const tailBytes = 2048;

export interface RecorderEnd {
  readonly cause: RecordingCause;
  /** Of each channel. */
  readonly samples: number;
  readonly bytes: number;
  /** Not recorded because the disk was too slow; of each channel. */
  readonly lostSamples: number;
  readonly fault: CodedError | null;
}

export interface RecorderOptions {
  readonly tap: TapState;
  readonly writer: FormatWriter | Promise<FormatWriter>;
  /** Longest file; 0: no limit. */
  readonly limitBytes: number;
  /** Any number: neighbours get different ones. */
  readonly phase: number;
  readonly onClosed: (end: RecorderEnd) => void;
}

/** Call `drain` every tick. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #ring: SampleRing;
  readonly #channels: number;
  readonly #piece: Int16Array;
  #pieceSamples: number;
  #writer: FormatWriter | null = null;
  #file: WritableFile | null = null;
  #headerBytes = 0;
  #dataBytes = 0;
  #samples = 0;
  #pendingBytes = 0;
  #fault: CodedError | null = null;
  #closing = false;
  /** The limit of bytes is reached. */
  #isFull = false;
  /** Resolves when the file is closed. */
  readonly closed: Promise<void>;
  #resolveClosed: () => void = () => {};

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { buffer, channels, sampleRateHz } = options.tap;
    this.#ring = SampleRing.over(buffer);
    this.#channels = channels;
    this.#piece = new Int16Array(Math.ceil((sampleRateHz * pieceMs) / 1000) * channels);
    const part = 1 - (options.phase % phases) / phases;
    this.#pieceSamples = Math.ceil((this.#piece.length / channels) * part) * channels;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Opens the file; samples wait in the ring meanwhile. @throws CodedError `file.failed`, `file.format`. */
  async open(files: Files, path: string): Promise<void> {
    try {
      const writer = await this.#options.writer;
      const file = await files.create(path);
      const header = writer.header(0);
      this.#headerBytes = header.length;
      if (header.length > 0) await file.write(header, 0);
      this.#writer = writer;
      this.#file = file;
      if (this.#ring.ended) this.drain();
    } catch (fault) {
      const error = asCodedError(fault, 'file.failed');
      this.#fault = error;
      endRing(this.#ring, 'failed');
      throw error;
    }
  }

  get lengthMs(): number {
    return Math.round((this.#samples * 1000) / this.#options.tap.sampleRateHz);
  }

  get bytes(): number {
    return this.#headerBytes + this.#dataBytes;
  }

  /** Ends it from this side. */
  stop(): void {
    endRing(this.#ring, 'stopped');
  }

  /** Moves what waits towards the disk; false once the recording is over. */
  drain(): boolean {
    if (this.#closing) return false;
    const writer = this.#writer;
    if (this.#file === null || writer === null) {
      if (this.#fault === null) return true;
      this.#close('failed');
      return false;
    }
    const ended = this.#ring.ended;
    while (this.#ring.waiting >= (ended ? 1 : this.#pieceSamples) && (ended || this.#pendingBytes < maxPendingBytes)) {
      const count = this.#ring.read(this.#piece, 0, this.#pieceSamples);
      this.#pieceSamples = this.#piece.length;
      this.#append(this.#file, writer, count);
    }
    if (this.#fault !== null) this.#close('failed');
    else if (ended && this.#ring.waiting === 0) this.#close(recordingCauses[this.#ring.endReason] ?? 'stopped');
    return !this.#closing;
  }

  #append(file: WritableFile, writer: FormatWriter, count: number): void {
    if (this.#isFull) return;
    const made = this.#encode(writer, count);
    if (made === null) return;
    const bytes = this.#fitting(writer, made);
    if (writer.blockBytes !== undefined) this.#samples += bytes.length / writer.blockBytes;
    else if (!this.#isFull) this.#samples += count / this.#channels;
    if (bytes.length === 0) return;
    this.#pendingBytes += bytes.length;
    const offset = this.bytes;
    this.#dataBytes += bytes.length;
    const done = (fault?: unknown): void => {
      this.#pendingBytes -= bytes.length;
      if (fault !== undefined) this.#fail(fault);
    };
    file.write(bytes, offset).then(() => done(), done);
    if (this.#headerBytes > 0) file.write(writer.header(this.#dataBytes), 0).catch((fault) => this.#fail(fault));
  }

  /** A format of a plug-in may throw: then the recording fails, not the tick. */
  #encode(writer: FormatWriter, count: number): Uint8Array | null {
    try {
      return writer.encode(this.#piece, count);
    } catch (fault) {
      this.#fail(fault);
      return null;
    }
  }

  /** What of `bytes` the limit leaves room for; at the limit the recording ends. */
  #fitting(writer: FormatWriter, bytes: Uint8Array): Uint8Array {
    const { limitBytes } = this.#options;
    const reserved = writer.finish === undefined ? 0 : tailBytes;
    if (limitBytes === 0 || this.bytes + bytes.length + reserved <= limitBytes) return bytes;
    this.#isFull = true;
    endRing(this.#ring, 'limitBytes');
    const { blockBytes } = writer;
    if (blockBytes === undefined) return bytes.subarray(0, 0);
    return bytes.subarray(0, Math.max(0, Math.floor((limitBytes - this.bytes) / blockBytes)) * blockBytes);
  }

  #fail(fault: unknown): void {
    this.#fault ??= asCodedError(fault, 'file.failed');
    endRing(this.#ring, 'failed');
  }

  #close(cause: RecordingCause): void {
    this.#closing = true;
    void this.#finish(cause);
  }

  /** What the format has left, and the header that says at last how long the file is. */
  async #finish(cause: RecordingCause): Promise<void> {
    const [writer, file] = [this.#writer, this.#file];
    try {
      if (writer !== null && file !== null) await this.#complete(writer, file);
    } catch (fault) {
      this.#fault ??= asCodedError(fault, 'file.failed');
    }
    try {
      await file?.close();
    } catch (fault) {
      this.#fault ??= asCodedError(fault, 'file.failed');
    }
    writer?.dispose?.();
    this.#options.onClosed({
      cause: this.#fault === null ? cause : 'failed',
      samples: this.#samples,
      bytes: this.bytes,
      lostSamples: this.#ring.lostCounter / this.#channels,
      fault: this.#fault,
    });
    this.#resolveClosed();
  }

  async #complete(writer: FormatWriter, file: WritableFile): Promise<void> {
    const rest = writer.finish?.() ?? new Uint8Array(0);
    if (rest.length > 0 && this.#fault === null) {
      await file.write(rest, this.bytes);
      this.#dataBytes += rest.length;
    }
    if (this.#headerBytes > 0) await file.write(writer.header(this.#dataBytes), 0);
  }
}
