/** The tables of the embedded storage. Runs in the storage thread: synchronous. */
import type { DatabaseSyncInstance as Connection, StatementSyncInstance as Statement } from '@photostructure/sqlite';
import { inTransaction, openConnection } from './sqlite-connection.ts';
import type { SqliteOperation, SqliteResult, SqliteRow } from './sqlite-protocol.ts';

const schema = `
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
  readonly #connection: Connection;
  readonly #prepared: { readonly [name in keyof typeof statements]: Statement };

  constructor(file: string) {
    this.#connection = openConnection(file);
    this.#connection.exec(schema);
    const prepare = (sql: string): Statement => this.#connection.prepare(sql);
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
    return inTransaction(this.#connection, () => operations.map((operation) => this.#run(operation)));
  }

  close(): void {
    this.#connection.close();
  }

  #run(operation: SqliteOperation): SqliteResult {
    const sql = this.#prepared;
    switch (operation.kind) {
      case 'get':
        return textOf(sql.get.get(operation.store, operation.key)?.['text']);
      case 'set':
        sql.set.run(operation.store, operation.key, operation.text);
        return null;
      case 'delete':
        sql.delete.run(operation.store, operation.key);
        return null;
      case 'list': {
        const { store, prefix } = operation;
        return sql.list.all(store, prefix, prefix, prefix).map(({ key, text }) => rowOf(String(key), text));
      }
      case 'append': {
        const id = Number(sql.next.get(operation.log)?.['id']);
        sql.append.run(operation.log, id, operation.text);
        return id;
      }
      case 'appendAll': {
        const { log, entries } = operation;
        for (const [id, text] of entries) sql.appendGiven.run(log, id, text);
        sql.lastGiven.run(log, entries.at(-1)?.[0] ?? 0);
        return null;
      }
      case 'lastId':
        return Number(sql.last.get(operation.log)?.['id'] ?? 0);
      case 'surplus':
        return Number(sql.surplus.get(operation.log, operation.count)?.['id'] ?? 0);
      case 'read':
        return sql.read
          .all(operation.log, operation.afterId, operation.limit)
          .map(({ id, text }) => rowOf(Number(id), text));
      case 'trim':
        sql.trim.run(operation.log, operation.id);
        return null;
      case 'close':
        return null;
    }
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const rowOf = (key: string | number, text: unknown): SqliteRow => [key, String(text)];
