/**
 * What is left of an INVITE of ours when its call is over: for 32 s its 2xx may come again, and from other forks
 * (RFC 3261 13.2.2.4). The dialog and all that it holds need not live as long.
 */
import type { ClientOwner } from './client-transaction.ts';
import type { DialogLeg } from './dialog-leg.ts';
import { ForkedAnswers } from './forked-answers.ts';
import type { ParsedResponse } from './message.ts';
import type { SipCore } from './sip-core.ts';

export class AnsweredInvite implements ClientOwner {
  readonly #core: SipCore;
  readonly #leg: DialogLeg;
  readonly #requestUri: string;
  /** Null until another fork answers. */
  #forks: ForkedAnswers | null = null;

  /** `leg`: a `remnant` of the dialog that was answered. */
  constructor(core: SipCore, leg: DialogLeg, requestUri: string) {
    this.#core = core;
    this.#leg = leg;
    this.#requestUri = requestUri;
  }

  onResponse(response: ParsedResponse): void {
    const { inviteCseq, remoteTag } = this.#leg.data;
    if (response.status < 200 || response.status >= 300) return;
    if (response.toTag === remoteTag) this.#leg.repeatAck(inviteCseq);
    else {
      this.#forks ??= new ForkedAnswers(this.#core, this.#leg);
      this.#forks.end(response, this.#requestUri, null);
    }
  }

  onTimeout(): void {}

  onTransportError(): void {}
}
