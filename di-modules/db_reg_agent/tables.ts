import type { Log, SqlDatabase, SqlValue } from '../../core/index.ts';
import type { DbRegAgentConfig } from './config.ts';
import { type Subscriber, type SubscriberRow, sqlTime, statuses, subscriberOf } from './subscriber.ts';

/** What an outcome changes of a status row. */
export interface StatusChange {
  readonly status: number;
  readonly code: number;
  readonly reason: string;
  /** Of a success. */
  readonly registered?: { readonly atMs: number; readonly expiresAtMs: number; readonly contacts: string };
}

/** The two tables: `subscribers` (unless `joined_query` names others) and the status of each. */
export class Tables {
  readonly #database: SqlDatabase;
  readonly #config: DbRegAgentConfig;
  readonly #log: Log;
  /** What was begun and is not written yet. */
  readonly #writing = new Set<Promise<unknown>>();

  constructor(database: SqlDatabase, config: DbRegAgentConfig, log: Log) {
    this.#database = database;
    this.#config = config;
    this.#log = log;
  }

  /** The table `subscribers` is ours: what is created and removed over the bus is written there. */
  get #ownSubscribers(): boolean {
    return this.#config.joined_query === '';
  }

  /** Makes what is missing, and reads all subscribers. @throws CodedError `storage.failed`. */
  async open(): Promise<readonly SubscriberRow[]> {
    const { registrations_table: table, joined_query, db_read_contact } = this.#config;
    await this.#database.run(
      `CREATE TABLE IF NOT EXISTS ${table} (subscriber_id INTEGER PRIMARY KEY, registration_status INTEGER NOT NULL DEFAULT 0, last_registration TEXT, expiry TEXT, last_code INTEGER, last_reason TEXT, contacts TEXT)`,
    );
    if (this.#ownSubscribers) {
      await this.#database.run(
        "CREATE TABLE IF NOT EXISTS subscribers (subscriber_id INTEGER PRIMARY KEY, user TEXT NOT NULL, pass TEXT NOT NULL, realm TEXT NOT NULL, contact TEXT NOT NULL DEFAULT '')",
      );
    }
    const query =
      joined_query === ''
        ? `SELECT s.subscriber_id, s.user, s.pass, s.realm, s.contact, r.registration_status, r.expiry, r.last_registration FROM subscribers s LEFT JOIN ${table} r ON r.subscriber_id = s.subscriber_id`
        : joined_query;
    const rows = await this.#database.run(query);
    const subscribers = rows.flatMap((row) => subscriberOf(row, db_read_contact || this.#ownSubscribers) ?? []);
    if (subscribers.length < rows.length)
      this.#log.warn('rows without subscriber_id, user or realm were left out', {
        rows: rows.length - subscribers.length,
      });
    return subscribers;
  }

  keepSubscriber({ id, user, password, realm, contact }: Subscriber): void {
    if (this.#ownSubscribers)
      this.#write(
        'INSERT OR REPLACE INTO subscribers (subscriber_id, user, pass, realm, contact) VALUES (?, ?, ?, ?, ?)',
        [...[id, user, password, realm, contact]],
      );
  }

  /** A 401 or 407 is written only with `save_auth_replies`: the row then keeps its former code. */
  setStatus(id: number, { status, code, reason, registered }: StatusChange): void {
    const columns: [string, SqlValue][] = [['registration_status', status]];
    const isChallenge = code === 401 || code === 407;
    if (code !== 0 && (!isChallenge || this.#config.save_auth_replies))
      columns.push(['last_code', code], ['last_reason', reason]);
    if (registered !== undefined) {
      columns.push(['last_registration', sqlTime(registered.atMs)], ['expiry', sqlTime(registered.expiresAtMs)]);
      if (this.#config.save_contacts) columns.push(['contacts', registered.contacts]);
    }
    const names = columns.map(([name]) => name);
    this.#write(
      `INSERT INTO ${this.#config.registrations_table} (subscriber_id, ${names.join(', ')}) VALUES (?${', ?'.repeat(names.length)}) ON CONFLICT (subscriber_id) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
      [id, ...columns.map(([, value]) => value)],
    );
  }

  /** It is de-registered. */
  removed(id: number, code: number, reason: string): void {
    if (this.#config.delete_removed_registrations) this.#deleteStatus(id);
    else this.setStatus(id, { status: statuses.removed, code, reason });
    this.#deleteSubscriber(id);
  }

  /** The registrar refused to de-register: kept for another try at the next start, or deleted. */
  removalFailed(id: number, code: number, reason: string): void {
    if (!this.#config.delete_failed_deregistrations) {
      this.setStatus(id, { status: statuses.toBeRemoved, code, reason });
      return;
    }
    this.#deleteStatus(id);
    this.#deleteSubscriber(id);
  }

  async close(): Promise<void> {
    await Promise.all(this.#writing);
    await this.#database.close();
  }

  #deleteStatus(id: number): void {
    this.#write(`DELETE FROM ${this.#config.registrations_table} WHERE subscriber_id = ?`, [id]);
  }

  /** With `delete_removed_registrations: false` the status row says that it is gone, and the subscriber stays. */
  #deleteSubscriber(id: number): void {
    if (this.#ownSubscribers && this.#config.delete_removed_registrations)
      this.#write('DELETE FROM subscribers WHERE subscriber_id = ?', [id]);
  }

  #write(sql: string, values: readonly SqlValue[]): void {
    const written = this.#database
      .run(sql, values)
      .catch((fault: unknown) => this.#log.error('a status could not be written', { fault: String(fault) }))
      .finally(() => this.#writing.delete(written));
    this.#writing.add(written);
  }
}
