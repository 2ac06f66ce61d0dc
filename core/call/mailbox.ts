/** `soon.then(run)` is a microtask as `queueMicrotask` makes it, without an asynchronous resource for each. */
const soon = Promise.resolve();

/**
 * An ordered mailbox: what is posted is received one at a time, also when `receive` is
 * asynchronous. Nothing is received in the stack frame of `post`, so that a layer below may post in
 * the middle of its own work.
 */
export class Mailbox<T> {
  readonly #receive: (item: T) => void | Promise<void>;
  readonly #onFault: (fault: unknown) => void;
  readonly #limit: number;
  #queue: T[] = [];
  #running = false;
  #closed = false;
  /** Items that were refused because `limit` waited already. */
  refused = 0;

  /** `limit`: items that may wait; more are refused, for a receiver that stands still must not fill the memory. */
  constructor(receive: (item: T) => void | Promise<void>, onFault: (fault: unknown) => void, limit = 1000) {
    this.#receive = receive;
    this.#onFault = onFault;
    this.#limit = limit;
  }

  /** Something is being received, or is about to be. */
  get isBusy(): boolean {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** False when closed or full. */
  post(item: T): boolean {
    if (this.#closed) return false;
    if (this.#queue.length >= this.#limit) {
      this.refused++;
      return false;
    }
    this.#queue.push(item);
    if (!this.#running) {
      this.#running = true;
      void soon.then(this.#next);
    }
    return true;
  }

  /** Drops what waits; nothing more is received. */
  close(): void {
    this.#closed = true;
    this.#queue = [];
  }

  /** One item; the next has its turn when what this one set going had its own. */
  readonly #next = (): void => {
    const item = this.#queue.shift();
    if (item === undefined) {
      this.#running = false;
      return;
    }
    try {
      const receiving = this.#receive(item);
      if (receiving instanceof Promise) {
        receiving.catch(this.#onFault).then(this.#next);
        return;
      }
    } catch (fault) {
      this.#onFault(fault);
    }
    void soon.then(this.#next);
  };
}
