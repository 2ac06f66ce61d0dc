/**
 * The embedded storage: SQLite in a thread of its own. Opened by the first write, or by the first read
 * of a file that exists: a server that stores nothing writes nothing.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, type Thread, type Threads } from '../runtime/index.ts';
import { openServerDatabase } from './drivers/server-database.ts';
import { isServerUrl } from './drivers/server-url.ts';
import { storedText, storedValue } from './json-value.ts';
import { isRead, type SqliteOperation, type SqliteReply, type SqliteResult } from './sqlite-protocol.ts';
import { openSqliteDatabase } from './sqlite-sql.ts';
import { startSqliteThread } from './sqlite-turn.ts';
import type { AppendLog, KeyValueStore, Storage } from './types.ts';

export interface SqliteStorageOptions {
  /** The storage folder; made by the first write. */
  readonly path: string;
  readonly threads: Threads;
}

/** Compiled or from source, the thread's entry has our own extension. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const entry = new URL(`./sqlite-thread.${extension}`, import.meta.url);

interface Pending {
  resolve(result: SqliteResult): void;
  reject(fault: CodedError): void;
}

export function openSqliteStorage({ path, threads }: SqliteStorageOptions): Storage {
  const file = join(path, 'callbus.db');
  const pending = new Map<number, Pending>();
  let thread: Thread | null = null;
  let outgoing: { readonly id: number; readonly operation: SqliteOperation }[] = [];
  let lastId = 0;
  let closed = false;

  function start(): Thread {
    const started = startSqliteThread(threads, entry, file, {
      onMessage(message) {
        // Our own thread is at the other end.
        for (const reply of message as readonly SqliteReply[]) settle(reply);
      },
      onExit(fault) {
        if (thread === started) thread = null;
        const error = failed(fault?.message ?? 'the storage thread ended');
        for (const { reject } of pending.values()) reject(error);
        pending.clear();
      },
    });
    return started;
  }

  function settle(reply: SqliteReply): void {
    const waiter = pending.get(reply.id);
    pending.delete(reply.id);
    if ('fault' in reply) waiter?.reject(failed(reply.fault));
    else waiter?.resolve(reply.result);
  }

  /** One message for all that is asked in the same turn. */
  function flush(): void {
    const requests = outgoing;
    outgoing = [];
    thread ??= start();
    thread.post(requests);
  }

  function ask(operation: SqliteOperation): Promise<SqliteResult> {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject });
      if (outgoing.length === 0) queueMicrotask(flush);
      outgoing.push({ id, operation });
    });
  }

  async function run(operation: SqliteOperation): Promise<SqliteResult> {
    if (closed) throw failed('the storage is closed');
    if (thread === null && outgoing.length === 0 && isRead(operation) && !(await exists(file))) return null;
    return ask(operation);
  }

  const failed = (reason: string): CodedError => new CodedError('storage.failed', `${file}: ${reason}`);

  return {
    keyValue: (store) => keyValueOf(store, run),
    appendLog: (log) => logOf(log, run),
    database: (place) => (isServerUrl(place) ? openServerDatabase(place) : openSqliteDatabase(place, threads)),
    async close() {
      if (closed) return;
      closed = true;
      const open = thread;
      if (open === null && outgoing.length === 0) return;
      // What was asked before is written first; a thread that dies meanwhile has nothing left to close.
      await ask({ kind: 'close' }).catch(() => null);
      await open?.terminate();
    },
  };
}

type Run = (operation: SqliteOperation) => Promise<SqliteResult>;

function keyValueOf(store: string, run: Run): KeyValueStore {
  return {
    async get(key) {
      const text = await run({ kind: 'get', store, key });
      return typeof text === 'string' ? storedValue(text) : undefined;
    },
    async set(key, value) {
      await run({ kind: 'set', store, key, text: storedText(value) });
    },
    async delete(key) {
      await run({ kind: 'delete', store, key });
    },
    async list(prefix = '') {
      return rows(await run({ kind: 'list', store, prefix })).map(([key, text]) => ({
        key: String(key),
        value: storedValue(text),
      }));
    },
  };
}

function logOf(log: string, run: Run): AppendLog {
  return {
    append: async (value) => Number(await run({ kind: 'append', log, text: storedText(value) })),
    async read(afterId, limit) {
      return rows(await run({ kind: 'read', log, afterId, limit })).map(([id, text]) => ({
        id: Number(id),
        value: storedValue(text),
      }));
    },
    async appendAll(entries) {
      await run({ kind: 'appendAll', log, entries: entries.map(({ id, value }) => [id, storedText(value)]) });
    },
    lastId: async () => Number((await run({ kind: 'lastId', log })) ?? 0),
    async trim(id) {
      await run({ kind: 'trim', log, id });
    },
    surplus: async (count) => Number((await run({ kind: 'surplus', log, count })) ?? 0),
  };
}

const rows = (result: SqliteResult) => (typeof result === 'object' && result !== null ? result : []);

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
