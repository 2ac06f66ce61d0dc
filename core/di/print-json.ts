/**
 * DI values to JSON text (di-interfaces 1.7, by the standard): bigints as integers, whole Doubles as
 * `2.0`, bytes as base64 text, NaN and infinities as null.
 */
import { byteOrder } from './print-value.ts';
import { Double } from './value.ts';

/** How the members of structs stand: as given, or in byte order, as SEMS emits them (di-interfaces 8.1, K17). */
export type MemberOrder = 'given' | 'sorted';

/** Any plain data as JSON; members that are undefined are left out. */
export function printJson(value: unknown, order: MemberOrder = 'given'): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'bigint':
      return value.toString();
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return printObject(value, order);
    default:
      return 'null';
  }
}

function printObject(value: object | null, order: MemberOrder): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return printArray(value, order);
  if (value instanceof Double) return printDouble(value.value);
  if (value instanceof Uint8Array)
    return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  const members = Object.entries(value);
  if (order === 'sorted' && members.length > 1) members.sort(([a], [b]) => byteOrder(a, b));
  let text = '{';
  for (const [name, member] of members) {
    if (member === undefined) continue;
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(name)}:${printJson(member, order)}`;
  }
  return `${text}}`;
}

function printArray(items: readonly unknown[], order: MemberOrder): string {
  let text = '[';
  for (let at = 0; at < items.length; at++)
    text += at === 0 ? printJson(items[at], order) : `,${printJson(items[at], order)}`;
  return `${text}]`;
}

/** SEMS prints a Double with at least one digit after the point. */
function printDouble(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
