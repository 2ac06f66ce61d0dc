/** Rows of the audit log, as the storage has them: a list of entries each. */
import type { AuditEntry } from '../core/di/index.ts';
import type { AppendLog } from '../core/storage/index.ts';

export interface StoredAudit extends AuditEntry {
  /** Increasing, also over restarts. */
  readonly id: number;
}

/** What cannot be read is left out. */
export function parseRow(value: unknown): readonly StoredAudit[] {
  return Array.isArray(value) ? value.flatMap((item: unknown) => parseEntry(item) ?? []) : [];
}

function parseEntry(value: unknown): StoredAudit | null {
  if (typeof value !== 'object' || value === null) return null;
  const members = new Map<string, unknown>(Object.entries(value));
  const text = (name: string): string => {
    const found = members.get(name);
    return typeof found === 'string' ? found : '';
  };
  const [id, atUnixMs] = [members.get('id'), members.get('atUnixMs')];
  if (typeof id !== 'number' || typeof atUnixMs !== 'number') return null;
  return {
    id,
    atUnixMs,
    caller: text('caller'),
    credential: text('credential'),
    source: text('source'),
    face: text('face'),
    what: text('what'),
    arguments: text('arguments'),
    outcome: text('outcome'),
    trace: text('trace'),
  };
}

/** Id of the last row, 0 for an empty log; the log itself tells only what comes after an id. */
export async function findLastId(log: AppendLog): Promise<number> {
  const next = async (id: number): Promise<number | null> => (await log.read(id, 1))[0]?.id ?? null;
  let low = (await next(0)) ?? 0;
  if (low === 0) return 0;
  let step = 1;
  for (;;) {
    const found = await next(low + step - 1);
    if (found === null) break;
    low = found;
    step *= 2;
  }
  // Something is at `low`, nothing from `high` on.
  let high = low + step;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    const found = await next(middle - 1);
    if (found === null) high = middle;
    else low = found;
  }
  return low;
}
