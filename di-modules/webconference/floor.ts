/**
 * Who may speak in a room, and who waits for it. In a moderated room only holders of the floor are heard; hands may be
 * raised in any room.
 *
 *   listening ──raise──▶ waiting (in order) ──grant──▶ floor ──revoke──▶ listening
 *       ▲                   │ lower                      ▲
 *       └───────────────────┘        listening ──grant───┘
 */
export class Floor {
  moderated = false;
  #queue: string[] = [];
  readonly #holders = new Set<string>();

  /** Call tags, the first who raised a hand first. */
  get queue(): readonly string[] {
    return this.#queue;
  }

  /** Place in the queue, from 1; 0: the hand is not raised. */
  place(call: string): number {
    return this.#queue.indexOf(call) + 1;
  }

  has(call: string): boolean {
    return this.#holders.has(call);
  }

  /** Is it kept from speaking, by this room's rule? */
  hushes(call: string): boolean {
    return this.moderated && !this.#holders.has(call);
  }

  /** False: it waits already. */
  raise(call: string): boolean {
    if (this.#queue.includes(call)) return false;
    this.#queue.push(call);
    return true;
  }

  /** False: it was not raised. */
  lower(call: string): boolean {
    const at = this.#queue.indexOf(call);
    if (at >= 0) this.#queue.splice(at, 1);
    return at >= 0;
  }

  /** Lowers the hand, too. False: it had the floor. */
  grant(call: string): boolean {
    this.lower(call);
    if (this.#holders.has(call)) return false;
    this.#holders.add(call);
    return true;
  }

  /** False: it had none. */
  revoke(call: string): boolean {
    return this.#holders.delete(call);
  }

  /** Takes the floor from all; gives who had it. */
  revokeAll(): readonly string[] {
    const holders = [...this.#holders];
    this.#holders.clear();
    return holders;
  }

  /** `heir` is where `call` was: in the queue, or with the floor. */
  passOn(call: string, heir: string): void {
    const at = this.#queue.indexOf(call);
    if (at >= 0) this.#queue[at] = heir;
    if (this.#holders.delete(call)) this.#holders.add(heir);
  }
}
