import type { SqlDialect } from './types.ts';

/** `name` in the quotes of the dialect: it may be a reserved word (`user` in PostgreSQL). */
export function quotedName(dialect: SqlDialect, name: string): string {
  return dialect === 'mysql' ? `\`${name}\`` : `"${name}"`;
}

/**
 * A statement that writes `rows` rows of `columns`; a row whose `key` is there already gets the new values.
 * The names are the caller's own, never from outside.
 */
export function upsertSql(dialect: SqlDialect, { table, key, columns, rows = 1 }: UpsertOrder): string {
  const quoted = (name: string): string => quotedName(dialect, name);
  const row = `(${columns.map(() => '?').join(', ')})`;
  const insert = `INSERT INTO ${table} (${columns.map(quoted).join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
  const others = columns.filter((name) => name !== key).map(quoted);
  if (dialect === 'mysql')
    return `${insert} ON DUPLICATE KEY UPDATE ${others.map((name) => `${name} = VALUES(${name})`).join(', ')}`;
  return `${insert} ON CONFLICT (${quoted(key)}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}

export interface UpsertOrder {
  readonly table: string;
  /** Column of the primary key. */
  readonly key: string;
  /** All columns that are written, with the key, in the order of the values. */
  readonly columns: readonly string[];
  readonly rows?: number;
}
