/** MySQL and MariaDB by `mysql2`, which is loaded where a configuration names such a server. */
import type { SqlOutcome, SqlRow, SqlValue } from '../types.ts';
import { connectMs, type SqlConnection, statementMs } from './connection.ts';
import type { SqlServer } from './server-url.ts';

/** @throws the driver's error; `ERR_MODULE_NOT_FOUND` where it is not installed. */
export async function connectMysql({ host, port, user, password, name, tls }: SqlServer): Promise<SqlConnection> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({
    host,
    port,
    user,
    password,
    database: name,
    charset: 'utf8mb4',
    connectTimeout: connectMs,
    enableKeepAlive: true,
    // Integers beyond 2^53 and decimals keep all their digits, as texts; times stay as the server writes them.
    supportBigNumbers: true,
    bigNumberStrings: false,
    dateStrings: true,
    ...(tls === 'off' ? {} : { ssl: { rejectUnauthorized: tls === 'verify' } }),
  });
  let lost = false;
  connection.on('error', () => {
    lost = true;
  });
  connection.on('end', () => {
    lost = true;
  });
  return {
    get isLost() {
      return lost;
    },
    async execute(sql, values): Promise<SqlOutcome> {
      const order = { sql, timeout: statementMs };
      // Prepared only with values: the server cannot prepare every statement.
      const [result] =
        values.length === 0 ? await connection.query(order) : await connection.execute(order, [...values]);
      if (Array.isArray(result)) return { rows: result.map(rowOf), affected: result.length, insertId: null };
      const { affectedRows, insertId } = result;
      return { rows: [], affected: affectedRows, insertId: insertId === 0 ? null : insertId };
    },
    async bytes(sql, values) {
      const [result] = await connection.query({ sql, timeout: statementMs, rowsAsArray: true }, [...values]);
      const row: unknown = Array.isArray(result) ? result[0] : null;
      return bytesOf(Array.isArray(row) ? row[0] : null);
    },
    close: () => connection.end(),
  };
}

function rowOf(row: unknown): SqlRow {
  return Object.fromEntries(Object.entries(row ?? {}).map(([column, value]) => [column, sqlValueOf(value)]));
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined || value instanceof Uint8Array) return value ?? null;
  return Buffer.from(String(value));
}

function sqlValueOf(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
