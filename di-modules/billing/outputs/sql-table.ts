import type { SqlDatabase, SqlValue } from '../../../core/index.ts';
import type { OutputPlace, StoredRecord } from '../store.ts';
import { columns, columnValue } from './lines.ts';
import type { Output } from './output.ts';

const texts = new Set(['sip_call_id', 'from_value', 'to_value', 'ruri', 'number', 'data', 'reason']);
const decimals = new Set(['jitter_ms', 'mos']);
const counts = new Set(['billed_seconds', 'status', 'packets_lost']);
const isTime = (name: string): boolean => name.endsWith('_ms') || name === 'charge_micro';

/** A table of another database: PostgreSQL, MySQL or SQLite. The same record again writes the same row. */
export class SqlTable implements Output {
  readonly batch = 100;
  readonly #database: SqlDatabase;
  readonly #table: string;
  #isMade = false;

  constructor(database: SqlDatabase, table: string) {
    this.#database = database;
    this.#table = table;
  }

  async deliver(records: readonly StoredRecord[], place: OutputPlace): Promise<OutputPlace> {
    if (!this.#isMade) await this.#database.run(createTable(this.#table));
    this.#isMade = true;
    const values = records.flatMap(({ record }) => columns.map(([, member]) => cleaned(columnValue(record, member))));
    await this.#database.run(upsert(this.#table, records.length, this.#database.dialect), values);
    return { ...place, seq: records.at(-1)?.seq ?? place.seq };
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

export function createTable(table: string): string {
  const types = columns.map(([name]) => {
    if (name === 'id') return 'id VARCHAR(191) NOT NULL PRIMARY KEY';
    if (decimals.has(name)) return `${name} DOUBLE PRECISION`;
    if (counts.has(name)) return `${name} INTEGER NOT NULL`;
    if (isTime(name)) return `${name} BIGINT${name === 'answered_at_ms' ? '' : ' NOT NULL'}`;
    return `${name} ${texts.has(name) ? 'TEXT' : 'VARCHAR(191)'}`;
  });
  return `CREATE TABLE IF NOT EXISTS ${table} (${types.join(', ')})`;
}

export function upsert(table: string, rows: number, dialect: SqlDatabase['dialect']): string {
  const names = columns.map(([name]) => name);
  const others = names.filter((name) => name !== 'id');
  const row = `(${names.map(() => '?').join(', ')})`;
  const insert = `INSERT INTO ${table} (${names.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
  if (dialect === 'mysql')
    return `${insert} ON DUPLICATE KEY UPDATE ${others.map((name) => `${name} = VALUES(${name})`).join(', ')}`;
  return `${insert} ON CONFLICT (id) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}

/** PostgreSQL refuses NUL and half surrogate pairs in texts: one such record would stop all that come after it. */
const cleaned = (value: SqlValue): SqlValue =>
  typeof value === 'string' ? Buffer.from(value).toString().replaceAll('\0', '') : value;
