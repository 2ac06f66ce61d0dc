/** The wish of an owner that its re-INVITE be cancelled (RFC 3261 9.1), wherever the request is by then. */
import type { HeaderLine } from './types.ts';

export class Withdrawal {
  #headers: readonly HeaderLine[] | null = null;
  #act: (headers: readonly HeaderLine[]) => void = () => {};

  /** The request is wanted no more. */
  get wished(): boolean {
    return this.#headers !== null;
  }

  /** The owner: CANCEL it, with these headers (Reason). What was asked once stays asked. */
  wish(headers: readonly HeaderLine[] = []): void {
    if (this.#headers !== null) return;
    this.#headers = headers;
    this.#act(headers);
  }

  /** Whoever has the request now: what is done about the wish, at once if it was made before. */
  take(act: (headers: readonly HeaderLine[]) => void): void {
    this.#act = act;
    if (this.#headers !== null) act(this.#headers);
  }
}
