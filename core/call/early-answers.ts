/**
 * Answers to the offer in an INVITE of ours that came in provisional responses, by the tag of their
 * early dialog: the media follow the newest, the 2xx decides (RFC 3261 13.2.2.4, RFC 6337 3.1).
 */
import type { AudioParameters, SessionDescription } from '../sdp/index.ts';

export interface EarlyAnswer {
  readonly text: string;
  readonly parameters: AudioParameters;
  /** It came in a reliable response: the exchange is complete in that dialog. */
  readonly reliable: boolean;
}

export class EarlyAnswers {
  readonly offer: SessionDescription;
  /** Whose answer is in force. */
  newest = '';
  readonly #byTag = new Map<string, EarlyAnswer>();

  constructor(offer: SessionDescription) {
    this.offer = offer;
  }

  get(tag: string): EarlyAnswer | null {
    return this.#byTag.get(tag) ?? null;
  }

  /** The tag under which the answer of that dialog is kept: a response without a tag may have been of any. */
  keyOf(tag: string): string {
    return this.#byTag.has(tag) ? tag : '';
  }

  set(tag: string, answer: EarlyAnswer): void {
    this.#byTag.set(tag, answer);
    this.newest = tag;
  }
}
