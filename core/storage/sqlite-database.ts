/** The tables of the embedded storage, on `node-sqlite3-wasm`. Runs in the storage thread: synchronous. */
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import sqlite, { type Database, type Statement } from 'node-sqlite3-wasm';
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
  read: 'SELECT id, text FROM log_entry WHERE log = ? AND id > ? ORDER BY id LIMIT ?',
  trim: 'DELETE FROM log_entry WHERE log = ? AND id <= ?',
} as const;

/** How long another process may hold the file: our transactions take milliseconds. */
const lockTries = 250;
const lockWaitMs = 20;

export class SqliteDatabase {
  readonly #database: Database;
  readonly #prepared: { readonly [name in keyof typeof statements]: Statement };
  readonly #lockFolder: string;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#lockFolder = `${file}.lock`;
    this.#database = new sqlite.Database(file);
    this.#whenFree(() => this.#database.exec(schema));
    const prepare = (sql: string): Statement => this.#database.prepare(sql);
    this.#prepared = {
      get: prepare(statements.get),
      set: prepare(statements.set),
      delete: prepare(statements.delete),
      list: prepare(statements.list),
      next: prepare(statements.next),
      append: prepare(statements.append),
      read: prepare(statements.read),
      trim: prepare(statements.trim),
    };
  }

  /** Group commit: all operations in one transaction, on disk when this returns. */
  runAll(operations: readonly SqliteOperation[]): SqliteResult[] {
    this.#whenFree(() => this.#database.exec('BEGIN IMMEDIATE'));
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

  /**
   * `node-sqlite3-wasm` locks by a folder beside the file, which a killed process leaves behind. A lock
   * that is the same one for five seconds belongs to nobody and is removed.
   */
  #whenFree(run: () => void): void {
    let seen = lockIdentity(this.#lockFolder);
    for (let tries = 0; ; tries++) {
      try {
        run();
        return;
      } catch (fault) {
        if (!(fault instanceof Error) || !/locked|busy/i.test(fault.message)) throw fault;
        const now = lockIdentity(this.#lockFolder);
        if (now !== seen) tries = Math.min(tries, lockTries / 2);
        seen = now;
        if (tries === lockTries && now !== null) rmdirSync(this.#lockFolder);
        else if (tries > lockTries) throw fault;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockWaitMs);
    }
  }
}

function lockIdentity(folder: string): string | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.ino} ${stat.ctimeMs}`;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const rowOf = (key: string | number, text: unknown): SqliteRow => [key, String(text)];
