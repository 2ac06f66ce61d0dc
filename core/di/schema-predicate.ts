/**
 * A JSON schema as a plain predicate, made in microseconds: ajv takes milliseconds for each schema, on the main
 * thread, when a function is called or an event is published for the first time. It says what ajv says (a test
 * compares them), but not why; keywords that few schemas have are left to ajv.
 */
import { isRecord } from '../runtime/index.ts';

export type Predicate = (value: unknown) => boolean;

/** Checks of `x-di`, by its value. */
export type Carriers = { readonly [kind: string]: Predicate };

/** Keywords that refuse nothing. */
const annotations = new Set([
  'title',
  'description',
  'default',
  'examples',
  'format',
  'x-secret',
  'x-unit',
  'readOnly',
]);

const typeTests: { readonly [type: string]: Predicate } = {
  string: (value) => typeof value === 'string',
  // NaN and the infinities are for the wires to refuse.
  number: (value) => typeof value === 'number',
  integer: (value) => typeof value === 'number' && !(value % 1) && !Number.isNaN(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: (value) => isObject(value),
};

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null: the schema has something that only ajv knows. */
export function predicateOf(schema: unknown, carriers: Carriers): Predicate | null {
  if (schema === true) return () => true;
  if (!isRecord(schema)) return null;
  const tests: Predicate[] = [];
  for (const [keyword, part] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue;
    const test = keywordTest(keyword, part, schema, carriers);
    if (test === null) return null;
    if (test !== 'elsewhere') tests.push(test);
  }
  return all(tests);
}

function all(tests: readonly Predicate[]): Predicate {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (tests.length === 2) return (value) => first(value) && second(value);
  return (value) => tests.every((test) => test(value));
}

function keywordTest(
  keyword: string,
  part: unknown,
  schema: { readonly [keyword: string]: unknown },
  carriers: Carriers,
): Predicate | 'elsewhere' | null {
  switch (keyword) {
    case 'x-di':
      return carriers[String(part)] ?? null;
    case 'type':
      return typeTest(part);
    case 'const':
      return isScalar(part) ? (value) => value === part : null;
    case 'enum':
      return Array.isArray(part) && part.every(isScalar) ? oneOf(part) : null;
    case 'anyOf':
      return alternatives(part, carriers);
    case 'minLength':
      return bound(part, (limit) => (value) => typeof value !== 'string' || lengthOf(value, limit) >= limit);
    case 'maxLength':
      return bound(part, (limit) => (value) => typeof value !== 'string' || lengthOf(value, limit) <= limit);
    case 'pattern':
      return patternTest(part);
    case 'minimum':
      return bound(part, (limit) => (value) => typeof value !== 'number' || value >= limit);
    case 'maximum':
      return bound(part, (limit) => (value) => typeof value !== 'number' || value <= limit);
    case 'exclusiveMinimum':
      return bound(part, (limit) => (value) => typeof value !== 'number' || value > limit);
    case 'exclusiveMaximum':
      return bound(part, (limit) => (value) => typeof value !== 'number' || value < limit);
    case 'minItems':
      return bound(part, (limit) => (value) => !Array.isArray(value) || value.length >= limit);
    case 'maxItems':
      return bound(part, (limit) => (value) => !Array.isArray(value) || value.length <= limit);
    case 'items': {
      const item = Array.isArray(part) ? null : predicateOf(part, carriers);
      return item === null ? null : (value) => !Array.isArray(value) || value.every(item);
    }
    case 'required':
      return Array.isArray(part) && part.every((name) => typeof name === 'string') ? requiredTest(part) : null;
    case 'properties':
      return memberTest(part, carriers);
    case 'additionalProperties':
      return othersTest(part, schema, carriers);
    default:
      return null;
  }
}

const isScalar = (value: unknown): value is string | number | boolean | null =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

const oneOf =
  (allowed: readonly unknown[]): Predicate =>
  (value) =>
    allowed.includes(value);

const bound = (limit: unknown, test: (limit: number) => Predicate): Predicate | null =>
  typeof limit === 'number' && Number.isFinite(limit) ? test(limit) : null;

/** In code points, as JSON schema counts; in code units where these decide already. */
function lengthOf(text: string, limit: number): number {
  if (text.length < limit || text.length > 2 * limit + 1) return text.length;
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function typeTest(type: unknown): Predicate | null {
  if (typeof type === 'string') return typeTests[type] ?? null;
  if (!Array.isArray(type)) return null;
  const tests = type.map((name) => typeTests[String(name)]);
  return tests.every((test) => test !== undefined) ? (value) => tests.some((test) => test(value)) : null;
}

function patternTest(pattern: unknown): Predicate | null {
  if (typeof pattern !== 'string') return null;
  const expression = new RegExp(pattern, 'u');
  return (value) => typeof value !== 'string' || expression.test(value);
}

function alternatives(schemas: unknown, carriers: Carriers): Predicate | null {
  if (!Array.isArray(schemas)) return null;
  const tests = schemas.map((one) => predicateOf(one, carriers));
  return tests.every((test) => test !== null) ? (value) => tests.some((test) => test(value)) : null;
}

function requiredTest(names: readonly string[]): Predicate {
  return (value) => !isObject(value) || names.every((name) => value[name] !== undefined);
}

function memberTest(properties: unknown, carriers: Carriers): Predicate | null {
  if (!isRecord(properties)) return null;
  const members: [string, Predicate][] = [];
  for (const [name, part] of Object.entries(properties)) {
    const test = predicateOf(part, carriers);
    if (test === null) return null;
    members.push([name, test]);
  }
  return (value) => {
    if (!isObject(value)) return true;
    for (const [name, test] of members) {
      const member = value[name];
      if (member !== undefined && !test(member)) return false;
    }
    return true;
  };
}

/** Of the members that `properties` does not name. */
function othersTest(
  part: unknown,
  { properties = {}, patternProperties }: { readonly [keyword: string]: unknown },
  carriers: Carriers,
): Predicate | 'elsewhere' | null {
  if (part === true) return 'elsewhere';
  const test: Predicate | null = part === false ? () => false : predicateOf(part, carriers);
  if (test === null || patternProperties !== undefined || !isRecord(properties)) return null;
  const known = new Set(Object.keys(properties));
  return (value) => {
    if (!isObject(value)) return true;
    for (const name in value) if (!known.has(name) && !test(value[name])) return false;
    return true;
  };
}
