import {
  accountUri,
  asCodedError,
  type Log,
  type ModuleContext,
  publishRegistration,
  type RegistrationChange,
  type RegistrationStatus,
} from '../../core/index.ts';
import { Account, type AccountParts } from './account.ts';
import type { DbRegAgentConfig } from './config.ts';
import type { Departures } from './departures.ts';
import type { RefreshTimes } from './refresh-times.ts';
import { type Subscriber, type SubscriberRow, statuses } from './subscriber.ts';
import type { Tables } from './tables.ts';

export interface DbAgentParts extends Pick<ModuleContext<DbRegAgentConfig>, 'calls' | 'clock' | 'config' | 'publish'> {
  readonly log: Log;
  readonly tables: Tables;
  readonly departures: Departures;
  readonly refreshTimes: RefreshTimes;
}

/** SEMS's words for what never left (di-interfaces 5.7). */
const unsendable = { code: 480, reason: 'unable to send request' };

/** The registrations of all subscribers, by id. */
export class DbRegAgent {
  readonly #parts: DbAgentParts;
  readonly #accounts = new Map<number, Account>();

  constructor(parts: DbAgentParts) {
    this.#parts = parts;
  }

  /** What the database says at the start: 0, 1, 3 are registered, 2 when it is due, 5 is de-registered. */
  begin(rows: readonly SubscriberRow[]): void {
    for (const row of rows) {
      if (row.status === statuses.removed) continue;
      try {
        const account = this.#open(row);
        if (row.status === statuses.toBeRemoved) this.#remove(account);
        else if (row.status === statuses.active) this.#resume(account, row);
        else this.#depart(account);
      } catch (fault) {
        const reason = asCodedError(fault).message;
        this.#parts.log.error('a subscriber cannot be registered', { subscriber: row.id, reason });
        this.#parts.tables.setStatus(row.id, { status: statuses.failed, ...unsendable });
      }
    }
  }

  /** @throws CodedError `dial.forbidden`, `dial.failed`, `rpc.wrongType`: nothing is changed then. */
  create(subscriber: Subscriber): void {
    const account = this.#open(subscriber);
    this.#parts.tables.keepSubscriber(subscriber);
    this.#depart(account);
  }

  /** @throws CodedError as `create`. */
  update(subscriber: Subscriber): void {
    const known = this.#accounts.get(subscriber.id)?.subscriber;
    if (known === undefined) this.#parts.log.warn('an unknown subscriber is created', { subscriber: subscriber.id });
    else if (isSame(known, subscriber)) return;
    this.create(subscriber);
  }

  /** An unknown id is ignored, as by SEMS. */
  remove(id: number): void {
    const account = this.#accounts.get(id);
    if (account === undefined) return;
    this.#parts.tables.setStatus(id, { status: statuses.toBeRemoved, code: 0, reason: '' });
    this.#remove(account);
  }

  refresh(id: number): void {
    const account = this.#accounts.get(id);
    if (account !== undefined) this.#depart(account);
  }

  /** The contacts stay at their registrars: the next start goes on from the database. */
  async stop(): Promise<void> {
    this.#parts.departures.stop();
    for (const account of this.#accounts.values()) account.drop();
    this.#accounts.clear();
    await this.#parts.tables.close();
  }

  #open(subscriber: Subscriber): Account {
    const parts: AccountParts = { ...this.#parts, onChange: (...change) => this.#changed(...change) };
    const account = new Account(parts, subscriber);
    const former = this.#accounts.get(subscriber.id);
    if (former !== undefined) this.#forget(former);
    this.#accounts.set(subscriber.id, account);
    return account;
  }

  #forget(account: Account): void {
    const { id } = account.subscriber;
    this.#unplan(account);
    this.#parts.departures.delete(id);
    account.drop();
    if (this.#accounts.get(id) === account) this.#accounts.delete(id);
  }

  #depart(account: Account): void {
    const { departures, tables } = this.#parts;
    this.#unplan(account);
    const { id } = account.subscriber;
    departures.add(id, () => {
      if (!account.stands) tables.setStatus(id, { status: statuses.pending, code: 0, reason: '' });
      account.register();
    });
  }

  /** It stood when the server stopped: refreshed when it would have been. */
  #resume(account: Account, { expiresAtMs, registeredAtMs }: SubscriberRow): void {
    const nowMs = this.#parts.clock.unixMs();
    if (expiresAtMs === null || expiresAtMs <= nowMs) {
      this.#depart(account);
      return;
    }
    const fromMs = Math.min(registeredAtMs ?? nowMs, nowMs);
    const dueMs = fromMs + (expiresAtMs - fromMs) * this.#parts.config.reregister_interval;
    account.plan(dueMs - nowMs, () => this.#depart(account));
  }

  #remove(account: Account): void {
    const { departures, publish, tables } = this.#parts;
    const { id } = account.subscriber;
    this.#unplan(account);
    departures.add(id, () => {
      void account.deregister().then(({ status, reason }) => {
        if (this.#accounts.get(id) !== account) return;
        this.#forget(account);
        if (status < 300) tables.removed(id, status, reason);
        else tables.removalFailed(id, status, reason);
        publish('registration.removed', { ...namesOf(account), status, reason });
      });
    });
  }

  #unplan(account: Account): void {
    if (account.refreshAtMs !== null) this.#parts.refreshTimes.done(account.refreshAtMs);
    account.refreshAtMs = null;
    account.unplan();
  }

  #changed(account: Account, change: RegistrationChange | null, status: RegistrationStatus): void {
    const { id } = account.subscriber;
    if (this.#accounts.get(id) !== account) return;
    if (change === 'registered') this.#registered(account, status);
    else if (change === null) this.#retryLater(account);
    else this.#failed(account, status);
    if (change !== null) publishRegistration(this.#parts.publish, namesOf(account), change, status);
  }

  #registered(account: Account, { status, reason, expiresAtMs, contacts }: RegistrationStatus): void {
    const { clock, refreshTimes, tables } = this.#parts;
    const atMs = clock.unixMs();
    const until = expiresAtMs ?? atMs;
    const registered = { atMs, expiresAtMs: until, contacts: contacts.map(({ uri }) => uri).join(', ') };
    tables.setStatus(account.subscriber.id, { status: statuses.active, code: status, reason, registered });
    this.#unplan(account);
    account.refreshAtMs = refreshTimes.take(clock.nowMs(), (until - atMs) / 1000);
    account.plan(account.refreshAtMs - clock.nowMs(), () => this.#depart(account));
  }

  #failed(account: Account, { status, reason, cause }: RegistrationStatus): void {
    const told = cause === 'transport' ? unsendable : { code: status, reason };
    this.#parts.tables.setStatus(account.subscriber.id, { status: statuses.failed, ...told });
    this.#retryLater(account);
  }

  #retryLater(account: Account): void {
    const { error_retry_interval: seconds } = this.#parts.config;
    this.#unplan(account);
    if (seconds > 0) account.plan(seconds * 1000, () => this.#depart(account));
  }
}

function isSame(a: Subscriber, b: Subscriber): boolean {
  return a.user === b.user && a.password === b.password && a.realm === b.realm && a.contact === b.contact;
}

const namesOf = ({ subscriber: { id, user, realm } }: Account) => ({
  handle: `subscriber:${id}`,
  account: accountUri({ user, domain: realm }),
});
