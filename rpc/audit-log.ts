/**
 * The audit log: appended to the storage, never changed, bounded. Entries of the same moment share one row, so that
 * a busy control program does not cost a write to the disk for each request.
 */
import type { AuditEntry } from '../core/di/index.ts';
import type { Clock, Counters, Log, Timer } from '../core/runtime/index.ts';
import type { AppendLog } from '../core/storage/index.ts';
import { findLastId, parseRow, type StoredAudit } from './stored-audit.ts';

export interface AuditFilter {
  /** Entries older than that id; default: the newest. */
  readonly before?: number | undefined;
  readonly limit: number;
  readonly caller?: string | undefined;
  /** `module.function`, `module.*` or `login`. */
  readonly what?: string | undefined;
  /** True: what ended in an error; false: what did not. */
  readonly failed?: boolean | undefined;
  /** Texts one of which must stand in the arguments. */
  readonly naming?: readonly string[] | undefined;
}

export interface AuditLog {
  /** Never fails; what cannot be written is tried again, up to `maxWaiting`. */
  readonly record: (entry: AuditEntry) => void;
  /** The newest first. */
  list(filter: AuditFilter): Promise<readonly StoredAudit[]>;
  /** Writes what waits, then no more. */
  close(): Promise<void>;
}

export interface AuditLogOptions {
  readonly log: AppendLog;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly logger: Log;
  /** Entries kept. */
  readonly keep: number;
}

/** Entries wait so long for others, ms. */
const gatherMs = 50;
const retryMs = 2000;
const maxRowEntries = 100;
/** Waiting while the storage is away; further ones are counted, and stand in the log only. */
const maxWaiting = 10_000;
/** Rows read at once. */
const pageRows = 200;
/** Pages that one `list` looks through for what it filters. */
const maxPages = 50;

export function createAuditLog({ log, clock, counters, logger, keep }: AuditLogOptions): AuditLog {
  let waiting: AuditEntry[] = [];
  let timer: Timer | null = null;
  let writing: Promise<void> | null = null;
  let isClosed = false;
  const written = counters.counter('callbus_audit_entries_total', 'Entries written to the audit log.');
  const lost = counters.counter('callbus_audit_lost_total', 'Audit entries that could not be kept, by reason.');
  let tail: Promise<{ lastId: number; nextSerial: number }> | null = null;

  /** Where the log of former runs ends. */
  function end(): Promise<{ lastId: number; nextSerial: number }> {
    tail ??= (async () => {
      const lastId = await findLastId(log);
      const [row] = lastId === 0 ? [] : await log.read(lastId - 1, 1);
      const entries = row === undefined ? [] : parseRow(row.value);
      return { lastId, nextSerial: (entries.at(-1)?.id ?? 0) + 1 };
    })().catch((fault: unknown) => {
      tail = null;
      throw fault;
    });
    return tail;
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const at = await end();
      const batch = waiting.slice(0, maxRowEntries);
      const row = batch.map((entry, i) => ({ id: at.nextSerial + i, ...entry }));
      const lastId = await log.append(row);
      waiting = waiting.slice(batch.length);
      written.add(batch.length);
      tail = Promise.resolve({ lastId, nextSerial: at.nextSerial + batch.length });
      await trim(at.nextSerial + batch.length - keep);
    }
  }

  /** Whole rows whose entries all have a serial below that; a hundredth of `keep` may be too many before it is done. */
  async function trim(below: number): Promise<void> {
    if (below <= 0 || below % Math.max(1, Math.floor(keep / 100)) >= maxRowEntries) return;
    for (;;) {
      const rows = await log.read(0, pageRows);
      const old = rows.filter(({ value }) => (parseRow(value).at(-1)?.id ?? 0) < below);
      const last = old.at(-1);
      if (last === undefined) return;
      await log.trim(last.id);
      if (old.length < rows.length) return;
    }
  }

  function flush(): Promise<void> {
    timer?.cancel();
    timer = null;
    writing ??= write()
      .catch((fault: unknown) => {
        logger.error('the audit log cannot be written; it is tried again', { fault: String(fault) });
        if (!isClosed) timer ??= clock.after(retryMs, () => void flush());
      })
      .finally(() => {
        writing = null;
      });
    return writing;
  }

  return {
    record(entry) {
      if (isClosed || waiting.length >= maxWaiting) {
        lost.add(1, { reason: isClosed ? 'closed' : 'full' });
        return;
      }
      waiting.push(entry);
      if (writing === null) timer ??= clock.after(gatherMs, () => void flush());
    },
    async list(filter) {
      if (waiting.length > 0) await flush();
      const found: StoredAudit[] = [];
      let { lastId: afterId } = await end();
      for (let page = 0; page < maxPages && afterId > 0 && found.length < filter.limit; page++) {
        const from = Math.max(0, afterId - pageRows);
        const rows = await log.read(from, afterId - from);
        const entries = rows.flatMap(({ value }) => parseRow(value)).reverse();
        found.push(...entries.filter((entry) => matches(entry, filter)));
        afterId = from;
      }
      return found.slice(0, filter.limit);
    },
    async close() {
      if (writing !== null) await writing;
      if (waiting.length > 0) await flush();
      isClosed = true;
      timer?.cancel();
    },
  };
}

function matches(entry: StoredAudit, { before, caller, what, failed, naming }: AuditFilter): boolean {
  if (naming !== undefined && !naming.some((text) => entry.arguments.includes(text))) return false;
  if (before !== undefined && entry.id >= before) return false;
  if (caller !== undefined && entry.caller !== caller) return false;
  if (failed !== undefined && failed === (entry.outcome === 'ok')) return false;
  if (what === undefined || entry.what === what) return true;
  return what.endsWith('.*') && entry.what.startsWith(what.slice(0, -1));
}
