/** Entry of the storage thread: collects what waits, commits it together, answers. */
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteDatabase } from './sqlite-database.ts';
import type { SqliteReply, SqliteRequest, SqliteStart } from './sqlite-protocol.ts';
import { takeTurn } from './sqlite-turn.ts';

// Our own main thread is at the other end: its messages have the types of the protocol.
const { file, turn }: SqliteStart = workerData;
let database: SqliteDatabase | null = null;
let waiting: SqliteRequest[] = [];

parentPort?.on('message', (requests: readonly SqliteRequest[]) => {
  if (waiting.length === 0) setImmediate(() => takeTurn(turn, drain));
  waiting.push(...requests);
});

function drain(): void {
  const group = waiting;
  waiting = [];
  database ??= new SqliteDatabase(file);
  const replies = answer(database, group);
  const isLast = group.some(({ operation }) => operation.kind === 'close');
  // Before the reply: who gets it may end this thread.
  if (isLast) database.close();
  parentPort?.postMessage(replies);
  if (isLast) parentPort?.close();
}

function answer(database: SqliteDatabase, group: readonly SqliteRequest[]): SqliteReply[] {
  try {
    const results = database.runAll(group.map(({ operation }) => operation));
    return group.map(({ id }, at) => ({ id, result: results[at] ?? null }));
  } catch (fault) {
    const text = fault instanceof Error ? fault.message : String(fault);
    return group.map(({ id }) => ({ id, fault: text }));
  }
}
