/**
 * How a fault words what a JSON schema expects and what was given instead. Used for arguments of
 * functions (`core/di`) and for the configuration (`core/config`), so that both speak alike.
 */

/** A JSON schema (draft-07), as far as its wording needs it. */
export type PlainSchema = { readonly [keyword: string]: unknown };

const shownLength = 60;

/** `an integer from 0 to 65535`, `one of udp, tcp`, `a string or null`, … */
export function expectedText(schema: unknown): string {
  if (!isRecord(schema)) return schema === false ? 'nothing' : 'any value';
  const { title } = schema;
  const text = bareText(schema);
  return typeof title === 'string' ? `${withArticle(title)} (${text})` : text;
}

function bareText(schema: PlainSchema): string {
  const choices = literalsOf(schema);
  if (choices !== null) return choices.length === 1 ? (choices[0] ?? '') : `one of ${choices.join(', ')}`;
  const branches = branchesOf(schema);
  if (branches !== null) return unionText(branches);
  if (Array.isArray(schema.type)) return unionText(schema.type.map((type) => ({ ...schema, type })));
  switch (schema.type) {
    case 'integer':
      return `an integer${rangeText(schema, [-2147483648, 2147483647])}`;
    case 'number':
      return `a number${rangeText(schema)}`;
    case 'string':
      return stringText(schema);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return listText(schema);
    case 'object':
      return 'an object';
  }
  switch (schema['x-di']) {
    case 'long':
      return 'an integer (64 bit)';
    case 'blob':
      return 'binary data';
    case 'void':
      return 'null';
    default:
      return 'any value';
  }
}

function unionText(branches: readonly unknown[]): string {
  const literals = branches.flatMap((branch) => (isRecord(branch) ? (literalsOf(branch) ?? []) : []));
  const others = branches.filter((branch) => !isRecord(branch) || literalsOf(branch) === null).map(expectedText);
  const first = literals.length > 1 && others.length === 0 ? [`one of ${literals.join(', ')}`] : literals;
  return [...new Set([...first, ...others])].join(' or ');
}

/** The literal values that a schema is confined to, as text, or null. */
function literalsOf(schema: PlainSchema): string[] | null {
  if ('const' in schema) return [literalText(schema.const)];
  if (Array.isArray(schema.enum)) return schema.enum.map(literalText);
  const branches = branchesOf(schema);
  if (branches === null) return null;
  const literals = branches.map((branch) => (isRecord(branch) ? literalsOf(branch) : null));
  return literals.every((texts) => texts !== null) ? literals.flat() : null;
}

function branchesOf(schema: PlainSchema): readonly unknown[] | null {
  if (Array.isArray(schema.anyOf)) return schema.anyOf;
  return Array.isArray(schema.oneOf) ? schema.oneOf : null;
}

const literalText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function rangeText(schema: PlainSchema, silent: readonly [number, number] = [Number.NaN, Number.NaN]): string {
  const from = schema.minimum === silent[0] ? undefined : schema.minimum;
  const to = schema.maximum === silent[1] ? undefined : schema.maximum;
  if (from === undefined && to === undefined) return schema.minimum === undefined ? '' : ' (32 bit)';
  if (from !== undefined && to !== undefined) return ` from ${from} to ${to}`;
  return from === undefined ? ` of at most ${to}` : ` of at least ${from}`;
}

/** The pattern that keeps control characters out, said in words. */
const withoutControls = /^\^\[\^\\u0000-\\u001f\\u007f\][*+]\$$/;

function stringText(schema: PlainSchema): string {
  const { minLength, maxLength, pattern, format } = schema;
  if (format === 'ip-address') return 'an IP address';
  if (format === 'listen-address') return 'an IP address or localhost';
  let text = 'a string';
  if (typeof maxLength === 'number') text += ` of ${minLength ?? 0} to ${maxLength} characters`;
  else if (minLength === 1) text = 'a non-empty string';
  else if (typeof minLength === 'number') text += ` of at least ${minLength} characters`;
  if (typeof pattern !== 'string') return text;
  return withoutControls.test(pattern) ? `${text} without control characters` : `${text} that matches ${pattern}`;
}

function listText(schema: PlainSchema): string {
  const { items, minItems, maxItems } = schema;
  if (Array.isArray(items)) return `a list of ${items.length}: ${items.map(expectedText).join(', ')}`;
  if (typeof maxItems === 'number') return `a list of ${minItems ?? 0} to ${maxItems} entries`;
  if (typeof minItems === 'number' && minItems > 0) return `a list of at least ${minItems} entries`;
  return 'a list';
}

const withArticle = (noun: string): string => (/^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`);

/**
 * What was given, short enough for a message: `"abc"`, `5`, `a list of 3`. With `secret` only its
 * kind: `a string`.
 */
export function givenText(value: unknown, secret = false): string {
  if (value === null || value === undefined) return value === null ? 'null' : 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `binary data of ${value.length} bytes`;
  if (typeof value === 'object') {
    const inner: unknown = value.valueOf();
    return typeof inner === 'number' && !secret ? `the double ${inner}` : 'an object';
  }
  if (secret) return `a ${typeof value}`;
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  return shorten(String(value));
}

const shorten = (text: string): string => (text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`);

export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
