/**
 * What the target of an INVITE says after we turned to the next one: a provisional response is
 * cancelled, a 2xx acknowledged and ended, so that its phone neither rings on nor waits.
 */
import type { ClientTransaction } from './client-transaction.ts';
import { contactOf, routeSetOfResponse } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import type { ParsedResponse } from './message.ts';
import type { SipCore } from './sip-core.ts';
import { FORK_LIMIT } from './stack-limits.ts';

export class LateAnswers {
  readonly #core: SipCore;
  readonly #main: DialogLeg;
  readonly #cancelled = new Set<string>();
  /** Answered dialogs, by branch and To tag. */
  readonly #legs = new Map<string, DialogLeg>();

  /** `main`: the leg of the INVITE, whose flow and parties they share. */
  constructor(core: SipCore, main: DialogLeg) {
    this.#core = core;
    this.#main = main;
  }

  /** A refusal was acknowledged by its transaction and needs nothing more. */
  take(response: ParsedResponse, transaction: ClientTransaction): void {
    if (response.status < 200) this.#cancel(transaction);
    else if (response.status < 300) this.#end(response, transaction);
  }

  #cancel(transaction: ClientTransaction): void {
    if (this.#cancelled.has(transaction.branch)) return;
    this.#cancelled.add(transaction.branch);
    this.#core.transactions.cancel(transaction);
  }

  #end(response: ParsedResponse, { branch, request, channel }: ClientTransaction): void {
    const key = `${branch} ${response.toTag}`;
    const cseq = response.cseq.number;
    const known = this.#legs.get(key);
    if (known !== undefined) {
      known.repeatAck(cseq);
      return;
    }
    if (this.#legs.size >= FORK_LIMIT) return;
    const leg = new DialogLeg({
      core: this.#core,
      flow: channel.flow,
      credentials: [],
      data: {
        ...this.#main.data,
        remoteTag: response.toTag,
        localCseq: cseq,
        inviteCseq: cseq,
        remoteTarget: contactOf(response) ?? request?.uri ?? '',
        routeSet: routeSetOfResponse(response),
      },
    });
    leg.route.listener = this.#main.route.listener;
    this.#legs.set(key, leg);
    leg.acknowledge(cseq, null);
    leg.bye([], () => {});
  }
}
