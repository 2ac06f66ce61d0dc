import { type Log, quotedName, type SqlDatabase, type SqlValue, upsertSql } from '../../core/index.ts';
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

  get #user(): string {
    return quotedName(this.#database.dialect, 'user');
  }

  /** Makes what is missing, and reads all subscribers. @throws CodedError `storage.failed`. */
  async open(): Promise<readonly SubscriberRow[]> {
    const { registrations_table: table, joined_query, db_read_contact } = this.#config;
    await this.#database.run(
      `CREATE TABLE IF NOT EXISTS ${table} (subscriber_id INTEGER PRIMARY KEY, registration_status INTEGER NOT NULL DEFAULT 0, last_registration VARCHAR(19), expiry VARCHAR(19), last_code INTEGER, last_reason TEXT, contacts TEXT)`,
    );
    if (this.#ownSubscribers) {
      await this.#database.run(
        `CREATE TABLE IF NOT EXISTS subscribers (subscriber_id INTEGER PRIMARY KEY, ${this.#user} VARCHAR(255) NOT NULL, pass VARCHAR(255) NOT NULL, realm VARCHAR(255) NOT NULL, contact VARCHAR(255) NOT NULL DEFAULT '')`,
      );
    }
    const query =
      joined_query === ''
        ? `SELECT s.subscriber_id, s.${this.#user}, s.pass, s.realm, s.contact, r.registration_status, r.expiry, r.last_registration FROM subscribers s LEFT JOIN ${table} r ON r.subscriber_id = s.subscriber_id`
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
    if (this.#ownSubscribers) this.#upsert('subscribers', { subscriber_id: id, user, pass: password, realm, contact });
  }

  /** A 401 or 407 is written only with `save_auth_replies`: the row then keeps its former code. */
  setStatus(id: number, { status, code, reason, registered }: StatusChange): void {
    const changes: Record<string, SqlValue> = { subscriber_id: id, registration_status: status };
    const isChallenge = code === 401 || code === 407;
    if (code !== 0 && (!isChallenge || this.#config.save_auth_replies))
      Object.assign(changes, { last_code: code, last_reason: reason });
    if (registered !== undefined) {
      Object.assign(changes, {
        last_registration: sqlTime(registered.atMs),
        expiry: sqlTime(registered.expiresAtMs),
        ...(this.#config.save_contacts ? { contacts: registered.contacts } : {}),
      });
    }
    this.#upsert(this.#config.registrations_table, changes);
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

  #upsert(table: string, row: { readonly [column: string]: SqlValue }): void {
    const columns = Object.keys(row);
    const sql = upsertSql(this.#database.dialect, { table, key: 'subscriber_id', columns });
    this.#write(sql, Object.values(row));
  }

  #write(sql: string, values: readonly SqlValue[]): void {
    const written = this.#database
      .run(sql, values)
      .catch((fault: unknown) => this.#log.error('a status could not be written', { fault: String(fault) }))
      .finally(() => this.#writing.delete(written));
    this.#writing.add(written);
  }
}
