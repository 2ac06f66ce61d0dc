/** All subscriptions of a stack, ours and the peers', by Call-ID and our tag: where SUBSCRIBE and NOTIFY find theirs. */
import type { NotifierHandlers } from './subscription-types.ts';
import type { Dialog, DialogIds, ServerRequest } from './types.ts';

/** Which request it is, and in which dialog: an INVITE's, or one that only a subscription makes (null). */
export interface UsageRequest {
  readonly pending: ServerRequest;
  readonly dialog: Dialog | null;
  /** The peer's tag. */
  readonly remoteTag: string;
}

/** One subscription as the table sees it. */
export interface Usage {
  readonly callId: string;
  readonly localTag: string;
  /** True: it is the usage of that request, and has answered it. */
  receive(request: UsageRequest): boolean;
  /** Forgets everything without a word. */
  close(): void;
}

export class SubscriptionTable {
  readonly #usages = new Map<string, Usage[]>();
  /** Event packages that we notify of. */
  readonly packages = new Map<string, NotifierHandlers>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(usage: Usage): void {
    const key = keyOf(usage);
    const present = this.#usages.get(key);
    if (present === undefined) this.#usages.set(key, [usage]);
    else present.push(usage);
    this.#size++;
  }

  remove(usage: Usage): void {
    const key = keyOf(usage);
    const present = this.#usages.get(key);
    const at = present?.indexOf(usage) ?? -1;
    if (present === undefined || at < 0) return;
    present.splice(at, 1);
    if (present.length === 0) this.#usages.delete(key);
    this.#size--;
  }

  has(ids: Pick<DialogIds, 'callId' | 'localTag'>): boolean {
    return this.#usages.has(keyOf(ids));
  }

  /** Hands a request to the usage that it is for; false: there is none. */
  receive(ids: Pick<DialogIds, 'callId' | 'localTag'>, request: UsageRequest): boolean {
    return [...(this.#usages.get(keyOf(ids)) ?? [])].some((usage) => usage.receive(request));
  }

  /** An INVITE dialog is over, and with it the usages that shared it. */
  dialogEnded(ids: DialogIds): void {
    for (const usage of [...(this.#usages.get(keyOf(ids)) ?? [])]) usage.close();
  }

  close(): void {
    for (const usages of [...this.#usages.values()]) for (const usage of [...usages]) usage.close();
  }
}

function keyOf({ callId, localTag }: Pick<DialogIds, 'callId' | 'localTag'>): string {
  return `${localTag}|${callId}`;
}
