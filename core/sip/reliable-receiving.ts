/**
 * Reliable provisional responses that come in, of one early dialog (RFC 3262 4): their order, and the
 * one that waits for its PRACK.
 */
import type { ParsedResponse } from './message.ts';
import { namesOption } from './peer-abilities.ts';

/** "the response … contains a Require header field containing the option tag 100rel". */
export function isReliable(response: ParsedResponse): boolean {
  return response.status > 100 && response.status < 200 && namesOption(response, 'require', '100rel');
}

export class ReliableReceiving {
  #last: number | null = null;
  #owed: { readonly rseq: number; readonly cseq: number } | null = null;
  #offered = false;
  #waitsForOwner = false;

  /**
   * True when the response is the next one. "If the UAC receives another reliable provisional response
   * to the same request, and its RSeq value is not one higher than the value of the sequence number,
   * that response MUST NOT be acknowledged with a PRACK, and MUST NOT be processed further."
   */
  take(rseq: number, cseq: number, carriesOffer = false): boolean {
    if (this.#last !== null && rseq !== this.#last + 1) return false;
    this.#last = rseq;
    this.#waitsForOwner = carriesOffer && !this.#offered;
    this.#offered ||= carriesOffer;
    this.#owed = { rseq, cseq };
    return true;
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
