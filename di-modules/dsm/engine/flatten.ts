import { type DiValue, Double, isStruct, maxDepth } from '../../../core/index.ts';
import { floatText } from './numbers.ts';

/**
 * A value as parameters or variables of a script (reference/dsm 3.2): arrays `name[0]`, structs `name.key`,
 * recursively; Undef is `null`, doubles as `floatText`. At most `limit` entries.
 */
export function flatten(name: string, value: DiValue, limit = 10_000): [name: string, value: string][] {
  const entries: [string, string][] = [];
  collect(entries, name, value, limit, maxDepth);
  return entries;
}

function collect(entries: [string, string][], name: string, value: DiValue, limit: number, depth: number): void {
  if (entries.length >= limit || depth < 0) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) collect(entries, `${name}[${i}]`, item, limit, depth - 1);
  } else if (isStruct(value)) {
    for (const [key, member] of Object.entries(value)) collect(entries, `${name}.${key}`, member, limit, depth - 1);
  } else entries.push([name, scalarText(value) ?? '']);
}

/** A value that is neither array nor struct as a text; null for those. */
export function scalarText(value: DiValue): string | null {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : floatText(value);
  if (value instanceof Double) return floatText(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return null;
}
