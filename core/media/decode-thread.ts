/** Decodes files in a thread of their own: a hostile one ends this thread, or its time, and nothing else. */
import { type Clock, CodedError, type Thread, type Threads, type Timer } from '../runtime/index.ts';
import { codeOf } from './engine-link.ts';
import type { DecodeReply, DecodeRequest, SharedAudio } from './worker/protocol.ts';

/** An hour of MP3 takes some 20 s. */
const longestDecodeMs = 120_000;
/** The thread is kept for the next file so long. */
const idleMs = 10_000;

interface Job {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly resolve: (audio: SharedAudio) => void;
  readonly reject: (fault: CodedError) => void;
}

export interface DecodeThreadOptions {
  readonly threads: Threads;
  readonly clock: Clock;
  readonly entry: URL;
  readonly formats: readonly string[];
  readonly maxMs: number;
}

/** One file at a time. */
export class DecodeThread {
  readonly #options: DecodeThreadOptions;
  readonly #jobs: Job[] = [];
  #thread: Thread | null = null;
  #job: Job | null = null;
  #timer: Timer | null = null;
  #request = 0;

  constructor(options: DecodeThreadOptions) {
    this.#options = options;
  }

  /** @throws CodedError `file.format`, `file.tooLarge`. */
  decode(name: string, bytes: Uint8Array): Promise<SharedAudio> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ name, bytes, resolve, reject });
      if (this.#job === null) this.#next();
    });
  }

  /** Ends the thread; what is not done fails. */
  async stop(): Promise<void> {
    const jobs = [...(this.#job === null ? [] : [this.#job]), ...this.#jobs.splice(0)];
    this.#job = null;
    for (const { name, reject } of jobs) reject(new CodedError('file.failed', `${name}: the server stops`));
    await this.#end();
  }

  #next(): void {
    this.#timer?.cancel();
    const job = this.#jobs.shift() ?? null;
    this.#job = job;
    const { clock, maxMs } = this.#options;
    if (job === null) {
      this.#timer = clock.after(idleMs, () => void this.#end());
      return;
    }
    this.#timer = clock.after(longestDecodeMs, () => this.#fail(`decoding took longer than ${longestDecodeMs} ms`));
    this.#thread ??= this.#start();
    const request: DecodeRequest = { request: ++this.#request, name: job.name, bytes: job.bytes, maxMs };
    this.#thread.post(request);
  }

  #start(): Thread {
    const { threads, entry, formats } = this.#options;
    const thread = threads.start(entry, { formats });
    // Both ends are of one program and one version.
    thread.onMessage = (message) => this.#settle(message as DecodeReply);
    thread.onExit = (fault) => {
      if (this.#thread !== thread) return;
      this.#thread = null;
      if (this.#job !== null) this.#fail(`the decoder died: ${fault?.message ?? 'it ended'}`);
    };
    return thread;
  }

  #settle(reply: DecodeReply): void {
    const job = this.#job;
    if (job === null || reply.request !== this.#request) return;
    if (reply.ok) job.resolve(reply.audio);
    else job.reject(new CodedError(codeOf(reply.code, 'file.format'), reply.detail));
    this.#next();
  }

  /** The thread is of no use any more: the next file gets another. */
  #fail(why: string): void {
    const job = this.#job;
    void this.#end().then(() => this.#next());
    job?.reject(new CodedError('file.format', `${job.name}: ${why}`));
  }

  async #end(): Promise<void> {
    this.#timer?.cancel();
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }
}
