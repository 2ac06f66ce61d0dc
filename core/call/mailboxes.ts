import type { Disposable } from '../runtime/index.ts';
import type { CallEvent, Mailboxes } from './types.ts';

/** The mailboxes of a server by name: calls by tag, registrations and system scripts by their own names. */
export class MailboxDirectory implements Mailboxes {
  readonly #receivers = new Map<string, (event: CallEvent) => void>();

  post(name: string, event: CallEvent): boolean {
    const receive = this.#receivers.get(name);
    if (receive === undefined) return false;
    receive(event);
    return true;
  }

  /** The newest registration of a name wins. */
  register(name: string, receive: (event: CallEvent) => void): Disposable {
    this.#receivers.set(name, receive);
    return {
      dispose: () => {
        if (this.#receivers.get(name) === receive) this.#receivers.delete(name);
      },
    };
  }
}
