import type { ModuleContext, PublishedEvent } from '../../core/index.ts';
import { Changes } from './changes.ts';
import type { MwiConfig } from './config.ts';
import { PresenceServer } from './presence-server.ts';
import { Subscribers } from './subscribers.ts';
import { type Counts, countsOf, summaryType } from './summary.ts';

/** Who is told how many messages wait. */
export class Mwi {
  readonly #context: ModuleContext<MwiConfig>;
  readonly #changes: Changes;
  /** Mailboxes that a SUBSCRIBE asks for again: only subscribers are told. */
  readonly #looks: Changes;
  readonly #subscribers: Subscribers;
  readonly #presenceServer: PresenceServer | null;
  readonly #notifier: { dispose(): void } | null;

  constructor(context: ModuleContext<MwiConfig>) {
    this.#context = context;
    const { calls, clock, config, counters, log } = context;
    const outcomes = counters.counter('callbus_mwi_notifies_total', 'NOTIFYs to the presence server, by outcome');
    this.#presenceServer =
      config.presence_server === '' ? null : new PresenceServer({ calls, log, outcomes }, config.presence_server);
    this.#changes = new Changes(clock, config.coalesce_ms, (domain, user) => void this.#tell(domain, user));
    this.#looks = new Changes(clock, config.coalesce_ms, (domain, user) => void this.#look(domain, user));
    this.#subscribers = new Subscribers({
      config,
      log,
      counts: (domain, user) => this.#counts(domain, user),
      stale: (domain, user) => this.#looks.note(domain, user),
    });
    counters.gauge('callbus_mwi_subscriptions', 'Subscriptions to message summaries', () => this.#subscribers.size);
    context.subscribe('msg_storage.changed', (event) => this.#changed(event));
    this.#notifier =
      config.subscribers === 'off'
        ? null
        : calls.serveEvents('message-summary', {
            types: [summaryType],
            maxExpiresSeconds: config.max_expires,
            defaultExpiresSeconds: config.max_expires,
            onSubscribe: (subscription, subscriber) => this.#subscribers.subscribed(subscription, subscriber),
          });
  }

  /** Counts and tells now. @throws CodedError `rpc.wrongType`, `dial.forbidden`, `dial.failed`. */
  async publish(domain: string, user: string): Promise<void> {
    const counts = await this.#counts(domain, user);
    this.#subscribers.tell(domain, user, counts);
    this.#presenceServer?.tell(domain, user, counts);
  }

  stop(): void {
    this.#notifier?.dispose();
    this.#changes.stop();
    this.#looks.stop();
    this.#subscribers.stop();
  }

  #changed({ payload }: PublishedEvent): void {
    const { domain, user } = payload;
    if (typeof domain !== 'string' || typeof user !== 'string') return;
    // Greetings are kept as messages of <domain>-prompts (applications 7.6): nobody waits for them.
    if (domain.endsWith('-prompts')) return;
    if (this.#presenceServer !== null || this.#subscribers.has(domain, user)) this.#changes.note(domain, user);
  }

  #tell(domain: string, user: string): Promise<void> {
    return this.publish(domain, user).catch((fault: unknown) => this.#failed(domain, user, fault));
  }

  #look(domain: string, user: string): Promise<void> {
    return this.#counts(domain, user).then(
      (counts) => this.#subscribers.tell(domain, user, counts),
      (fault: unknown) => this.#failed(domain, user, fault),
    );
  }

  #failed(domain: string, user: string, fault: unknown): void {
    this.#context.log.warn('a change of messages could not be told', { domain, user, fault: String(fault) });
  }

  async #counts(domain: string, user: string): Promise<Counts> {
    return countsOf(await this.#context.invoke('msg_storage', 'userdir_open', [domain, user]));
  }
}
