/**
 * 2xx of further forks of an INVITE: "the UAC core … MUST generate an ACK request for each 2xx"
 * (RFC 3261 13.2.2.4), and we keep one call only, so each is ended with BYE.
 */
import { contactOf, routeSetOfResponse } from './dialog-data.ts';
import { DialogLeg } from './dialog-leg.ts';
import type { ParsedResponse } from './message.ts';
import type { SipCore } from './sip-core.ts';
import { FORK_LIMIT } from './stack-limits.ts';

export class ForkedAnswers {
  readonly #core: SipCore;
  readonly #main: DialogLeg;
  readonly #legs = new Map<string, DialogLeg>();

  /** `main`: the leg of the INVITE, whose flow and parties the forks share. */
  constructor(core: SipCore, main: DialogLeg) {
    this.#core = core;
    this.#main = main;
  }

  /** ACKs the 2xx and ends its dialog; ACKs only when it came before. */
  end(response: ParsedResponse, requestUri: string): void {
    const { data, flow } = this.#main;
    const known = this.#legs.get(response.toTag);
    if (known !== undefined) {
      known.repeatAck(data.inviteCseq);
      return;
    }
    if (this.#legs.size >= FORK_LIMIT) return;
    this.#core.counters.forkedAnswers.add();
    const leg = new DialogLeg({
      core: this.#core,
      flow,
      credentials: [],
      data: {
        ...data,
        remoteTag: response.toTag,
        localCseq: data.inviteCseq,
        remoteTarget: contactOf(response) ?? requestUri,
        routeSet: routeSetOfResponse(response),
      },
    });
    this.#legs.set(response.toTag, leg);
    leg.acknowledge(data.inviteCseq, null);
    leg.bye([], () => {});
  }
}
