/**
 * A 2xx to an INVITE is repeated by the core, over any transport, until its ACK comes: "retransmitted
 * … with an interval that starts at T1 seconds and doubles for each retransmission until it reaches
 * T2 seconds"; "if the server retransmits the 2xx response for 64*T1 seconds without receiving an
 * ACK, the dialog is confirmed, but the session SHOULD be terminated" (RFC 3261 13.3.1.4).
 */
import type { Clock, Timer } from '../runtime/index.ts';
import { T2_MS } from './timers.ts';

export interface AnswerRepeaterOptions {
  readonly clock: Clock;
  readonly t1Ms: number;
  readonly cseq: number;
  readonly repeat: () => void;
  readonly onNoAck: () => void;
}

export class AnswerRepeater {
  /** CSeq number of the INVITE: the ACK has the same. */
  readonly cseq: number;
  readonly #options: AnswerRepeaterOptions;
  #timer: Timer;

  constructor(options: AnswerRepeaterOptions) {
    this.cseq = options.cseq;
    this.#options = options;
    this.#timer = this.#next(options.t1Ms, 64 * options.t1Ms);
  }

  stop(): void {
    this.#timer.cancel();
  }

  #next(intervalMs: number, leftMs: number): Timer {
    const { clock, repeat, onNoAck } = this.#options;
    if (intervalMs >= leftMs) return clock.after(leftMs, onNoAck);
    return clock.after(intervalMs, () => {
      this.#timer = this.#next(Math.min(2 * intervalMs, T2_MS), leftMs - intervalMs);
      repeat();
    });
  }
}
