import type { CallEngine, CallEvent, Disposable } from '../../../core/index.ts';
import { packParameters } from './call-events.ts';

/** Name of the posted event that carries the parameters of a DSM event. */
export const dsmEvent = 'dsm.event';

const maxNames = 100_000;

/** Names under which scripts are reached, besides the tags of calls (reference/dsm 4.5). */
export class EventQueues {
  readonly #calls: Pick<CallEngine, 'mailboxes' | 'find'>;
  readonly #names = new Map<string, Disposable>();

  constructor(calls: Pick<CallEngine, 'mailboxes' | 'find'>) {
    this.#calls = calls;
  }

  /** "first registration wins": null when somebody has the name. */
  register(name: string, receive: (event: CallEvent) => void): Disposable | null {
    if (name === '' || name.length > 256 || this.#names.has(name) || this.#names.size >= maxNames) return null;
    if (this.#calls.find(name) !== null) return null;
    const registered = this.#calls.mailboxes.register(name, receive);
    const entry: Disposable = {
      dispose: () => {
        if (this.#names.get(name) !== entry) return;
        this.#names.delete(name);
        registered.dispose();
      },
    };
    this.#names.set(name, entry);
    return entry;
  }

  /** A DSM event for whoever has that name or tag; false: nobody has. */
  post(queue: string, parameters: ReadonlyMap<string, string>): boolean {
    return this.#calls.mailboxes.post(queue, { kind: 'posted', name: dsmEvent, data: packParameters(parameters) });
  }
}
