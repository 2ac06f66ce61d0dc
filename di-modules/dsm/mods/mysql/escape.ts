import type { SqlDialect } from '../../../../core/index.ts';

const mysqlEscapes: { readonly [character: string]: string } = {
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\x1a': '\\Z',
  '"': '\\"',
  "'": "\\'",
  '\\': '\\\\',
};

/**
 * A text that may stand between single quotes in a statement of that dialect. MySQL knows backslashes in strings;
 * SQLite and PostgreSQL (standard_conforming_strings) do not, and hold no NUL.
 */
export function escapedText(dialect: SqlDialect, text: string): string {
  if (dialect !== 'mysql') return text.replaceAll('\0', '').replaceAll("'", "''");
  return [...text].map((character) => mysqlEscapes[character] ?? character).join('');
}

/** Binary data as a literal of that dialect. */
export function binaryLiteral(dialect: SqlDialect, bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return dialect === 'postgres' ? `'\\x${hex}'::bytea` : `x'${hex}'`;
}
