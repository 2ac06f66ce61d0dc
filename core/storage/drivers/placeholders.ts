/**
 * `?` becomes `$1`, `$2`, … as PostgreSQL wants them, but for those in strings, quoted names and comments.
 * What is left open at the end is left to the server to refuse.
 */
export function numberedPlaceholders(sql: string): string {
  let count = 0;
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|\?/g, (part) =>
    part === '?' ? `$${++count}` : part,
  );
}
