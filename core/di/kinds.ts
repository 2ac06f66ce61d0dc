import { CodedError } from '../runtime/index.ts';
import { type DiStruct, type DiValue, Double } from './value.ts';

/** SEMS's type names (di-interfaces 1.1), without the two that are C++ pointers. */
export type DiKind = 'undef' | 'int' | 'longlong' | 'bool' | 'double' | 'string' | 'blob' | 'array' | 'struct';

/** How deep a value may be nested on the bus. */
export const maxDepth = 64;

const intMin = -2147483648;
const intMax = 2147483647;

export const isInt32 = (value: number): boolean => Number.isInteger(value) && value >= intMin && value <= intMax;

/** The AmArg type of a value. A whole number past 32 bits is a LongLong while it is exact, else a Double. */
export function diKind(value: DiValue): DiKind {
  switch (typeof value) {
    case 'number':
      if (isInt32(value)) return 'int';
      return Number.isSafeInteger(value) ? 'longlong' : 'double';
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'longlong';
  }
  if (value === null) return 'undef';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Uint8Array) return 'blob';
  return value instanceof Double ? 'double' : 'struct';
}

export function isStruct(value: unknown): value is DiStruct {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Double)
  );
}

/** Sets a member also when its name is `__proto__`, which plain assignment would take for the prototype. */
export function setMember<T>(target: { [member: string]: T }, name: string, value: T): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else target[name] = value;
}

/**
 * Any JavaScript value as a DI value, copied only where it has to change: `undefined` is Undef in a
 * list and left out of a struct; whole numbers past 32 bits become `bigint`, past 2^53 `Double`.
 * @throws CodedError `rpc.unrepresentable` for functions, symbols, class instances, 64-bit
 * overflow, and nesting deeper than `maxDepth` (so also for cycles).
 */
export function toDi(value: unknown, depth = 0): DiValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return numberToDi(value);
    case 'undefined':
      return null;
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw unrepresentable('an integer of more than 64 bits');
      return value;
    case 'object':
      return value === null ? null : objectToDi(value, depth);
    default:
      throw unrepresentable(`a ${typeof value}`);
  }
}

function numberToDi(value: number): DiValue {
  if (isInt32(value) || !Number.isInteger(value)) return value;
  return Number.isSafeInteger(value) ? BigInt(value) : new Double(value);
}

function objectToDi(value: object, depth: number): DiValue {
  if (value instanceof Uint8Array || value instanceof Double) return value;
  if (depth >= maxDepth) throw unrepresentable(`a value nested deeper than ${maxDepth}`);
  if (Array.isArray(value)) return listToDi(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw unrepresentable(`an instance of ${value.constructor?.name ?? 'a class'}`);
  }
  return structToDi(value, depth);
}

function listToDi(list: readonly unknown[], depth: number): DiValue {
  let copy: DiValue[] | null = null;
  for (let i = 0; i < list.length; i++) {
    const item = toDi(list[i], depth + 1);
    if (copy === null && item !== list[i]) copy = list.slice(0, i).map((former) => toDi(former, depth + 1));
    copy?.push(item);
  }
  return copy ?? (list as readonly DiValue[]);
}

function structToDi(struct: object, depth: number): DiValue {
  const copy: { [member: string]: DiValue } = {};
  let changed = false;
  for (const [name, member] of Object.entries(struct)) {
    const value = member === undefined ? undefined : toDi(member, depth + 1);
    if (value !== member || value === undefined) changed = true;
    if (value !== undefined) setMember(copy, name, value);
  }
  return changed ? copy : (struct as DiStruct);
}

const unrepresentable = (what: string): CodedError => new CodedError('rpc.unrepresentable', `${what} is no DI value`);

/**
 * AmArg equality (di-interfaces 1.2): the types must be the same (Int 1 is not Bool true, not
 * Double 1.0, not "1"), then the values; lists and structs deeply.
 */
export function diEquals(a: DiValue, b: DiValue, depth = 0): boolean {
  const kind = diKind(a);
  if (kind !== diKind(b) || depth > maxDepth) return false;
  if (Array.isArray(a)) return Array.isArray(b) && listEquals(a, b, depth);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (isStruct(a)) return isStruct(b) && structEquals(a, b, depth);
  if (kind === 'double') return Number(a) === Number(b);
  return kind === 'longlong' ? BigInt(a as number | bigint) === BigInt(b as number | bigint) : a === b;
}

function listEquals(a: readonly DiValue[], b: readonly DiValue[], depth: number): boolean {
  return a.length === b.length && a.every((item, i) => diEquals(item, b[i] ?? null, depth + 1));
}

function structEquals(a: DiStruct, b: DiStruct, depth: number): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && diEquals(a[name] ?? null, b[name] ?? null, depth + 1));
}
