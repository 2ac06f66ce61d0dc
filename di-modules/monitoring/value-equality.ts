import { type DiStruct, type DiValue, Double } from '../../core/index.ts';

/**
 * Equality as AmArg has it (di-interfaces 1.2): types must be identical (Int 1, Double 1.0, Bool
 * true, LongLong 1 and CStr "1" all differ), then values; arrays and structs compare deeply.
 */
export function sameValue(a: DiValue, b: DiValue): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== typeof b || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Double || b instanceof Double)
    return a instanceof Double && b instanceof Double && a.value === b.value;
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (isList(a) || isList(b))
    return isList(a) && isList(b) && a.length === b.length && a.every((value, i) => sameValue(value, b[i] ?? null));
  return sameStruct(a, b);
}

function sameStruct(a: DiStruct, b: DiStruct): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameValue(a[name] ?? null, b[name] ?? null));
}

/** `Array.isArray` that knows readonly arrays. */
export function isList(value: DiValue): value is readonly DiValue[] {
  return Array.isArray(value);
}
