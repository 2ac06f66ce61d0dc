/** A JSON schema as what a form has for it. What no form fits is asked for as JSON. */
import type { JsonObject, JsonValue } from '../../../typescript/index.ts';
import { isList, isObject, numberOf, objectsIn, textOf } from '../members.ts';

export type Field =
  | TextField
  | NumberField
  | { readonly kind: 'boolean' }
  | { readonly kind: 'null' }
  | { readonly kind: 'choice'; readonly options: readonly JsonValue[] }
  | { readonly kind: 'struct'; readonly members: readonly Member[]; readonly open: boolean }
  | { readonly kind: 'list'; readonly item: Field; readonly least: number; readonly most: number }
  | { readonly kind: 'tuple'; readonly items: readonly Field[] }
  | { readonly kind: 'map'; readonly value: Field }
  | { readonly kind: 'union'; readonly branches: readonly Field[] }
  | { readonly kind: 'json'; readonly expected: 'any' | 'object' | 'list' };

export interface TextField {
  readonly kind: 'text';
  readonly secret: boolean;
  /** What it is, such as `call tag`; empty: nothing is said. */
  readonly title: string;
  readonly pattern: string;
  readonly least: number;
  readonly most: number;
  readonly base64: boolean;
}

export interface NumberField {
  readonly kind: 'number';
  readonly whole: boolean;
  readonly least: number;
  readonly most: number;
}

export interface Member {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly field: Field;
}

const deepest = 12;

export function fieldOf(schema: JsonValue, depth = 0): Field {
  if (!isObject(schema) || depth > deepest) return { kind: 'json', expected: 'any' };
  const branches = [...objectsIn(schema, 'anyOf'), ...objectsIn(schema, 'oneOf')];
  if (branches.length > 0) return unionOf(branches, depth);
  if (schema['const'] !== undefined) return { kind: 'choice', options: [schema['const']] };
  if (isList(schema['enum'])) return { kind: 'choice', options: schema['enum'] };
  switch (schema['type']) {
    case 'string':
      return textField(schema);
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        whole: schema['type'] === 'integer',
        least: numberOf(schema, 'minimum') ?? Number.NEGATIVE_INFINITY,
        most: numberOf(schema, 'maximum') ?? Number.POSITIVE_INFINITY,
      };
    case 'boolean':
      return { kind: 'boolean' };
    case 'null':
      return { kind: 'null' };
    case 'array':
      return arrayField(schema, depth);
    case 'object':
      return objectField(schema, depth);
    default:
      return { kind: 'json', expected: 'any' };
  }
}

function textField(schema: JsonObject): TextField {
  return {
    kind: 'text',
    secret: schema['x-secret'] === true,
    title: textOf(schema, 'title'),
    pattern: textOf(schema, 'pattern'),
    least: numberOf(schema, 'minLength') ?? 0,
    most: numberOf(schema, 'maxLength') ?? Number.POSITIVE_INFINITY,
    base64: schema['contentEncoding'] === 'base64',
  };
}

/** Alternatives that are constants are one choice. */
function unionOf(branches: readonly JsonObject[], depth: number): Field {
  const fields = branches.map((branch) => fieldOf(branch, depth + 1));
  const options = fields.flatMap((field) => (field.kind === 'choice' ? field.options : []));
  const others = fields.filter(({ kind }) => kind !== 'choice');
  const choice: Field[] = options.length === 0 ? [] : [{ kind: 'choice', options }];
  const [only, ...more] = [...choice, ...others];
  if (only === undefined) return { kind: 'json', expected: 'any' };
  return more.length === 0 ? only : { kind: 'union', branches: [only, ...more] };
}

function arrayField(schema: JsonObject, depth: number): Field {
  const { items } = schema;
  if (isList(items)) return { kind: 'tuple', items: items.map((item) => fieldOf(item, depth + 1)) };
  if (items === undefined) return { kind: 'json', expected: 'list' };
  return {
    kind: 'list',
    item: fieldOf(items, depth + 1),
    least: numberOf(schema, 'minItems') ?? 0,
    most: numberOf(schema, 'maxItems') ?? Number.POSITIVE_INFINITY,
  };
}

function objectField(schema: JsonObject, depth: number): Field {
  const { properties, required, patternProperties, additionalProperties } = schema;
  const needed = isList(required) ? required : [];
  if (isObject(properties) && Object.keys(properties).length > 0) {
    const members = Object.entries(properties).map(([name, member]) => ({
      name,
      summary: isObject(member) ? textOf(member, 'description') : '',
      required: needed.includes(name),
      field: fieldOf(member, depth + 1),
    }));
    return { kind: 'struct', members, open: additionalProperties !== false };
  }
  const [value] = isObject(patternProperties) ? Object.values(patternProperties) : [];
  const of = value ?? (isObject(additionalProperties) ? additionalProperties : undefined);
  return of === undefined ? { kind: 'json', expected: 'object' } : { kind: 'map', value: fieldOf(of, depth + 1) };
}

/** The names under which a schema has secrets: its own, or those of its members. */
export function secretNamesIn(schema: JsonValue, name: string, depth = 0): readonly string[] {
  if (!isObject(schema) || depth > deepest) return [];
  if (schema['x-secret'] === true) return [name];
  const branches = [...objectsIn(schema, 'anyOf'), ...objectsIn(schema, 'oneOf')];
  const members = isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const items = isList(schema['items']) ? schema['items'] : schema['items'] === undefined ? [] : [schema['items']];
  return [
    ...branches.flatMap((branch) => secretNamesIn(branch, name, depth + 1)),
    ...members.flatMap(([member, inner]) => secretNamesIn(inner, member, depth + 1)),
    ...items.flatMap((item) => secretNamesIn(item, name, depth + 1)),
  ];
}
