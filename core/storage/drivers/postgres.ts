/** PostgreSQL by `pg`, which is loaded where a configuration names such a server. */
import type { SqlOutcome, SqlRow, SqlValue } from '../types.ts';
import { connectMs, type SqlConnection, statementMs } from './connection.ts';
import { numberedPlaceholders } from './placeholders.ts';
import type { SqlServer } from './server-url.ts';

/** Types by their object ids (pg_type): small numbers are numbers, anything else is its text. */
const numbers: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701]);
const boolean = 16;
const bytea = 17;

/** @throws the driver's error; `ERR_MODULE_NOT_FOUND` where it is not installed. */
export async function connectPostgres({ host, port, user, password, name, tls }: SqlServer): Promise<SqlConnection> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database: name,
    application_name: 'callbus',
    connectionTimeoutMillis: connectMs,
    query_timeout: statementMs,
    keepAlive: true,
    ...(tls === 'off' ? {} : { ssl: { rejectUnauthorized: tls === 'verify' } }),
    types: { getTypeParser: (oid: number) => (text: unknown) => sqlValueOf(oid, String(text)) },
  });
  let lost = false;
  client.on('error', () => {
    lost = true;
  });
  client.on('end', () => {
    lost = true;
  });
  await client.connect();
  return {
    get isLost() {
      return lost;
    },
    async execute(sql, values): Promise<SqlOutcome> {
      const { rows, rowCount } = await client.query<SqlRow>(numberedPlaceholders(sql), [...values]);
      return { rows, affected: rowCount ?? 0, insertId: null };
    },
    async bytes(sql, values) {
      const types = { getTypeParser: (oid: number) => (text: unknown) => bytesOf(oid, String(text)) };
      const order = { text: numberedPlaceholders(sql), values: [...values], rowMode: 'array' as const, types };
      const { rows } = await client.query<(Uint8Array | null)[]>(order);
      return rows[0]?.[0] ?? null;
    },
    close: () => client.end(),
  };
}

/** `bytea` comes as `\\x` and digits. */
function bytesOf(oid: number, text: string): Uint8Array {
  return oid === bytea ? Buffer.from(text.slice(2), 'hex') : Buffer.from(text);
}

function sqlValueOf(oid: number, text: string): SqlValue {
  if (oid === boolean) return text === 't' ? 1 : 0;
  if (!numbers.has(oid)) return text;
  const number = Number(text);
  return Number.isSafeInteger(number) || (oid !== 20 && Number.isFinite(number)) ? number : text;
}
