/** A pcap file that messages are written to while calls go on: batched, bounded, never waited for. */
import { CodedError, type Counters, type Disposable, type Files, type WritableFile } from '../runtime/index.ts';
import { pcapHeader, type SipTrace } from '../sip/index.ts';

/** Bytes that wait for the disk; more are left out and counted. */
const mostWaiting = 4_000_000;

export interface TraceFileResult {
  readonly path: string;
  readonly messages: number;
  readonly bytes: number;
  /** Not written: the disk was too slow, failed, or the limit was reached. */
  readonly leftOut: number;
}

export class TraceFile {
  readonly path: string;
  readonly #file: WritableFile;
  readonly #limitBytes: number;
  readonly #capture: Disposable;
  readonly #countLeftOut: () => void;
  #offset = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | null = null;
  #fault: unknown = null;
  #messages = 0;
  #leftOut = 0;

  private constructor(
    path: string,
    file: WritableFile,
    options: {
      readonly limitBytes: number;
      readonly filter: string;
      readonly trace: SipTrace;
      readonly counters: Counters;
    },
  ) {
    this.path = path;
    this.#file = file;
    this.#limitBytes = options.limitBytes;
    const leftOut = options.counters.counter('callbus_trace_left_out_total', 'Messages that a pcap file left out.');
    this.#countLeftOut = () => leftOut.add();
    this.#push(pcapHeader());
    this.#capture = options.trace.capture((packet) => this.#take(packet), options.filter);
  }

  /** @throws CodedError `file.failed`. */
  static async open(
    files: Files,
    path: string,
    options: {
      readonly limitBytes: number;
      readonly filter: string;
      readonly trace: SipTrace;
      readonly counters: Counters;
    },
  ): Promise<TraceFile> {
    return new TraceFile(path, await files.create(path), options);
  }

  /** Writes the rest and closes. @throws CodedError `file.failed` when a write failed. */
  async stop(): Promise<TraceFileResult> {
    this.#capture.dispose();
    while (this.#writing !== null) await this.#writing;
    await this.#file.close();
    if (this.#fault !== null) throw new CodedError('file.failed', `${this.path}: ${String(this.#fault)}`);
    return { path: this.path, messages: this.#messages, bytes: this.#offset, leftOut: this.#leftOut };
  }

  #take(packet: Uint8Array): void {
    const isFull = this.#offset + this.#waitingBytes + packet.length > this.#limitBytes;
    if (isFull || this.#fault !== null || this.#waitingBytes > mostWaiting) {
      this.#leftOut++;
      this.#countLeftOut();
      return;
    }
    this.#messages++;
    this.#push(packet);
  }

  #push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#write();
  }

  /** One write at a time takes all that came meanwhile. */
  async #write(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0 && this.#fault === null) {
      const batch = joined(this.#waiting.splice(0));
      this.#waitingBytes = 0;
      try {
        await this.#file.write(batch, this.#offset);
        this.#offset += batch.length;
      } catch (fault) {
        this.#fault = fault;
      }
    }
    this.#writing = null;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
