/** A database whose tables are the caller's, on `node-sqlite3-wasm`: synchronous, in a thread or in memory. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { SqliteLock } from './sqlite-lock.ts';
import type { SqlOutcome, SqlRow, SqlValue } from './types.ts';

/** A statement with its values. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** Only the first value is wanted, as bytes. */
  readonly asBytes?: true;
}

export type SqlResult = (SqlOutcome & { readonly bytes?: Uint8Array | null }) | { readonly fault: string };

export class SqliteTables {
  readonly #database: Database;
  readonly #lock: SqliteLock;

  /** `file` null: in memory. The folder is made when missing. */
  constructor(file: string | null) {
    if (file !== null) mkdirSync(dirname(file), { recursive: true });
    this.#lock = new SqliteLock(file ?? '/nowhere');
    this.#database = file === null ? new sqlite.Database() : new sqlite.Database(file);
    this.#lock.whenFree(() => this.#database.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL'));
  }

  /** All in one transaction, on disk when this returns; a statement that fails does not undo the others. */
  runAll(statements: readonly SqlStatement[]): SqlResult[] {
    this.#lock.whenFree(() => this.#database.exec('BEGIN IMMEDIATE'));
    try {
      const results = statements.map((statement) => this.#run(statement));
      this.#database.exec('COMMIT');
      return results;
    } catch (fault) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw fault;
    }
  }

  close(): void {
    this.#database.close();
  }

  #run({ sql, values, asBytes }: SqlStatement): SqlResult {
    try {
      if (asBytes === true) {
        const [row] = this.#database.all(sql, [...values]);
        return { rows: [], affected: 0, insertId: null, bytes: bytesOf(Object.values(row ?? {})[0]) };
      }
      const rows = this.#database.all(sql, [...values]).map(rowOf);
      if (/^\s*(SELECT|PRAGMA|EXPLAIN|VALUES)\b/i.test(sql)) return { rows, affected: rows.length, insertId: null };
      const done = this.#database.get('SELECT changes() AS affected, last_insert_rowid() AS id');
      const insertId = /^\s*(INSERT|REPLACE)\b/i.test(sql) ? Number(done?.['id']) : null;
      return { rows, affected: Number(done?.['affected']), insertId };
    } catch (fault) {
      return { fault: fault instanceof Error ? fault.message : String(fault) };
    }
  }
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined || value instanceof Uint8Array) return value ?? null;
  return Buffer.from(String(value));
}

function rowOf(row: { readonly [column: string]: unknown }): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, sqlValueOf(value)]));
}

function sqlValueOf(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : null;
}
