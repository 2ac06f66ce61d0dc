/**
 * The storage seam: asynchronous, embedded by default (SQLite in a thread of its own), in memory for
 * simulation, shared between nodes later (design, section 10).
 */
export interface Storage {
  /** A key-value table of that name, made on first use. */
  keyValue(name: string): KeyValueStore;
  /** An append-only log of that name, made on first use. */
  appendLog(name: string): AppendLog;
  /**
   * A database with tables of the caller's own: in that file (a path), or `postgres://…`, `mysql://…`; who opens it
   * closes it. Nothing is connected before the first statement.
   */
  database(place: string): SqlDatabase;
  close(): Promise<void>;
}

/** Keys and JSON values. Methods reject with CodedError `storage.failed`. */
export interface KeyValueStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  /** All entries whose key begins with `prefix`, sorted by key. */
  list(prefix?: string): Promise<readonly { readonly key: string; readonly value: unknown }[]>;
}

export interface AppendLog {
  /** Resolves with the entry's id (increasing from 1) when it is durable. */
  append(value: unknown): Promise<number>;
  /** Entries with an id over `afterId`, oldest first, at most `limit`. */
  read(afterId: number, limit: number): Promise<readonly { readonly id: number; readonly value: unknown }[]>;
  /**
   * Appends several with ids of the caller's own, which rise and are over the last; resolves when they are durable. An
   * id that is there already is left as it is.
   */
  appendAll(entries: readonly { readonly id: number; readonly value: unknown }[]): Promise<void>;
  /** The newest id that was ever given; 0: none. */
  lastId(): Promise<number>;
  /** Drops entries up to and including `id`. */
  trim(id: number): Promise<void>;
  /** The newest id that is not among the newest `count` entries: to trim to; 0: there are no more than these. */
  surplus(count: number): Promise<number>;
}

export type SqlValue = string | number | null;
/** How its SQL must be written where the three differ (upsert, keys that count up, quoting). */
export type SqlDialect = 'sqlite' | 'postgres' | 'mysql';
export type SqlRow = { readonly [column: string]: SqlValue };

/** What a statement did. */
export interface SqlOutcome {
  /** Of a query; else none. */
  readonly rows: readonly SqlRow[];
  /** Rows that were changed, or that a query gave. */
  readonly affected: number;
  /** The key that the database counted up for a new row; null: none, and always null in PostgreSQL (RETURNING). */
  readonly insertId: number | null;
}

/** Tables in SQL. Methods reject with CodedError `storage.failed`, which says what the database said. */
export interface SqlDatabase {
  readonly dialect: SqlDialect;
  /** Runs one statement with `?` for each value; gives the rows of a query, else none. Durable when it resolves. */
  run(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** As `run`, and tells what it did. */
  execute(sql: string, values?: readonly SqlValue[]): Promise<SqlOutcome>;
  /** First column of a query's first row: binary data as they are, texts in UTF-8; null: no row, or NULL in it. */
  bytes(sql: string, values?: readonly SqlValue[]): Promise<Uint8Array | null>;
  close(): Promise<void>;
}
