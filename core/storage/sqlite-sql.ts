/** Databases with tables of a module's own: SQLite in a thread each, or in memory. */
import { CodedError, type Thread, type Threads } from '../runtime/index.ts';
import type { SqlResult, SqlStatement } from './sqlite-tables.ts';
import type { SqlTablesReply, SqlTablesRequest } from './sqlite-tables-thread.ts';
import { startSqliteThread } from './sqlite-turn.ts';
import type { SqlDatabase } from './types.ts';

/** Compiled or from source, the thread's entry has our own extension. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const entry = new URL(`./sqlite-tables-thread.${extension}`, import.meta.url);

/** What a statement did. */
type Answer = Exclude<SqlResult, { readonly fault: string }>;

interface Waiter {
  resolve(outcome: Answer): void;
  reject(fault: CodedError): void;
}

/** The file is made when missing, with the first statement. */
export function openSqliteDatabase(file: string, threads: Threads): SqlDatabase {
  const waiters = new Map<number, Waiter>();
  let thread: Thread | null = null;
  let lastId = 0;
  let closed = false;
  const failed = (reason: string): CodedError => new CodedError('storage.failed', `${file}: ${reason}`);

  function settle({ id, result }: SqlTablesReply): void {
    const waiter = waiters.get(id);
    waiters.delete(id);
    if ('fault' in result) waiter?.reject(failed(result.fault));
    else waiter?.resolve(result);
  }

  function start(): Thread {
    const started = startSqliteThread(threads, entry, file, {
      onMessage(message) {
        // Our own thread is at the other end.
        for (const reply of message as readonly SqlTablesReply[]) settle(reply);
      },
      onExit(fault) {
        if (thread === started) thread = null;
        const error = failed(fault?.message ?? 'the database thread ended');
        for (const { reject } of waiters.values()) reject(error);
        waiters.clear();
      },
    });
    return started;
  }

  function ask(statement: SqlStatement | null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request: SqlTablesRequest = { id: ++lastId, statement };
      waiters.set(request.id, { resolve, reject });
      thread ??= start();
      thread.post(request);
    });
  }

  const execute: SqlDatabase['execute'] = (sql, values = []) =>
    closed ? Promise.reject(failed('the database is closed')) : ask({ sql, values });
  return {
    dialect: 'sqlite',
    execute,
    async bytes(sql, values = []) {
      if (closed) throw failed('the database is closed');
      return (await ask({ sql, values, asBytes: true })).bytes ?? null;
    },
    run: async (sql, values) => (await execute(sql, values)).rows,
    async close() {
      if (closed) return;
      closed = true;
      const open = thread;
      if (open === null) return;
      // What was asked before is written first; a thread that dies meanwhile has nothing left to close.
      await ask(null).catch(() => null);
      await open.terminate();
    },
  };
}

/** For simulated worlds: gone when it is closed. */
export function memoryDatabase(): SqlDatabase {
  // Loaded when it is wanted: SQLite costs every start 20 MB.
  const tables = import('./sqlite-tables.ts').then(({ SqliteTables }) => new SqliteTables(null));
  const ask = async (statement: SqlStatement): Promise<Answer> => {
    const [result]: readonly (SqlResult | undefined)[] = (await tables).runAll([statement]);
    if (result === undefined || 'fault' in result)
      throw new CodedError('storage.failed', result?.fault ?? statement.sql);
    return result;
  };
  const execute: SqlDatabase['execute'] = (sql, values = []) => ask({ sql, values });
  return {
    dialect: 'sqlite',
    execute,
    bytes: async (sql, values = []) => (await ask({ sql, values, asBytes: true })).bytes ?? null,
    run: async (sql, values) => (await execute(sql, values)).rows,
    close: async () => (await tables).close(),
  };
}
