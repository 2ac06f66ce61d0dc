/**
 * Whose turn it is: the database thread's, which is inside SQLite, or the process's, which wants to end. Node ends a
 * thread inside a native call by an abort of the process; so the end waits for what the thread has begun.
 */
import type { Thread, Threads } from '../runtime/index.ts';
import type { SqliteStart } from './sqlite-protocol.ts';

const free = 0;
const inside = 1;
const ended = 2;
/** A group commit takes milliseconds; a disk that hangs must not keep the process for good. */
const mostWaitMs = 5000;

/** In a database thread: runs it, unless the process ends. */
export function takeTurn(turn: Int32Array, run: () => void): void {
  if (Atomics.compareExchange(turn, 0, free, inside) !== free) return;
  try {
    run();
  } finally {
    Atomics.store(turn, 0, free);
    Atomics.notify(turn, 0);
  }
}

const turns = new Set<Int32Array>();

/** In the main thread: starts a database thread. `onExit` with null: it was closed. */
export function startSqliteThread(
  threads: Threads,
  entry: URL,
  file: string,
  handlers: Pick<Thread, 'onExit' | 'onMessage'>,
): Thread {
  if (turns.size === 0) process.on('exit', endTurns);
  const turn = new Int32Array(new SharedArrayBuffer(4));
  turns.add(turn);
  const data: SqliteStart = { file, turn };
  const thread = threads.start(entry, data);
  thread.onMessage = handlers.onMessage;
  thread.onExit = (fault) => {
    turns.delete(turn);
    if (turns.size === 0) process.off('exit', endTurns);
    handlers.onExit(fault);
  };
  return thread;
}

function endTurns(): void {
  for (const turn of turns) {
    while (Atomics.compareExchange(turn, 0, free, ended) === inside) {
      if (Atomics.wait(turn, 0, inside, mostWaitMs) === 'timed-out') break;
    }
  }
}
