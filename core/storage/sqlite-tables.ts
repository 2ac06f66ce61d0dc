/** A database whose tables are the caller's: synchronous, in a thread or in memory. */
import type { DatabaseSyncInstance as Connection, StatementSyncInstance as Statement } from '@photostructure/sqlite';
import { inTransaction, openConnection } from './sqlite-connection.ts';
import type { SqlOutcome, SqlRow, SqlValue } from './types.ts';

/** A statement with its values. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** Only the first value is wanted, as bytes. */
  readonly asBytes?: true;
}

export type SqlResult = (SqlOutcome & { readonly bytes?: Uint8Array | null }) | { readonly fault: string };

/** Statements that are kept prepared. */
const maxPrepared = 100;

export class SqliteTables {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Statement>();

  /** `file` null: in memory. The folder is made when missing. */
  constructor(file: string | null) {
    this.#connection = openConnection(file);
  }

  /** All in one transaction, on disk when this returns; a statement that fails does not undo the others. */
  runAll(statements: readonly SqlStatement[]): SqlResult[] {
    return inTransaction(this.#connection, () => statements.map((statement) => this.#run(statement)));
  }

  close(): void {
    this.#connection.close();
  }

  #run({ sql, values, asBytes }: SqlStatement): SqlResult {
    try {
      const statement = this.#statement(sql);
      if (asBytes === true) {
        const row = statement.get(...values);
        return { rows: [], affected: 0, insertId: null, bytes: bytesOf(Object.values(row ?? {})[0]) };
      }
      if (statement.columns().length > 0) {
        const rows = statement.all(...values).map(rowOf);
        return { rows, affected: rows.length, insertId: null };
      }
      const { changes, lastInsertRowid } = statement.run(...values);
      const insertId = /^\s*(INSERT|REPLACE)\b/i.test(sql) ? Number(lastInsertRowid) : null;
      return { rows: [], affected: Number(changes), insertId };
    } catch (fault) {
      return { fault: fault instanceof Error ? fault.message : String(fault) };
    }
  }

  /** The oldest prepared one gives way. */
  #statement(sql: string): Statement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    // Integers beyond 2^53 are read too, and become texts below.
    statement.setReadBigInts(true);
    for (const [oldest] of this.#prepared) {
      if (this.#prepared.size < maxPrepared) break;
      this.#prepared.delete(oldest);
    }
    this.#prepared.set(sql, statement);
    return statement;
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
  if (typeof value !== 'bigint') return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
