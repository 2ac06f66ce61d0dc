/**
 * Text messages for many WebSockets in few system calls: while messages come one after the other, those of each socket
 * are gathered for a few milliseconds and written at once. A text that goes to many is framed once, and sockets that
 * get the same texts are written the same bytes: a server's frames are not masked.
 */

/** What a batch is written to. */
export interface ByteSink {
  write(bytes: Uint8Array): unknown;
}

/** What one socket is about to be sent. */
export interface WebSocketOutbox {
  /** Bytes that were added and not written. */
  readonly waitingBytes: number;
  add(text: string): void;
  /** Writes what waits now. */
  flush(): void;
  /** Forgets what waits. */
  clear(): void;
}

/** How long messages wait for others. */
const batchMs = 10;
/** Texts whose frames are remembered; each socket of one event wants the same few. */
const maxFrames = 64;

/** The frames that some sockets wait for, oldest first: each is known by the run before it and its last frame. */
class Run {
  readonly bytes: number;
  readonly #before: Run | null;
  readonly #frame: Uint8Array;
  #joined: Uint8Array | null = null;
  #nextFrame: Uint8Array | null = null;
  #next: Run | null = null;

  constructor(before: Run | null, frame: Uint8Array) {
    this.#before = before;
    this.#frame = frame;
    this.bytes = (before?.bytes ?? 0) + frame.length;
  }

  /** This one and a frame after it: the same run for all who go on alike. */
  and(frame: Uint8Array): Run {
    if (this.#next === null || this.#nextFrame !== frame) {
      this.#nextFrame = frame;
      this.#next = new Run(this, frame);
    }
    return this.#next;
  }

  /** Made once for all sockets. */
  joined(): Uint8Array {
    if (this.#joined !== null) return this.#joined;
    if (this.#before === null) return this.#frame;
    const joined = Buffer.allocUnsafe(this.bytes);
    let end = this.bytes;
    for (let run: Run | null = this; run !== null; run = run.#before) {
      end -= run.#frame.length;
      joined.set(run.#frame, end);
    }
    this.#joined = joined;
    return joined;
  }
}

export class WebSocketBatches {
  /** Those with something to write. */
  readonly #waiting = new Set<WebSocketOutbox>();
  /** `idle`: nothing lately; `turn`: what comes in this turn goes out at its end; `open`: what comes waits. */
  #state: 'idle' | 'turn' | 'open' = 'idle';
  readonly #frames = new Map<string, Uint8Array>();
  /** The first runs of this batch, by their frame. */
  readonly #first = new Map<Uint8Array, Run>();

  /** `ws` writes a frame in one turn, for nothing is compressed: between two of its frames there is room for ours. */
  outboxOf(sink: ByteSink): WebSocketOutbox {
    const batches = this;
    let run: Run | null = null;
    const outbox: WebSocketOutbox = {
      get waitingBytes() {
        return run?.bytes ?? 0;
      },
      add(text) {
        const frame = batches.#frameOf(text);
        if (run === null) batches.#expect(outbox);
        run = run === null ? batches.#firstRun(frame) : run.and(frame);
      },
      flush() {
        const due = run;
        outbox.clear();
        if (due !== null) sink.write(due.joined());
      },
      clear() {
        run = null;
        batches.#waiting.delete(outbox);
      },
    };
    return outbox;
  }

  #frameOf(text: string): Uint8Array {
    const known = this.#frames.get(text);
    if (known !== undefined) return known;
    if (this.#frames.size >= maxFrames) this.#frames.clear();
    const frame = textFrame(text);
    this.#frames.set(text, frame);
    return frame;
  }

  #firstRun(frame: Uint8Array): Run {
    let run = this.#first.get(frame);
    if (run === undefined) {
      run = new Run(null, frame);
      this.#first.set(frame, run);
    }
    return run;
  }

  #expect(outbox: WebSocketOutbox): void {
    this.#waiting.add(outbox);
    if (this.#state !== 'idle') return;
    this.#state = 'turn';
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const outboxes = [...this.#waiting];
    for (const outbox of outboxes) outbox.flush();
    this.#first.clear();
    this.#frames.clear();
    if (outboxes.length === 0) {
      this.#state = 'idle';
      return;
    }
    this.#state = 'open';
    setTimeout(() => this.#flush(), batchMs).unref();
  }
}

/** A whole text message in one frame, unmasked as those of servers are (RFC 6455, 5.1, 5.2). */
export function textFrame(text: string): Uint8Array {
  const length = Buffer.byteLength(text);
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headBytes + length);
  frame[0] = 0x81; // FIN, text
  frame[1] = headBytes === 2 ? length : headBytes === 4 ? 126 : 127;
  if (headBytes === 4) frame.writeUInt16BE(length, 2);
  if (headBytes === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.write(text, headBytes);
  return frame;
}
