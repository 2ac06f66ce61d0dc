/**
 * Reliable provisional responses that come in, of one early dialog (RFC 3262 4): their order, and the
 * one that waits for its PRACK.
 */
import type { Counter } from '../runtime/index.ts';
import type { SipCounters } from './counters.ts';
import { localResponse } from './local-response.ts';
import type { ParsedResponse } from './message.ts';
import { namesOption } from './peer-abilities.ts';
import { OPEN_PRACKS } from './stack-limits.ts';
import type { SipResponse } from './types.ts';

/** "the response … contains a Require header field containing the option tag 100rel". */
export function isReliable(response: ParsedResponse): boolean {
  return response.status > 100 && response.status < 200 && namesOption(response, 'require', '100rel');
}

export class ReliableReceiving {
  readonly #dropped: Counter;
  #last: number | null = null;
  #owed: { readonly rseq: number; readonly cseq: number } | null = null;
  #offered = false;
  #waitsForOwner = false;
  /** PRACKs that are under way or wait for their turn, and the newest of them. */
  #open = 0;
  #newest: Promise<SipResponse> | null = null;

  constructor({ dropped }: Pick<SipCounters, 'dropped'>) {
    this.#dropped = dropped;
  }

  /**
   * True when the response is the next one. "If the UAC receives another reliable provisional response
   * to the same request, and its RSeq value is not one higher than the value of the sequence number,
   * that response MUST NOT be acknowledged with a PRACK, and MUST NOT be processed further."
   */
  take(rseq: number, cseq: number, carriesOffer = false): boolean {
    if (this.#last !== null && rseq !== this.#last + 1) return false;
    // So many PRACKs wait for their answers: this response is left to its repetitions.
    if (this.#open >= OPEN_PRACKS) {
      this.#dropped.add(1, { why: 'pracks' });
      return false;
    }
    this.#last = rseq;
    this.#waitsForOwner = carriesOffer && !this.#offered;
    this.#offered ||= carriesOffer;
    this.#owed = { rseq, cseq };
    return true;
  }

  /**
   * One PRACK at a time: `send` runs when those before it have their answers, and not at all when the INVITE has
   * its own by then. Resolves with the final response; 481 made by us when nothing was sent.
   */
  inTurn(send: () => Promise<SipResponse>, isWanted: () => boolean): Promise<SipResponse> {
    this.#open++;
    const sent = this.#newest === null ? send() : this.#newest.then(() => (isWanted() ? send() : localResponse(481)));
    this.#newest = sent;
    void sent.then(() => {
      this.#open--;
      if (this.#newest === sent) this.#newest = null;
    });
    return sent;
  }

  /** The newest one waits for its PRACK. */
  get owes(): boolean {
    return this.#owed !== null;
  }

  /** The newest one carries the offer that the INVITE lacked: its PRACK has the answer, which the owner makes. */
  get waitsForOwner(): boolean {
    return this.#waitsForOwner;
  }

  /** Value of the RAck header that the newest response waits for; the second time null. */
  settle(): string | null {
    const owed = this.#owed;
    this.#owed = null;
    return owed === null ? null : `${owed.rseq} ${owed.cseq} INVITE`;
  }
}
