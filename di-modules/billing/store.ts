import type { DiValue, SqlDatabase, SqlRow, SqlValue } from '../../core/index.ts';
import type { CallRecord, OpenCall } from './record.ts';
import { ledgerTables } from './tables.ts';

/** A line of the ledger. */
export interface Entry {
  readonly id: string;
  readonly account: string;
  /** `call`: the record of the same id; the others are of the functions. */
  readonly kind: 'call' | 'credit' | 'debit' | 'set';
  /** What it adds to the balance; negative: takes. */
  readonly amountMicro: number;
  readonly atMs: number;
  readonly note: string;
}

/** What is written together. */
export interface Batch {
  readonly opened: readonly OpenCall[];
  readonly records: readonly CallRecord[];
  readonly entries: readonly Entry[];
  readonly steadyMs: number;
}

export interface RecordQuery {
  /** Records that ended then or later. */
  readonly fromMs?: number | undefined;
  /** … and before that. */
  readonly toMs?: number | undefined;
  readonly account?: string | undefined;
  /** Records after that one; 0: from the first. */
  readonly afterSeq: number;
  readonly count: number;
}

export interface StoredRecord {
  readonly seq: number;
  readonly record: CallRecord;
}

/** Where an output is: the newest record that it took, and how long its file was then. */
export interface OutputPlace {
  readonly seq: number;
  readonly file: string;
  readonly bytes: number;
}

/** The ledger's database: SQLite in a thread of its own. Methods reject with CodedError `storage.failed`. */
export class Store {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async open(): Promise<void> {
    for (const sql of ledgerTables) await this.#database.run(sql);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** All of it or nothing. What has an id that is there is left as it is: to repeat a batch does no harm. */
  async write({ opened, records, entries, steadyMs }: Batch): Promise<void> {
    const texts = [opened, records, entries].map((rows) => JSON.stringify(rows, plainNumbers));
    await this.#database.run('INSERT INTO batch (opened, records, entries, steady_ms) VALUES (?, ?, ?, ?)', [
      ...texts,
      Math.round(steadyMs),
    ]);
  }

  /** Calls that a former process left without a record, and until when they are known to have lived. */
  async leftOpen(): Promise<{ readonly calls: readonly OpenCall[]; readonly steadyMs: number }> {
    const rows = await this.#database.run('SELECT json FROM open_call ORDER BY id');
    const [heartbeat] = await this.#database.run('SELECT steady_ms FROM heartbeat');
    return { calls: rows.map(jsonOf<OpenCall>), steadyMs: Number(heartbeat?.['steady_ms'] ?? 0) };
  }

  async balances(): Promise<readonly { readonly account: string; readonly balanceMicro: number }[]> {
    const rows = await this.#database.run('SELECT account, balance_micro FROM account');
    return rows.map((row) => ({ account: String(row['account']), balanceMicro: Number(row['balance_micro']) }));
  }

  async limits(): Promise<readonly { readonly account: string; readonly limit: unknown }[]> {
    const rows = await this.#database.run('SELECT account, json FROM account_limit');
    return rows.map((row) => ({ account: String(row['account']), limit: jsonOf<unknown>(row) }));
  }

  async setLimit(account: string, limit: object): Promise<void> {
    await this.#database.run(
      'INSERT INTO account_limit VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET json = excluded.json',
      [account, JSON.stringify(limit)],
    );
  }

  async hasEntry(id: string): Promise<boolean> {
    return (await this.#database.run('SELECT 1 FROM entry WHERE id = ?', [id])).length > 0;
  }

  async entries(account: string, afterSeq: number, count: number): Promise<readonly SqlRow[]> {
    return this.#database.run('SELECT * FROM entry WHERE account = ? AND seq > ? ORDER BY seq LIMIT ?', [
      ...[account, afterSeq, count],
    ]);
  }

  async records({ fromMs, toMs, account, afterSeq, count }: RecordQuery): Promise<readonly StoredRecord[]> {
    const conditions: [string, SqlValue | undefined][] = [
      ['seq > ?', afterSeq],
      ['ended_at_ms >= ?', fromMs],
      ['ended_at_ms < ?', toMs],
      ['account = ?', account],
    ];
    const asked = conditions.filter(([, value]) => value !== undefined);
    const rows = await this.#database.run(
      `SELECT seq, json FROM record WHERE ${asked.map(([sql]) => sql).join(' AND ')} ORDER BY seq LIMIT ?`,
      [...asked.map(([, value]) => value ?? null), count],
    );
    return rows.map((row) => ({ seq: Number(row['seq']), record: jsonOf<CallRecord>(row) }));
  }

  /** Drops records that ended before, as far as `throughSeq`; their entries stay. */
  async forget(beforeMs: number, throughSeq: number): Promise<void> {
    await this.#database.run('DELETE FROM record WHERE ended_at_ms < ? AND seq <= ?', [beforeMs, throughSeq]);
  }

  async placeOf(output: string): Promise<OutputPlace> {
    const [row] = await this.#database.run('SELECT seq, file, bytes FROM output WHERE name = ?', [output]);
    if (row === undefined) return { seq: 0, file: '', bytes: 0 };
    return { seq: Number(row['seq']), file: String(row['file']), bytes: Number(row['bytes']) };
  }

  async setPlace(output: string, { seq, file, bytes }: OutputPlace): Promise<void> {
    await this.#database.run(
      'INSERT INTO output VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, file = excluded.file, bytes = excluded.bytes',
      [output, seq, file, bytes],
    );
  }
}

/** The text is one that `write` wrote. */
const jsonOf = <T>(row: SqlRow): T => JSON.parse(String(row['json'])) as T;

/** DI values in JSON: whole numbers past 32 bits are bigints on the bus, bytes are base64. */
function plainNumbers(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

export const jsonText = (value: DiValue): string => JSON.stringify(value, plainNumbers);
