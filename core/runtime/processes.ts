/**
 * The process seam: other programs, run beside the server, never by a shell unless the order says so. Real:
 * `real-processes.ts`; simulated: `sim-processes.ts`.
 */
import type { Clock } from './clock.ts';
import { CodedError } from './errors.ts';

export interface ProcessOrder {
  /** A path, or a name that is looked for on the server's `PATH`. */
  readonly program: string;
  readonly args?: readonly string[];
  /** Folder that it starts in. Default: the server's. */
  readonly folder?: string;
  /**
   * Added to the few variables of the server's environment that programs need (`PATH`, `HOME`, `LANG`, …). The rest
   * of it may hold secrets and is not passed on.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface ProcessEnd {
  /** Its exit status; null where a signal ended it, or where it never began. */
  readonly status: number | null;
  /** The number of the signal that ended it; null: none did. */
  readonly signal: number | null;
  /** Why it never began: CodedError `process.missing` or `process.failed`. */
  readonly fault: CodedError | null;
}

/** A program that runs. What is set after `start` returns misses nothing: all news come later. */
export interface RunningProcess {
  onOutput: (bytes: Uint8Array) => void;
  onErrorOutput: (bytes: Uint8Array) => void;
  /** Runs once, when it has ended and all of its output was given. */
  onEnd: (end: ProcessEnd) => void;
  /** Bytes for its standard input; what it does not read is kept: `unread` tells how much. */
  write(bytes: Uint8Array): void;
  /** Bytes written that it has not taken. */
  readonly unread: number;
  endInput(): void;
  /** Ends it, and what it has started, at once. Harmless when it has ended. */
  kill(): void;
}

export interface Processes {
  start(order: ProcessOrder): RunningProcess;
}

export interface RunOptions {
  readonly processes: Processes;
  readonly clock: Clock;
  /** Killed when it takes longer. */
  readonly limitMs: number;
  /** Killed when either of its outputs becomes longer. */
  readonly limitBytes: number;
  readonly input?: Uint8Array;
  /** Killed when this aborts. */
  readonly signal?: AbortSignal;
}

export interface ProcessResult {
  readonly status: number | null;
  readonly signal: number | null;
  readonly output: Uint8Array;
  readonly errorOutput: Uint8Array;
}

/**
 * Runs a program to its end. A status other than 0 is a result like another.
 * @throws CodedError `process.missing`, `process.failed`, `process.limit` (killed: too slow, too much output, aborted).
 */
export function runProcess(order: ProcessOrder, options: RunOptions): Promise<ProcessResult> {
  const { processes, clock, limitMs, limitBytes, input, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new CodedError('process.limit', `${order.program}: not started: who asked for it is gone`));
      return;
    }
    const process = processes.start(order);
    let killedFor: string | null = null;
    const kill = (reason: string): void => {
      killedFor ??= reason;
      process.kill();
    };
    const outputs = [new BoundedOutput(limitBytes), new BoundedOutput(limitBytes)] as const;
    const take = (output: BoundedOutput) => (bytes: Uint8Array) => {
      if (!output.take(bytes)) kill(`more than ${limitBytes} bytes of output`);
    };
    const onAbort = (): void => kill('who asked for it is gone');
    const timer = clock.after(limitMs, () => kill(`longer than ${limitMs} ms`));
    signal?.addEventListener('abort', onAbort, { once: true });
    process.onOutput = take(outputs[0]);
    process.onErrorOutput = take(outputs[1]);
    process.onEnd = (end) => {
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      if (end.fault !== null) reject(end.fault);
      else if (killedFor !== null) reject(new CodedError('process.limit', `${order.program}: ${killedFor}`));
      else {
        const [output, errorOutput] = [outputs[0].bytes(), outputs[1].bytes()];
        resolve({ status: end.status, signal: end.signal, output, errorOutput });
      }
    };
    if (input !== undefined) process.write(input);
    process.endInput();
  });
}

class BoundedOutput {
  readonly #limitBytes: number;
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** False: it is too much, and dropped. */
  take(bytes: Uint8Array): boolean {
    if (this.#length + bytes.length > this.#limitBytes) return false;
    this.#length += bytes.length;
    this.#parts.push(bytes);
    return true;
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
