/**
 * Reliable provisional responses that we send (RFC 3262 3). One at a time is under way; what comes
 * after it waits in order, also a 2xx when one of them carries a session description:
 *
 * ```
 *          send               PRACK
 *   idle ────────► open ────────────────► idle, or open with the next of the queue
 *                  │ ▲
 *                  └─┘ T1, doubled: repeated;  64*T1: onNoPrack
 * ```
 */
import type { Clock, Timer } from '../runtime/index.ts';
import type { RAck } from './header-rack.ts';
import type { ResponseOptions } from './types.ts';

export interface WaitingResponse {
  readonly status: number;
  readonly reason: string | undefined;
  readonly options: ResponseOptions;
}

export interface ReliableSendingOptions {
  readonly clock: Clock;
  readonly t1Ms: number;
  /** Of the INVITE. */
  readonly cseq: number;
  /** "The value of the header field for the first reliable provisional response … MUST be between 1 and 2**31 - 1". */
  readonly firstRSeq: number;
  /** Sends it with this RSeq; gives what repeats it. */
  transmit(response: WaitingResponse, rseq: number): () => void;
  /** The 2xx whose turn has come. */
  answer(response: WaitingResponse): void;
  onNoPrack(): void;
}

interface Open {
  readonly rseq: number;
  readonly carriesBody: boolean;
  timer: Timer;
  readonly deadline: Timer;
}

export class ReliableSending {
  readonly #options: ReliableSendingOptions;
  #nextRSeq: number;
  #open: Open | null = null;
  #queue: WaitingResponse[] = [];

  constructor(options: ReliableSendingOptions) {
    this.#options = options;
    this.#nextRSeq = options.firstRSeq;
  }

  /** "the UAS … MUST NOT send a second reliable provisional response until the first is acknowledged". */
  send(response: WaitingResponse): void {
    if (this.#open === null) this.#transmit(response);
    else this.#queue.push(response);
  }

  /** A 2xx "MUST NOT" be sent while an unacknowledged response carries a session description: then it waits. */
  get holdsAnswer(): boolean {
    return this.#open?.carriesBody === true || this.#queue.some(({ options }) => options.body !== undefined);
  }

  /** A PRACK came. Null: it is for nothing that we sent; else whether the response had a body. */
  acknowledge({ rseq, cseq, method }: RAck): { readonly carriedBody: boolean } | null {
    const open = this.#open;
    if (open === null || open.rseq !== rseq || cseq !== this.#options.cseq || method !== 'INVITE') return null;
    stopTimers(open);
    this.#open = null;
    return { carriedBody: open.carriesBody };
  }

  /** The PRACK is answered: the next one may go. */
  proceed(): void {
    if (this.#open !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    if (next.status >= 200) this.#options.answer(next);
    else this.#transmit(next);
  }

  /**
   * After the final answer the UAS "SHOULD NOT continue to retransmit", but "MUST be prepared to
   * process PRACK requests for those outstanding responses".
   */
  stop(): void {
    if (this.#open !== null) stopTimers(this.#open);
    this.#queue = [];
  }

  #transmit(response: WaitingResponse): void {
    const { clock, t1Ms, transmit, onNoPrack } = this.#options;
    const rseq = this.#nextRSeq++;
    const repeat = transmit(response, rseq);
    const deadline = clock.after(64 * t1Ms, () => {
      this.stop();
      onNoPrack();
    });
    const carriesBody = response.options.body !== undefined;
    this.#open = { rseq, carriesBody, timer: this.#repeatAfter(t1Ms, repeat), deadline };
  }

  /** "starts at T1 seconds and doubles for each retransmission", with no upper bound but the deadline. */
  #repeatAfter(delayMs: number, repeat: () => void): Timer {
    return this.#options.clock.after(delayMs, () => {
      repeat();
      if (this.#open !== null) this.#open.timer = this.#repeatAfter(2 * delayMs, repeat);
    });
  }
}

function stopTimers({ timer, deadline }: Open): void {
  timer.cancel();
  deadline.cancel();
}
