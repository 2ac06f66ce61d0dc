import { isRecord } from '../runtime/index.ts';
import { isStruct, setMember } from './kinds.ts';
import { type DiValue, Double } from './value.ts';

/** Changes the carrier of a value (never its meaning); what does not fit comes back unchanged. */
export type Adapt = (value: DiValue) => DiValue;

/**
 * Arguments as handlers get them: where the schema says number a `Double` or an exact `bigint`
 * becomes a plain number; where it says `long` a whole number becomes a `bigint`. Null: nothing to do.
 */
export function argumentAdapter(schema: unknown): Adapt | null {
  return walk(schema, (part) => {
    if (part.type === 'number') return unbox;
    return part['x-di'] === 'long' ? toLong : null;
  });
}

/**
 * Results as the wires get them: where the schema says number a whole one becomes `Double`, so that
 * Int and Double stay apart. Null: nothing to do.
 */
export function resultAdapter(schema: unknown): Adapt | null {
  return walk(schema, (part) => {
    if (part.type === 'number') return box;
    return part['x-di'] === 'long' ? toLong : null;
  });
}

const unbox: Adapt = (value) => {
  if (value instanceof Double) return value.value;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

const box: Adapt = (value) => {
  const plain = typeof value === 'bigint' ? Number(value) : value;
  return typeof plain === 'number' && Number.isInteger(plain) ? new Double(plain) : plain;
};

const toLong: Adapt = (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value);

type Leaf = (schema: { readonly [keyword: string]: unknown }) => Adapt | null;

function walk(schema: unknown, leaf: Leaf): Adapt | null {
  if (!isRecord(schema)) return null;
  return leaf(schema) ?? unionAdapter(schema, leaf) ?? listAdapter(schema, leaf) ?? structAdapter(schema, leaf);
}

/** Every branch changes only what has its shape. A whole number stays an Int where a branch takes one. */
function unionAdapter(schema: { readonly [keyword: string]: unknown }, leaf: Leaf): Adapt | null {
  const branches = [schema.anyOf, schema.oneOf].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  const takesInt = branches.some((branch) => isRecord(branch) && branch.type === 'integer');
  const adapters = branches
    .map((branch) => ({ branch, adapt: walk(branch, leaf) }))
    .filter(({ branch, adapt }) => adapt !== box || !takesInt || !isRecord(branch))
    .flatMap(({ adapt }) => (adapt === null ? [] : [adapt]));
  if (adapters.length === 0) return null;
  return (value) => adapters.reduce((part, adapt) => adapt(part), value);
}

function listAdapter(schema: { readonly [keyword: string]: unknown }, leaf: Leaf): Adapt | null {
  if (Array.isArray(schema.items)) {
    const items = schema.items.map((item) => walk(item, leaf));
    if (items.every((item) => item === null)) return null;
    return (value) => (Array.isArray(value) ? value.map((part: DiValue, i) => items[i]?.(part) ?? part) : value);
  }
  const item = walk(schema.items, leaf);
  return item === null ? null : (value) => (Array.isArray(value) ? value.map((part: DiValue) => item(part)) : value);
}

function structAdapter(schema: { readonly [keyword: string]: unknown }, leaf: Leaf): Adapt | null {
  const named = new Map<string, Adapt>();
  for (const [name, member] of Object.entries(isRecord(schema.properties) ? schema.properties : {})) {
    const adapt = walk(member, leaf);
    if (adapt !== null) named.set(name, adapt);
  }
  const patterns = isRecord(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
  const others = patterns.flatMap(([pattern, member]) => {
    const adapt = walk(member, leaf);
    return adapt === null ? [] : [{ pattern: new RegExp(pattern, 'u'), adapt }];
  });
  const rest = walk(schema.additionalProperties, leaf);
  if (named.size === 0 && others.length === 0 && rest === null) return null;
  return (value) => {
    if (!isStruct(value)) return value;
    const copy: { [member: string]: DiValue } = {};
    for (const [name, member] of Object.entries(value)) {
      const adapt = named.get(name) ?? others.find(({ pattern }) => pattern.test(name))?.adapt ?? rest;
      setMember(copy, name, adapt === null ? member : adapt(member));
    }
    return copy;
  };
}
