/**
 * 2xx of further forks of an INVITE: "the UAC core … MUST generate an ACK request for each 2xx"
 * (RFC 3261 13.2.2.4), and we keep one call only, so each is ended with BYE.
 */
import type { DialogLeg } from './dialog-leg.ts';
import { peerOfResponse } from './early-dialogs.ts';
import type { ParsedResponse } from './message.ts';
import type { SipCore } from './sip-core.ts';
import { FORK_LIMIT } from './stack-limits.ts';

export class ForkedAnswers {
  readonly #core: SipCore;
  readonly #main: DialogLeg;
  /** Null until a second fork answers. */
  #legs: Map<string, DialogLeg> | null = null;

  /** `main`: the leg of the INVITE, whose flow and parties the forks share. */
  constructor(core: SipCore, main: DialogLeg) {
    this.#core = core;
    this.#main = main;
  }

  /** Another fork has answered. */
  get any(): boolean {
    return this.#legs !== null;
  }

  /** ACKs the 2xx and ends its dialog, `early` if it was one; ACKs only when it came before. */
  end(response: ParsedResponse, requestUri: string, early: DialogLeg | null): void {
    const { data } = this.#main;
    this.#legs ??= new Map();
    const known = this.#legs.get(response.toTag);
    if (known !== undefined) {
      known.repeatAck(data.inviteCseq);
      return;
    }
    if (this.#legs.size >= FORK_LIMIT) return;
    this.#core.counters.forkedAnswers.add();
    const found = peerOfResponse(response, requestUri);
    const leg = early ?? this.#main.fork(found);
    leg.data = { ...leg.data, ...found };
    this.#legs.set(response.toTag, leg);
    leg.acknowledge(data.inviteCseq, null);
    leg.bye([], () => {});
  }
}
