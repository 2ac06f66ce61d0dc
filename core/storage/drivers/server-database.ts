import { CodedError } from '../../runtime/index.ts';
import type { SqlDatabase, SqlOutcome, SqlValue } from '../types.ts';
import type { SqlConnection } from './connection.ts';
import { connectMysql } from './mysql.ts';
import { connectPostgres } from './postgres.ts';
import { parseSqlServer, type SqlServer } from './server-url.ts';

/** Statements that may wait for a server that does not answer. */
const maxWaiting = 10_000;

const drivers = {
  postgres: { connect: connectPostgres, install: 'npm install pg@8.23.1' },
  mysql: { connect: connectMysql, install: 'npm install mysql2@3.24.6' },
} as const;

/**
 * A database on a server: one connection, opened by the first statement and again by the next one after it was
 * lost. Statements run one after the other, so that a transaction of several is one.
 * @throws CodedError `storage.failed` for a URL that is not valid.
 */
export function openServerDatabase(
  url: string,
  connect: (server: SqlServer) => Promise<SqlConnection> = (server) => drivers[server.dialect].connect(server),
): SqlDatabase {
  const server = parseSqlServer(url);
  let connection: SqlConnection | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;

  async function ask<T>(run: (connection: SqlConnection) => Promise<T>): Promise<T> {
    if (closed) throw failed(server, 'the database is closed');
    if (waiting >= maxWaiting) throw failed(server, `${maxWaiting} statements wait already`);
    waiting++;
    const before = last;
    const outcome = (async () => {
      await before;
      try {
        if (connection?.isLost === true) connection = null;
        connection ??= await connect(server);
        return await run(connection);
      } catch (fault) {
        throw faultOf(server, fault);
      } finally {
        waiting--;
      }
    })();
    last = outcome.catch(() => null);
    return outcome;
  }

  const execute = (sql: string, values: readonly SqlValue[]): Promise<SqlOutcome> =>
    ask((open) => open.execute(sql, values));
  return {
    dialect: server.dialect,
    execute: (sql, values = []) => execute(sql, values),
    run: async (sql, values = []) => (await execute(sql, values)).rows,
    bytes: (sql, values = []) => ask((open) => open.bytes(sql, values)),
    async close() {
      if (closed) return;
      closed = true;
      await last;
      await connection?.close().catch(() => {}); // it is gone either way
    },
  };
}

/** What a statement fails with. */
function faultOf(server: SqlServer, fault: unknown): CodedError {
  if (fault instanceof CodedError) return fault;
  if (fault instanceof Error && 'code' in fault && fault.code === 'ERR_MODULE_NOT_FOUND')
    return new CodedError('storage.driverMissing', `${server.shown}: ${drivers[server.dialect].install}`, {
      cause: fault,
    });
  return failed(server, reasonOf(fault), fault);
}

/** Says what the server said, and never the password. */
function failed(server: SqlServer, reason: string, cause?: unknown): CodedError {
  const shown = server.password === '' ? reason : reason.replaceAll(server.password, '…');
  return new CodedError('storage.failed', `${server.shown}: ${shown}`, { cause });
}

function reasonOf(fault: unknown): string {
  if (fault instanceof AggregateError) return fault.errors.map(reasonOf).join('; ');
  return fault instanceof Error && fault.message !== '' ? fault.message : String(fault);
}
