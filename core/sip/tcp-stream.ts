/** One TCP connection: bytes to messages, keep-alives, limits of time and size. */
import type { TcpConnection, Timer } from '../runtime/index.ts';
import { frameMessage } from './message-framing.ts';
import { IDLE_TIMEOUT_MS, MESSAGE_TIMEOUT_MS } from './stack-limits.ts';
import { blankLength, type TransportContext } from './transport-udp.ts';
import type { Flow } from './types.ts';

const empty = new Uint8Array(0);
const pong = new Uint8Array([13, 10]);

/** Why we close a connection; the label of its counter. */
export type CloseWhy = 'idle' | 'slow' | 'framing' | 'limit' | 'notReading' | 'shutdown';

export class TcpStream {
  readonly flow: Flow;
  readonly #connection: TcpConnection;
  readonly #context: TransportContext;
  readonly #onClosed: () => void;
  readonly #lost = new Set<() => void>();
  #buffer: Uint8Array = empty;
  #timer: Timer | null = null;
  /** When the bytes that wait in the buffer began to come; null: none wait. */
  #partialSinceMs: number | null = null;
  #lastUsedMs: number;
  #open = true;

  constructor(connection: TcpConnection, flow: Flow, context: TransportContext, onClosed: () => void) {
    this.flow = flow;
    this.#connection = connection;
    this.#context = context;
    this.#onClosed = onClosed;
    this.#lastUsedMs = context.seams.clock.nowMs();
    connection.onData = (bytes) => this.#receive(bytes);
    connection.onClose = () => this.#ended();
    this.#watch(MESSAGE_TIMEOUT_MS);
  }

  send(bytes: Uint8Array): boolean {
    if (!this.#open) {
      this.#context.counters.sendFailed.add();
      return false;
    }
    this.#context.counters.sent.add();
    this.#lastUsedMs = this.#context.seams.clock.nowMs();
    // A peer that lets this much wait does not read; what is queued for it would only grow.
    if (!this.#connection.write(bytes)) this.destroy('notReading');
    return this.#open;
  }

  onLost(listener: () => void): () => void {
    this.#lost.add(listener);
    return () => void this.#lost.delete(listener);
  }

  /** Closes at once. Idempotent. */
  destroy(why: CloseWhy): void {
    if (!this.#open) return;
    this.#context.counters.connectionsClosed.add(1, { why });
    this.#ended();
    this.#connection.destroy();
  }

  #ended(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer?.cancel();
    this.#buffer = empty;
    this.#onClosed();
    for (const listener of [...this.#lost]) listener();
    this.#lost.clear();
  }

  #receive(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#lastUsedMs = this.#context.seams.clock.nowMs();
    this.#buffer = this.#buffer.length === 0 ? bytes : joined(this.#buffer, bytes);
    while (this.#open && this.#buffer.length > 0 && this.#takeOne());
    if (!this.#open) return;
    this.#partialSinceMs = this.#buffer.length === 0 ? null : (this.#partialSinceMs ?? this.#lastUsedMs);
  }

  /** Takes a keep-alive or one message from the buffer; false when more bytes are needed. */
  #takeOne(): boolean {
    const blank = blankLength(this.#buffer);
    if (blank > 0) {
      // RFC 5626 4.4.1: a double CRLF is a ping, answered with one CRLF; a single one is a pong.
      if (blank >= 4 && blank === this.#buffer.length) this.#connection.write(pong);
      if (blank === this.#buffer.length) this.#context.counters.keepAlives.add();
      this.#buffer = this.#buffer.subarray(blank);
      return this.#buffer.length > 0;
    }
    const frame = frameMessage(this.#buffer, this.#context.maxMessageBytes);
    if (frame.kind === 'incomplete') return false;
    this.#partialSinceMs = null;
    if (frame.kind === 'message') {
      const message = this.#buffer.slice(0, frame.length);
      this.#buffer = this.#buffer.subarray(frame.length);
      this.#context.receiver.onMessage(message, this.flow);
      return true;
    }
    // Nobody knows where the next message begins: answer if that is possible, then close.
    this.#context.receiver.onMessage(this.#buffer, this.flow);
    this.#context.counters.connectionsClosed.add(1, { why: 'framing' });
    this.#connection.end();
    this.#ended();
    return false;
  }

  /** Looks once in a while whether the peer keeps a message or the whole connection waiting. */
  #watch(delayMs: number): void {
    this.#timer = this.#context.seams.clock.after(delayMs, () => {
      const nowMs = this.#context.seams.clock.nowMs();
      const idleMs = nowMs - this.#lastUsedMs;
      if (this.#partialSinceMs !== null && nowMs - this.#partialSinceMs >= MESSAGE_TIMEOUT_MS) this.destroy('slow');
      else if (idleMs >= IDLE_TIMEOUT_MS) this.destroy('idle');
      if (!this.#open) return;
      this.#watch(Math.min(MESSAGE_TIMEOUT_MS, IDLE_TIMEOUT_MS - idleMs));
    });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
