/** A word of the command line becomes the JSON value that a schema asks for. */
import { expectedText, givenText, isRecord } from '../../runtime/index.ts';
import type { Schema } from './document.ts';

export type Shaped = { readonly value: unknown } | { readonly fault: string };

const types = ['null', 'boolean', 'integer', 'number', 'object', 'array'] as const;

/**
 * The word as the first of the schema's types that it can be; a string last. Lists are JSON or, of plain values,
 * parted by commas; objects are JSON; what may be anything is JSON where it is JSON.
 */
export function shapeWord(word: string, schema: Schema): Shaped {
  const branches = branchesOf(schema);
  for (const branch of branches) {
    const literals = literalsOf(branch);
    const literal = literals?.find((value) => String(value) === word);
    if (literal !== undefined) return { value: literal };
  }
  const open = branches.filter((branch) => literalsOf(branch) === null);
  for (const type of types) {
    for (const branch of open) {
      if (!typesOf(branch).includes(type)) continue;
      const value = readAs(word, type, branch);
      if (value !== undefined && isWithin(value, branch)) return { value };
    }
  }
  const asText = open.find((branch) => typesOf(branch).includes('string'));
  if (asText !== undefined && isWithin(word, asText)) return { value: word };
  if (open.some((branch) => typesOf(branch).length === 0)) return { value: parsed(word) ?? word };
  return { fault: `expected ${expectedText(schema)}, got ${givenText(word)}` };
}

/** The words that complete a value: choices, true and false. */
export function choicesOf(schema: Schema): string[] {
  return branchesOf(schema).flatMap((branch) => {
    const literals = literalsOf(branch);
    if (literals !== null) return literals.map(String);
    return typesOf(branch).includes('boolean') ? ['true', 'false'] : [];
  });
}

function readAs(word: string, type: (typeof types)[number], schema: Schema): unknown {
  switch (type) {
    case 'null':
      return word === 'null' ? null : undefined;
    case 'boolean':
      return /^(true|yes|on)$/i.test(word) ? true : /^(false|no|off)$/i.test(word) ? false : undefined;
    case 'integer':
      return /^[+-]?\d+$/.test(word) && Number.isSafeInteger(Number(word)) ? Number(word) : undefined;
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : undefined;
    case 'object': {
      const value = parsed(word);
      return isRecord(value) ? value : undefined;
    }
    default:
      return word.trimStart().startsWith('[') ? listOrNothing(parsed(word)) : splitList(word, schema);
  }
}

/** `a,b,c` where the entries are plain values. */
function splitList(word: string, schema: Schema): unknown[] | undefined {
  const { items } = schema;
  if (!isRecord(items)) return undefined;
  const values: unknown[] = [];
  for (const part of word === '' ? [] : word.split(',')) {
    const shaped = shapeWord(part, items);
    if ('fault' in shaped || typeof shaped.value === 'object') return undefined;
    values.push(shaped.value);
  }
  return values;
}

/** What the server would refuse at once; it has the last word. */
function isWithin(value: unknown, { minimum, maximum, minLength, maxLength, pattern }: Schema): boolean {
  if (typeof value === 'number') {
    return !(typeof minimum === 'number' && value < minimum) && !(typeof maximum === 'number' && value > maximum);
  }
  if (typeof value !== 'string') return true;
  const length = [...value].length;
  if (typeof minLength === 'number' && length < minLength) return false;
  if (typeof maxLength === 'number' && length > maxLength) return false;
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value);
}

function branchesOf(schema: Schema): Schema[] {
  const branches = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(branches) ? branches.filter(isRecord).flatMap(branchesOf) : [schema];
}

function typesOf({ type }: Schema): readonly unknown[] {
  return Array.isArray(type) ? type : type === undefined ? [] : [type];
}

function literalsOf(schema: Schema): readonly unknown[] | null {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : null;
}

const listOrNothing = (value: unknown): unknown[] | undefined => (Array.isArray(value) ? value : undefined);

function parsed(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}
