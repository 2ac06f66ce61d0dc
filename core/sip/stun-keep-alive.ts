/**
 * Keeps one UDP flow of ours alive and sees when it fails (RFC 5626 4.4.2): binding requests to its peer, each sent
 * up to seven times. "If a STUN Binding Error Response is received, or if no Binding Response is received after 7
 * retransmissions … the UA considers the flow failed. If the XOR-MAPPED-ADDRESS in the STUN Binding Response changes,
 * the UA MUST treat this event as a failure on the flow."
 */
import type { Clock, Random, Timer } from '../runtime/index.ts';
import { readStunAnswer, stunRequest } from './stun-answer.ts';

/** RTO and Rc of RFC 5389 7.2.1; after the last one it waits 16 RTO. */
const RTO_MS = 500;
const SENDINGS = 7;
const LAST_WAIT_MS = 16 * RTO_MS;

export type FlowFailure = 'silent' | 'refused' | 'moved';

export interface StunKeepAliveOptions {
  readonly clock: Clock;
  readonly random: Random;
  send(bytes: Uint8Array): void;
  onFailed(why: FlowFailure): void;
}

interface User {
  readonly everyMs: number;
  readonly onFailed: () => void;
}

export class StunKeepAlive {
  readonly #options: StunKeepAliveOptions;
  /** Registrations that share the flow. */
  readonly #users = new Set<User>();
  #timer: Timer | null = null;
  /** Of the request that waits for its answer; '': none does. */
  #transactionId = '';
  #mapped = '';

  constructor(options: StunKeepAliveOptions) {
    this.#options = options;
  }

  /** Pings at least so often until the result is called; `onFailed` runs at each failure of the flow. */
  add(everyMs: number, onFailed: () => void): () => void {
    const user: User = { everyMs, onFailed };
    const isFirst = this.#users.size === 0;
    this.#users.add(user);
    if (isFirst || this.#transactionId === '') this.#wait();
    return () => {
      if (this.#users.delete(user) && this.#users.size === 0) this.stop();
    };
  }

  /** Nobody needs it. */
  get idle(): boolean {
    return this.#users.size === 0;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#users.clear();
    this.#transactionId = '';
    this.#mapped = '';
  }

  /** What came from the peer of the flow; false: no answer to us. */
  receive(bytes: Uint8Array): boolean {
    const answer = this.#transactionId === '' ? null : readStunAnswer(bytes);
    if (answer === null || answer.transactionId !== this.#transactionId) return false;
    this.#transactionId = '';
    const before = this.#mapped;
    if (answer.mapped !== '') this.#mapped = answer.mapped;
    this.#wait();
    if (answer.refused) this.#failed('refused');
    else if (before !== '' && this.#mapped !== before) this.#failed('moved');
    return true;
  }

  #wait(): void {
    this.#timer?.cancel();
    const everyMs = Math.min(...[...this.#users].map((user) => user.everyMs));
    this.#timer = this.#options.clock.after(everyMs, () => this.#ping());
  }

  #ping(): void {
    const id = this.#options.random.secure(12);
    this.#transactionId = Buffer.from(id).toString('hex');
    this.#send(stunRequest(id), 1);
  }

  #send(request: Uint8Array, sent: number): void {
    this.#options.send(request);
    const isLast = sent === SENDINGS;
    this.#timer = this.#options.clock.after(isLast ? LAST_WAIT_MS : RTO_MS * 2 ** (sent - 1), () => {
      if (!isLast) {
        this.#send(request, sent + 1);
        return;
      }
      this.#transactionId = '';
      this.#wait();
      this.#failed('silent');
    });
  }

  #failed(why: FlowFailure): void {
    this.#options.onFailed(why);
    for (const { onFailed } of [...this.#users]) onFailed();
  }
}
