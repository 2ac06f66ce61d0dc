import { type SqlDatabase, type SqlDialect, type SqlValue, upsertSql } from '../../../core/index.ts';
import type { OutputPlace, StoredRecord } from '../store.ts';
import { columns, columnValue } from './lines.ts';
import type { Output } from './output.ts';

const names = columns.map(([name]) => name);
const texts = new Set(['sip_call_id', 'from_value', 'to_value', 'ruri', 'number', 'data', 'reason']);
/** As long as a key of MySQL may be. */
const mostChars = 191;
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
    if (!this.#isMade) await this.#database.run(createTable(this.#table, this.#database.dialect));
    this.#isMade = true;
    const values = records.flatMap(({ record }) =>
      columns.map(([name, member]) => cleaned(name, columnValue(record, member))),
    );
    const order = { table: this.#table, key: 'id', columns: names, rows: records.length };
    await this.#database.run(upsertSql(this.#database.dialect, order), values);
    return { ...place, seq: records.at(-1)?.seq ?? place.seq };
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function createTable(table: string, dialect: SqlDialect): string {
  const types = columns.map(([name]) => {
    if (name === 'id') return `id VARCHAR(${mostChars}) NOT NULL PRIMARY KEY`;
    if (decimals.has(name)) return `${name} DOUBLE PRECISION`;
    if (counts.has(name)) return `${name} INTEGER NOT NULL`;
    if (isTime(name)) return `${name} BIGINT${name === 'answered_at_ms' ? '' : ' NOT NULL'}`;
    return `${name} ${texts.has(name) ? 'TEXT' : `VARCHAR(${mostChars})`}`;
  });
  // Else a server that is set to latin1 refuses the first name that is not.
  const set = dialect === 'mysql' ? ' CHARACTER SET utf8mb4' : '';
  return `CREATE TABLE IF NOT EXISTS ${table} (${types.join(', ')})${set}`;
}

/**
 * PostgreSQL refuses NUL and half surrogate pairs in texts, both refuse what is longer than its column: one such record
 * would stop all that come after it.
 */
function cleaned(name: string, value: SqlValue): SqlValue {
  if (typeof value !== 'string') return value;
  const text = Buffer.from(value).toString().replaceAll('\0', '');
  return texts.has(name) || text.length <= mostChars ? text : [...text].slice(0, mostChars).join('');
}
