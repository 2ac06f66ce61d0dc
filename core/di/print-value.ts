import { diKind, isStruct, maxDepth } from './kinds.ts';
import type { DiValue } from './value.ts';

/**
 * The text form of a value, AmArg::print (di-interfaces 1.8): Undef is empty, strings stand in
 * single quotes without escaping, struct members are sorted. Used by `stats`, DSM and logs.
 * Parts nested deeper than `depthLimit` print as `...`.
 */
export function printValue(value: DiValue, depthLimit = maxDepth): string {
  if (Array.isArray(value)) {
    return depthLimit <= 0 ? '...' : `[${value.map((item) => printValue(item, depthLimit - 1)).join(', ')}]`;
  }
  if (value instanceof Uint8Array) return `<Blob of size:${value.length}>`;
  if (isStruct(value)) {
    if (depthLimit <= 0) return '...';
    const members = Object.keys(value).sort(byteOrder);
    return `{${members.map((name) => `'${name}': ${printValue(value[name] ?? null, depthLimit - 1)}`).join(', ')}}`;
  }
  if (value === null) return '';
  if (typeof value === 'string') return `'${value}'`;
  return diKind(value) === 'double' ? printDouble(Number(value)) : String(value);
}

/** SEMS's `%#.16g` without trailing zeros but one (`3.0`, `0.1`); not finite: `null` (di-interfaces 1.7). */
export function printDouble(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const text = String(Number(value.toPrecision(16)));
  if (text.includes('.')) return text;
  const [digits = '', exponent] = text.split('e');
  return exponent === undefined ? `${digits}.0` : `${digits}.0e${exponent}`;
}

/** Order of struct members on every wire: by the bytes of their UTF-8 form, as std::map has it. */
export function byteOrder(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // Surrogates sort after all other units in UTF-8, but not in UTF-16.
    const leftHigh = left >= 0xd800 && left <= 0xdfff;
    const rightHigh = right >= 0xd800 && right <= 0xdfff;
    return leftHigh === rightHigh ? left - right : leftHigh ? 1 : -1;
  }
  return a.length - b.length;
}
