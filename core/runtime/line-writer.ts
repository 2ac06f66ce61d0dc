import { write } from 'node:fs';
import { systemCode } from './system-code.ts';

/** Past this much unwritten text, lines are dropped and counted. */
const maxWaitingChars = 8 * 1024 * 1024;
/** A reader that is full is asked again after this. */
const retryMs = 20;

const writers = new Set<LineWriter>();

/** Resolves when all writers of this thread have written everything. */
export async function linesWritten(): Promise<void> {
  await Promise.all([...writers].map((writer) => writer.written()));
}

/**
 * Writes lines to a descriptor behind our back, so that a log reader who stalls does not stall the
 * calls; `ProcessFace.exit` waits for what is unwritten. When the reader is gone (EPIPE) lines are
 * dropped. (pino's own writer retries for ever there, and hangs the exit.)
 */
export class LineWriter {
  readonly #fd: number;
  #waiting = '';
  #writing = false;
  #gone = false;
  readonly #onWritten: (() => void)[] = [];
  /** Lines that nobody will read. */
  dropped = 0;

  constructor(fd: number) {
    this.#fd = fd;
    writers.add(this);
  }

  write(line: string): void {
    if (this.#gone || this.#waiting.length > maxWaitingChars) {
      this.dropped++;
      return;
    }
    this.#waiting += line;
    if (!this.#writing) this.#next();
  }

  /** Resolves when nothing waits, or nobody reads. */
  written(): Promise<void> {
    return this.#writing ? new Promise((resolve) => this.#onWritten.push(resolve)) : Promise.resolve();
  }

  #next(): void {
    if (this.#waiting === '' || this.#gone) {
      for (const resolve of this.#onWritten.splice(0)) resolve();
      return;
    }
    const chunk = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#writing = true;
    this.#send(chunk);
  }

  #send(chunk: Buffer): void {
    write(this.#fd, chunk, (fault, written) => {
      if (fault !== null && systemCode(fault) === 'EAGAIN') {
        setTimeout(() => this.#send(chunk), retryMs).unref();
        return;
      }
      if (fault !== null) this.#gone = true;
      else if (written < chunk.length) {
        this.#send(chunk.subarray(written));
        return;
      }
      this.#writing = false;
      this.#next();
    });
  }
}
