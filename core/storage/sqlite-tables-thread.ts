/** Entry of the thread of one `SqlDatabase`: collects what waits, commits it together, answers. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SqliteStart } from './sqlite-protocol.ts';
import { SqliteTables, type SqlResult, type SqlStatement } from './sqlite-tables.ts';
import { takeTurn } from './sqlite-turn.ts';

// Our own main thread is at the other end: its messages have these types.
const { file, turn }: SqliteStart = workerData;
let tables: SqliteTables | null = null;
let waiting: SqlTablesRequest[] = [];
const nothing: SqlResult = { rows: [], affected: 0, insertId: null };

export type SqlTablesRequest = { readonly id: number; readonly statement: SqlStatement | null };
export type SqlTablesReply = { readonly id: number; readonly result: SqlResult };

parentPort?.on('message', (request: SqlTablesRequest) => {
  if (waiting.length === 0) setImmediate(() => takeTurn(turn, drain));
  waiting.push(request);
});

function drain(): void {
  const group = waiting;
  waiting = [];
  tables ??= new SqliteTables(file);
  const results = resultsOf(
    tables,
    group.flatMap(({ statement }) => (statement === null ? [] : [statement])),
  );
  let next = 0;
  const replies = group.map(({ id, statement }): SqlTablesReply => {
    const result = statement === null ? undefined : results[next++];
    return { id, result: result ?? nothing };
  });
  const isLast = group.some(({ statement }) => statement === null);
  // Before the reply: who gets it may end this thread.
  if (isLast) tables.close();
  parentPort?.postMessage(replies);
  if (isLast) parentPort?.close();
}

function resultsOf(tables: SqliteTables, statements: readonly SqlStatement[]): readonly SqlResult[] {
  if (statements.length === 0) return [];
  try {
    return tables.runAll(statements);
  } catch (fault) {
    const text = fault instanceof Error ? fault.message : String(fault);
    return statements.map(() => ({ fault: text }));
  }
}
