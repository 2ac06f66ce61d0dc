import type { Disposable } from '../runtime/index.ts';
import type { CallEvent, Mailboxes } from './types.ts';

/** The mailboxes of a server by name: calls by tag, registrations and system scripts by their own names. */
export class MailboxDirectory implements Mailboxes {
  readonly #receivers = new Map<string, (event: CallEvent) => void>();
  readonly #session: (tag: string) => { post(event: CallEvent): void } | null;

  /** `session`: the live call of a tag. */
  constructor(session: (tag: string) => { post(event: CallEvent): void } | null) {
    this.#session = session;
  }

  post(name: string, event: CallEvent): boolean {
    const receive = this.#receivers.get(name);
    if (receive !== undefined) {
      receive(event);
      return true;
    }
    const session = this.#session(name);
    session?.post(event);
    return session !== null;
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
