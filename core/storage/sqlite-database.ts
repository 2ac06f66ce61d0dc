/** The tables of the embedded storage, on `node-sqlite3-wasm`. Runs in the storage thread: synchronous. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sqlite, { type Database, type Statement } from 'node-sqlite3-wasm';
import { SqliteLock } from './sqlite-lock.ts';
import type { SqliteOperation, SqliteResult, SqliteRow } from './sqlite-protocol.ts';

const schema = `
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS key_value (store TEXT, key TEXT, text TEXT NOT NULL, PRIMARY KEY (store, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log_entry (log TEXT, id INTEGER, text TEXT NOT NULL, PRIMARY KEY (log, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS log_last (log TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;
`;

const statements = {
  get: 'SELECT text FROM key_value WHERE store = ? AND key = ?',
  set: 'INSERT INTO key_value VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text',
  delete: 'DELETE FROM key_value WHERE store = ? AND key = ?',
  list: 'SELECT key, text FROM key_value WHERE store = ? AND key >= ? AND substr(key, 1, length(?)) = ? ORDER BY key',
  next: 'INSERT INTO log_last VALUES (?, 1) ON CONFLICT DO UPDATE SET id = id + 1 RETURNING id',
  append: 'INSERT INTO log_entry VALUES (?, ?, ?)',
  appendGiven: 'INSERT OR IGNORE INTO log_entry VALUES (?, ?, ?)',
  lastGiven: 'INSERT INTO log_last VALUES (?, ?) ON CONFLICT DO UPDATE SET id = max(id, excluded.id)',
  last: 'SELECT id FROM log_last WHERE log = ?',
  surplus: 'SELECT id FROM log_entry WHERE log = ? ORDER BY id DESC LIMIT 1 OFFSET ?',
  read: 'SELECT id, text FROM log_entry WHERE log = ? AND id > ? ORDER BY id LIMIT ?',
  trim: 'DELETE FROM log_entry WHERE log = ? AND id <= ?',
} as const;

export class SqliteDatabase {
  readonly #database: Database;
  readonly #prepared: { readonly [name in keyof typeof statements]: Statement };
  readonly #lock: SqliteLock;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#lock = new SqliteLock(file);
    this.#database = new sqlite.Database(file);
    this.#lock.whenFree(() => this.#database.exec(schema));
    const prepare = (sql: string): Statement => this.#database.prepare(sql);
    this.#prepared = {
      get: prepare(statements.get),
      set: prepare(statements.set),
      delete: prepare(statements.delete),
      list: prepare(statements.list),
      next: prepare(statements.next),
      append: prepare(statements.append),
      appendGiven: prepare(statements.appendGiven),
      lastGiven: prepare(statements.lastGiven),
      last: prepare(statements.last),
      surplus: prepare(statements.surplus),
      read: prepare(statements.read),
      trim: prepare(statements.trim),
    };
  }

  /** Group commit: all operations in one transaction, on disk when this returns. */
  runAll(operations: readonly SqliteOperation[]): SqliteResult[] {
    this.#lock.whenFree(() => this.#database.exec('BEGIN IMMEDIATE'));
    try {
      const results = operations.map((operation) => this.#run(operation));
      this.#database.exec('COMMIT');
      return results;
    } catch (fault) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw fault;
    }
  }

  close(): void {
    for (const statement of Object.values(this.#prepared)) statement.finalize();
    this.#database.close();
  }

  /** `all` also where one row is wanted: `get` leaves its statement open, and the commit fails. */
  #run(operation: SqliteOperation): SqliteResult {
    const sql = this.#prepared;
    switch (operation.kind) {
      case 'get':
        return textOf(sql.get.all([operation.store, operation.key])[0]?.['text']);
      case 'set':
        sql.set.run([operation.store, operation.key, operation.text]);
        return null;
      case 'delete':
        sql.delete.run([operation.store, operation.key]);
        return null;
      case 'list': {
        const { store, prefix } = operation;
        return sql.list.all([store, prefix, prefix, prefix]).map(({ key, text }) => rowOf(String(key), text));
      }
      case 'append': {
        const id = Number(sql.next.all([operation.log])[0]?.['id']);
        sql.append.run([operation.log, id, operation.text]);
        return id;
      }
      case 'appendAll': {
        const { log, entries } = operation;
        for (const [id, text] of entries) sql.appendGiven.run([log, id, text]);
        sql.lastGiven.run([log, entries.at(-1)?.[0] ?? 0]);
        return null;
      }
      case 'lastId':
        return Number(sql.last.all([operation.log])[0]?.['id'] ?? 0);
      case 'surplus':
        return Number(sql.surplus.all([operation.log, operation.count])[0]?.['id'] ?? 0);
      case 'read':
        return sql.read
          .all([operation.log, operation.afterId, operation.limit])
          .map(({ id, text }) => rowOf(Number(id), text));
      case 'trim':
        sql.trim.run([operation.log, operation.id]);
        return null;
      case 'close':
        return null;
    }
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const rowOf = (key: string | number, text: unknown): SqliteRow => [key, String(text)];
