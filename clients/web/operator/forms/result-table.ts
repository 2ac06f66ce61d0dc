/** A result as a table, where it has the shape of one. */
import type { JsonValue } from '../../../typescript/index.ts';
import { isList, isObject } from '../members.ts';

export interface ResultTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const mostColumns = 40;

/** Objects are rows with their members as columns; one object is a row for each member. Null: it is a single value. */
export function resultTable(value: JsonValue): ResultTable | null {
  if (isList(value)) return value.length === 0 ? null : listTable(value);
  if (!isObject(value)) return null;
  const rows = Object.entries(value).map(([name, member]) => [name, cellText(member)]);
  return rows.length === 0 ? null : { columns: ['Member', 'Value'], rows };
}

function listTable(list: readonly JsonValue[]): ResultTable {
  if (list.every(isObject)) {
    const columns = [...new Set(list.flatMap((row) => Object.keys(row)))].slice(0, mostColumns);
    return { columns, rows: list.map((row) => columns.map((name) => cellText(row[name]))) };
  }
  if (list.every(isList)) {
    const width = Math.min(mostColumns, Math.max(...list.map(({ length }) => length)));
    const places = Array.from({ length: width }, (_, i) => i);
    return {
      columns: places.map((i) => String(i + 1)),
      rows: list.map((row) => places.map((i) => cellText(row[i]))),
    };
  }
  return { columns: ['#', 'Value'], rows: list.map((item, i) => [String(i + 1), cellText(item)]) };
}

/** Texts as they are, all else as JSON. */
function cellText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
