/** Entry of the storage thread: collects what waits, commits it together, answers. */
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteDatabase } from './sqlite-database.ts';
import type { SqliteReply, SqliteRequest, SqliteStart } from './sqlite-protocol.ts';

// Our own main thread is at the other end: its messages have the types of the protocol.
const { file }: SqliteStart = workerData;
const database = new SqliteDatabase(file);
let waiting: SqliteRequest[] = [];

parentPort?.on('message', (requests: readonly SqliteRequest[]) => {
  if (waiting.length === 0) setImmediate(drain);
  waiting.push(...requests);
});

function drain(): void {
  const group = waiting;
  waiting = [];
  parentPort?.postMessage(answer(group));
  if (group.some(({ operation }) => operation.kind === 'close')) {
    database.close();
    parentPort?.close();
  }
}

function answer(group: readonly SqliteRequest[]): SqliteReply[] {
  try {
    const results = database.runAll(group.map(({ operation }) => operation));
    return group.map(({ id }, at) => ({ id, result: results[at] ?? null }));
  } catch (fault) {
    const text = fault instanceof Error ? fault.message : String(fault);
    return group.map(({ id }) => ({ id, fault: text }));
  }
}
