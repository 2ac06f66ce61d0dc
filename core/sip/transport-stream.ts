/** One connection as a channel: what TCP, TLS and WebSocket have in common, limits of time and size above all. */
import type { Timer } from '../runtime/index.ts';
import type { Channel } from './flow.ts';
import { MAX_QUEUED_BYTES, MESSAGE_TIMEOUT_MS, PONG_TIMEOUT_MS } from './stack-limits.ts';
import type { TransportContext } from './transport-context.ts';
import type { Flow } from './types.ts';

/** Why we close a connection; the label of its counter. */
export type CloseWhy =
  | 'idle'
  | 'slow'
  | 'silent'
  | 'framing'
  | 'limit'
  | 'notReading'
  | 'dead'
  | 'identity'
  | 'shutdown';

export interface StreamOptions {
  readonly context: TransportContext;
  readonly flow: Flow;
  readonly sentBy: string;
  /** We opened it. */
  readonly outgoing: boolean;
  readonly alias?: boolean;
  onClosed(): void;
}

export abstract class StreamChannel implements Channel {
  readonly flow: Flow;
  readonly sentBy: string;
  readonly reliable = true;
  readonly alias: boolean;
  readonly outgoing: boolean;
  protected readonly context: TransportContext;
  readonly #onClosed: () => void;
  readonly #lost = new Set<() => void>();
  #watchTimer: Timer | null = null;
  #pingTimer: Timer | null = null;
  /** 0: we do not ping. */
  #pingMs = 0;
  #lastUsedMs: number;
  /** A whole message or a keep-alive came. */
  #heard = false;
  #sentBytes = 0;
  /** At the last look: what the network had taken of it. */
  #takenBytes = 0;
  #open = true;
  /** A ping of ours waits for its answer. */
  protected awaitsPong = false;
  /** When the message that is not whole yet began to come; null: none did. */
  protected partialSinceMs: number | null = null;

  constructor({ context, flow, sentBy, outgoing, alias, onClosed }: StreamOptions) {
    this.context = context;
    this.flow = flow;
    this.sentBy = sentBy;
    this.outgoing = outgoing;
    this.alias = alias === true;
    this.#onClosed = onClosed;
    this.#lastUsedMs = this.nowMs;
    this.#watch();
  }

  /** Hands the bytes of one message to the network. */
  protected abstract transmit(bytes: Uint8Array): void;
  protected abstract sendPing(): void;
  /** Closes at once. */
  protected abstract drop(): void;
  protected abstract get queuedBytes(): number;

  get open(): boolean {
    return this.#open;
  }

  send(bytes: Uint8Array): boolean {
    const { counters, receiver } = this.context;
    if (!this.#open) {
      counters.sendFailed.add();
      return false;
    }
    receiver.onSent(bytes, this.flow);
    this.#lastUsedMs = this.nowMs;
    this.#sentBytes += bytes.length;
    this.transmit(bytes);
    // A peer that lets this much wait does not read; what is queued for it would only grow.
    if (this.queuedBytes > MAX_QUEUED_BYTES) this.destroy('notReading');
    return this.#open;
  }

  onLost(listener: () => void): () => void {
    this.#lost.add(listener);
    return () => void this.#lost.delete(listener);
  }

  /** Closes at once. Idempotent. */
  destroy(why: CloseWhy): void {
    if (!this.#open) return;
    this.context.counters.connectionsClosed.add(1, { why });
    this.ended();
    this.drop();
  }

  /** The connection is gone. Idempotent. */
  protected ended(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watchTimer?.cancel();
    this.#pingTimer?.cancel();
    this.#onClosed();
    for (const listener of [...this.#lost]) listener();
    this.#lost.clear();
  }

  /** Bytes came: the peer lives. */
  protected alive(): void {
    this.awaitsPong = false;
    this.#lastUsedMs = this.nowMs;
  }

  protected heard(): void {
    this.#heard = true;
  }

  protected get nowMs(): number {
    return this.context.seams.clock.nowMs();
  }

  keepAlive(everyMs: number): () => void {
    if (!this.#open || (this.#pingMs > 0 && this.#pingMs <= everyMs)) return untilGone;
    this.#pingTimer?.cancel();
    this.awaitsPong = false;
    this.startPings(everyMs, Math.min(everyMs, PONG_TIMEOUT_MS));
    return untilGone;
  }

  /** Pings each `pingMs`; without any sign of life `pongMs` after one the connection is dead. */
  protected startPings(pingMs: number, pongMs: number, firstMs: number = pingMs): void {
    const { clock } = this.context.seams;
    this.#pingMs = pingMs;
    this.#pingTimer = clock.after(firstMs, () => {
      this.awaitsPong = true;
      this.context.counters.pings.add();
      this.sendPing();
      this.#pingTimer = clock.after(pongMs, () => {
        if (this.awaitsPong) this.destroy('dead');
        else this.startPings(pingMs, pongMs, Math.max(0, pingMs - pongMs));
      });
    });
  }

  /** Looks once in a while whether the peer keeps a message, our queue or the whole connection waiting. */
  #watch(): void {
    const idleLeftMs = this.context.config.idleTimeoutMs - (this.nowMs - this.#lastUsedMs);
    this.#watchTimer = this.context.seams.clock.after(Math.min(MESSAGE_TIMEOUT_MS, idleLeftMs), () => {
      const why = this.#uselessBecause();
      if (why === null) this.#watch();
      else this.destroy(why);
    });
  }

  #uselessBecause(): CloseWhy | null {
    const { nowMs, queuedBytes } = this;
    if (this.partialSinceMs !== null && nowMs - this.partialSinceMs >= MESSAGE_TIMEOUT_MS) return 'slow';
    const takenBytes = this.#sentBytes - queuedBytes;
    if (queuedBytes > 0 && takenBytes === this.#takenBytes && this.#stuckLong()) return 'notReading';
    this.#takenBytes = takenBytes;
    // Who connects wants something: a stranger that says nothing at all only takes a place.
    if (!this.#heard && !this.outgoing && !this.flow.trusted && this.partialSinceMs === null) return 'silent';
    return nowMs - this.#lastUsedMs >= this.context.config.idleTimeoutMs ? 'idle' : null;
  }

  /** Nothing was added for a whole watch: what waits has waited all that time. */
  #stuckLong(): boolean {
    return this.nowMs - this.#lastUsedMs >= MESSAGE_TIMEOUT_MS;
  }
}

/** Pings of a connection go on as long as it is there. */
const untilGone = (): void => {};
