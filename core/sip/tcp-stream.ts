/** One TCP or TLS connection: bytes to messages, CRLF keep-alives. */
import type { TcpConnection } from '../runtime/index.ts';
import { PONG_TIMEOUT_MS, SPLIT_PING_MS } from './stack-limits.ts';
import { StreamBuffer } from './transport-buffer.ts';
import { StreamChannel, type StreamOptions } from './transport-stream.ts';

const pong = new Uint8Array([13, 10]);
/** "a double CRLF" (RFC 5626 3.5.1). */
const ping = new Uint8Array([13, 10, 13, 10]);

export class TcpStream extends StreamChannel {
  readonly #connection: TcpConnection;
  readonly #buffer: StreamBuffer;
  /** CR and LF bytes of what may become a ping, and when they came. */
  #blankBytes = 0;
  #blankMs = 0;

  constructor(connection: TcpConnection, options: StreamOptions) {
    super(options);
    const { keepAlive, maxMessageBytes } = options.context.config;
    this.#connection = connection;
    this.#buffer = new StreamBuffer(maxMessageBytes);
    connection.onData = (bytes) => this.#receive(bytes);
    connection.onClose = () => this.ended();
    if (options.outgoing && keepAlive.pingMs > 0) {
      this.startPings(keepAlive.pingMs, Math.min(keepAlive.pingMs, PONG_TIMEOUT_MS));
    }
  }

  protected transmit(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  protected sendPing(): void {
    this.#connection.write(ping);
  }

  protected drop(): void {
    this.#buffer.clear();
    this.#connection.destroy();
  }

  protected get queuedBytes(): number {
    return this.#connection.queuedBytes;
  }

  #receive(bytes: Uint8Array): void {
    if (!this.open) return;
    const expectedPong = this.awaitsPong;
    this.alive();
    this.#buffer.append(bytes);
    let isPinged = false;
    while (this.open) {
      const taken = this.#buffer.take();
      if (taken.kind === 'incomplete') break;
      this.partialSinceMs = null;
      if (taken.kind === 'blank') isPinged = this.#blank(taken.length, expectedPong) || isPinged;
      else {
        this.#blankBytes = 0;
        this.heard();
        if (taken.kind === 'message') this.context.receiver.onMessage(taken.bytes, this.flow);
        else this.#broken(taken);
      }
    }
    if (!this.open) return;
    // One answer for all the pings of a segment: a flood of them costs us no more than them.
    if (isPinged) this.#connection.write(pong);
    this.partialSinceMs = this.#buffer.length === 0 ? null : (this.partialSinceMs ?? this.nowMs);
  }

  /**
   * "the server … MUST respond … with a single CRLF" to a double CRLF between messages (RFC 5626
   * 3.5.1, 4.4.1), also when it comes in two pieces; true for such a ping. A lone CRLF after our own
   * ping is its answer.
   */
  #blank(length: number, expectedPong: boolean): boolean {
    this.heard();
    this.context.counters.keepAlives.add();
    const { nowMs } = this;
    const isContinued = nowMs - this.#blankMs <= SPLIT_PING_MS;
    const total = (isContinued ? this.#blankBytes : 0) + length;
    this.#blankMs = nowMs;
    const isPing = total >= ping.length;
    this.#blankBytes = isPing || expectedPong ? 0 : total;
    return isPing;
  }

  /** Answer if that is possible, then close: nobody knows where the next message begins. */
  #broken({ bytes, status, why }: { bytes: Uint8Array; status: 400 | 414 | 416 | 505 | 513; why: string }): void {
    this.context.receiver.onRefused(bytes, this.flow, status, why);
    if (!this.open) return;
    this.context.counters.connectionsClosed.add(1, { why: 'framing' });
    this.#buffer.clear();
    this.#connection.end();
    this.ended();
  }
}
