/** Values as a person reads them. Nothing from outside moves the terminal's cursor or turns its direction. */
import { isRecord } from '../../runtime/index.ts';

/** Text of outside, harmless on a terminal; line ends stay where `lines` says so. */
export function safeText(text: string, lines = false): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      if (character === '\t' || (lines && character === '\n')) return character;
      if (lines && character === '\r') return '';
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
}

/** A table of records, a list of plain values, members of an object, else JSON; each line ended. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return `${safeText(value, true).replace(/\n$/, '')}\n`;
  if (Array.isArray(value)) return listText(value);
  if (isRecord(value)) return recordText(value);
  return `${String(value)}\n`;
}

function listText(values: readonly unknown[]): string {
  if (values.length === 0) return '(none)\n';
  const records = values.filter(isRecord);
  if (records.length === values.length && records.every((record) => Object.values(record).every(isPlain))) {
    const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
    return tableText(
      columns,
      records.map((record) => columns.map((column) => cell(record[column]))),
    );
  }
  const isList = values.every((value) => typeof value === typeof values[0] && isPlain(value));
  if (isList) return `${values.map(cell).join('\n')}\n`;
  return values.every(isPlain) ? `${jsonText(values, 0)}\n` : `${jsonText(values, 2)}\n`;
}

function recordText(record: { readonly [member: string]: unknown }): string {
  const members = Object.entries(record);
  const width = Math.max(0, ...members.map(([name]) => name.length));
  return members
    .map(([name, value]) => {
      const text = memberText(value).replaceAll('\n', `\n${' '.repeat(width + 2)}`);
      return `${safeText(name).padEnd(width)}  ${text}\n`;
    })
    .join('');
}

function memberText(value: unknown): string {
  if (isPlain(value)) return cell(value);
  if (Array.isArray(value)) return value.every(isPlain) ? value.map(cell).join(', ') : jsonText(value, 2);
  const members = isRecord(value) ? Object.entries(value) : [];
  if (!members.every(([, member]) => isPlain(member))) return jsonText(value, 2);
  return members.map(([name, member]) => `${safeText(name)}=${cell(member)}`).join(', ');
}

/** Columns as wide as their widest cell; the last as it is. */
export function tableText(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [columns, ...rows]
    .map((row) =>
      row
        .map((text, i) => (i === row.length - 1 ? text : text.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** One value on one line. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? safeText(value) : safeText(JSON.stringify(value));
}

const jsonText = (value: unknown, indent: number): string => safeText(JSON.stringify(value, null, indent), true);

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
