/**
 * Session descriptions that the callee gave before its answer. A forked callee has several early dialogs (RFC 3261
 * 12.1.2), but the caller's is one: all that they say is said in it (reference 2.7). Their descriptions are kept
 * apart by tag, since the fork that answers need not be the one that was heard last.
 */
import type { SipBody, SipHeaders } from '../sip/index.ts';
import type { Carrier } from './coupling-body.ts';

interface EarlyDescription {
  readonly tag: string;
  /** As the callee said it. */
  readonly carrier: Carrier;
  /** As the caller got it. */
  readonly body: SipBody;
}

export class EarlyDescriptions {
  #first: EarlyDescription | null = null;
  #newest: EarlyDescription | null = null;
  #byTag: Map<string, EarlyDescription> | null = null;

  /** The caller got `body`, which is what the dialog `tag` of the callee said in `response`. */
  note(tag: string, response: Pick<SipHeaders, 'header'> & { readonly body: Uint8Array }, body: SipBody): void {
    const said: EarlyDescription = { tag, carrier: response, body };
    this.#first ??= said;
    // One fork is the rule: a map is for the others.
    if (this.#newest !== null && this.#newest.tag !== tag) {
      this.#byTag ??= new Map([[this.#newest.tag, this.#newest]]);
    }
    this.#byTag?.set(tag, said);
    this.#newest = said;
  }

  /** What stands for the answer that a 2xx of `tag` lacks; a response without a tag may be of any fork. */
  answerOf(tag: string): EarlyDescription | null {
    const own = this.#newest?.tag === tag ? this.#newest : this.#byTag?.get(tag);
    return own ?? this.#byTag?.get('') ?? this.#newest;
  }

  /** Its media are those that were set up last. */
  isNewest(said: EarlyDescription): boolean {
    return said === this.#newest;
  }

  /**
   * "The UAC MUST treat the first session description it receives as the answer, and MUST ignore any session
   * descriptions in subsequent responses" (13.2.1): true when the caller holds another fork's answer than `body` of `tag`.
   */
  misled(tag: string, body: SipBody): boolean {
    const first = this.#first;
    return first !== null && first.tag !== tag && Buffer.compare(first.body.content, body.content) !== 0;
  }
}
