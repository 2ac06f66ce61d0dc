/**
 * A 2xx to an INVITE is repeated by the core, over any transport, until its ACK comes: "retransmitted
 * … with an interval that starts at T1 seconds and doubles for each retransmission until it reaches
 * T2 seconds"; "if the server retransmits the 2xx response for 64*T1 seconds without receiving an
 * ACK, the dialog is confirmed, but the session SHOULD be terminated" (RFC 3261 13.3.1.4).
 */
import type { Clock, Timer } from '../runtime/index.ts';
import { T2_MS } from './timers.ts';

export class AnswerRepeater {
  /** CSeq number of the INVITE: the ACK has the same. */
  readonly cseq: number;
  readonly #clock: Clock;
  readonly #repeat: () => void;
  #timer: Timer;
  readonly #deadline: Timer;

  constructor(options: { clock: Clock; t1Ms: number; cseq: number; repeat(): void; onNoAck(): void }) {
    const { clock, t1Ms } = options;
    this.cseq = options.cseq;
    this.#clock = clock;
    this.#repeat = () => options.repeat();
    this.#timer = this.#next(t1Ms);
    this.#deadline = clock.after(64 * t1Ms, () => {
      this.stop();
      options.onNoAck();
    });
  }

  stop(): void {
    this.#timer.cancel();
    this.#deadline.cancel();
  }

  #next(intervalMs: number): Timer {
    return this.#clock.after(intervalMs, () => {
      this.#timer = this.#next(Math.min(2 * intervalMs, T2_MS));
      this.#repeat();
    });
  }
}
