/** Phones that subscribed to their message summary (RFC 3842), by mailbox. */
import {
  CodedError,
  type Log,
  parseUri,
  type ServerSubscription,
  type SipBody,
  type Subscriber,
} from '../../core/index.ts';
import type { MwiConfig } from './config.ts';
import { accountUri, type Counts, noneUrgent, summary } from './summary.ts';

export interface SubscribersParts {
  readonly config: MwiConfig;
  readonly log: Log;
  /** @throws CodedError for what is no mailbox. */
  counts(domain: string, user: string): Promise<Counts>;
  /** The state is to be looked up again: a SUBSCRIBE asks for it. */
  stale(domain: string, user: string): void;
}

interface Watch {
  readonly subscription: ServerSubscription;
  readonly account: string;
  told: Counts;
}

export class Subscribers {
  readonly #parts: SubscribersParts;
  readonly #watches = new Map<string, Set<Watch>>();

  constructor(parts: SubscribersParts) {
    this.#parts = parts;
  }

  get size(): number {
    let size = 0;
    for (const watches of this.#watches.values()) size += watches.size;
    return size;
  }

  subscribed(subscription: ServerSubscription, subscriber: Subscriber): void {
    const uri = parseUri(subscription.request.uri);
    if (uri === null || uri.user === null || uri.user === '' || uri.host === '') {
      subscription.reject(404);
      return;
    }
    if (!this.#mayHear(subscriber, uri.user)) {
      subscription.reject(403);
      return;
    }
    const domain = this.#parts.config.domain === '' ? uri.host.toLowerCase() : this.#parts.config.domain;
    void this.#open(subscription, accountUri(uri.user, uri.host, uri.scheme), domain, uri.user);
  }

  /** Tells those who do not know these numbers yet. */
  tell(domain: string, user: string, counts: Counts): void {
    for (const watch of this.#watches.get(keyOf(domain, user)) ?? []) {
      if (watch.told.fresh === counts.fresh && watch.told.old === counts.old) continue;
      watch.told = counts;
      watch.subscription.notify(bodyFor(watch));
    }
  }

  /** Is anybody told of that mailbox? */
  has(domain: string, user: string): boolean {
    return this.#watches.has(keyOf(domain, user));
  }

  /** "The subscription has been terminated, but the subscriber SHOULD retry immediately" (RFC 6665 4.1.3). */
  stop(): void {
    for (const watches of [...this.#watches.values()])
      for (const { subscription } of [...watches]) subscription.terminate('deactivated');
  }

  /** What waits is private: a user hears of the own messages, a proxy that we trust of all. */
  #mayHear({ trusted, user }: Subscriber, mailbox: string): boolean {
    switch (this.#parts.config.subscribers) {
      case 'anybody':
        return true;
      case 'own':
        return trusted || user === mailbox;
      case 'trusted':
        return trusted;
      case 'off':
        return false;
    }
  }

  async #open(subscription: ServerSubscription, account: string, domain: string, user: string): Promise<void> {
    let told: Counts;
    try {
      told = await this.#parts.counts(domain, user);
    } catch (fault) {
      const isNoMailbox = fault instanceof CodedError && (fault.code === 'rpc.wrongType' || fault.code === 'file.name');
      if (!isNoMailbox)
        this.#parts.log.warn('the messages of a subscriber could not be counted', { fault: String(fault) });
      subscription.reject(isNoMailbox ? 404 : 500);
      return;
    }
    if (subscription.state !== 'new') return;
    const watch: Watch = { subscription, account, told };
    const key = keyOf(domain, user);
    const watches = this.#watches.get(key) ?? new Set();
    this.#watches.set(key, watches.add(watch));
    subscription.onEnd = () => {
      watches.delete(watch);
      if (watches.size === 0 && this.#watches.get(key) === watches) this.#watches.delete(key);
    };
    // Others may have written to the folder meanwhile: the answer is what was told last, and what differs follows.
    subscription.currentBody = () => {
      this.#parts.stale(domain, user);
      return bodyFor(watch);
    };
    subscription.accept({ body: bodyFor(watch) });
  }
}

const keyOf = (domain: string, user: string): string => `${domain}/${user}`;

const bodyFor = ({ account, told }: Watch): SipBody => summary(account, told, noneUrgent);
