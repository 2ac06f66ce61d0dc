/** Writes the TypeScript contract (`contract.ts`) from the server's OpenRPC document. */

type Json = { readonly [member: string]: unknown };

/** The text of a module that exports `Methods` and `Events`. */
export function typesFromOpenRpc(document: unknown): string {
  const { methods, 'x-events': events } = record(document);
  const members = list(methods)
    .map(record)
    .map((method) => `${comment(method)}  readonly ${JSON.stringify(method['name'])}: ${methodType(method)};`);
  const payloads = Object.entries(record(events)).map(([name, event]) => {
    const { payload, summary } = record(event);
    return `${comment({ summary })}  readonly ${JSON.stringify(name)}: ${typeOf(payload)};`;
  });
  return [
    '/** The methods and events of the server. Generated from its OpenRPC document: do not edit. Length: all of them. */',
    '// biome-ignore-all format: generated',
    "import type { JsonObject, JsonValue } from './json-rpc.ts';",
    '',
    'export interface Methods {',
    ...members,
    '}',
    '',
    'export interface Events {',
    ...payloads,
    '}',
    '',
  ].join('\n');
}

function methodType(method: Json): string {
  const lists = [method['params'], ...list(method['x-overloads'])].map(
    (params) => `[${list(params).map(parameter).join(', ')}]`,
  );
  return `(...args: ${[...new Set(lists)].join(' | ')}) => ${typeOf(record(method['result'])['schema'])}`;
}

function parameter(each: unknown): string {
  const { name, required, schema, 'x-rest': isRest } = record(each);
  const label = String(name).replaceAll(/\W/g, '_');
  if (isRest === true) return `...${label}: ${typeOf(schema)}`;
  return `${label}${required === true ? '' : '?'}: ${typeOf(schema)}`;
}

/** The type of a JSON schema's values. */
export function typeOf(schema: unknown): string {
  const plain = record(schema);
  if ('const' in plain) return JSON.stringify(plain['const']);
  if (Array.isArray(plain['enum'])) return plain['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const branches = list(plain['anyOf'] ?? plain['oneOf']);
  if (branches.length > 0) return [...new Set(branches.map(typeOf))].join(' | ');
  switch (plain['type']) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return arrayType(plain['items']);
    case 'object':
      return objectType(plain);
    default:
      return 'JsonValue';
  }
}

function arrayType(items: unknown): string {
  if (Array.isArray(items)) return `readonly [${items.map(typeOf).join(', ')}]`;
  const item = typeOf(items);
  return item.includes(' ') ? `readonly (${item})[]` : `readonly ${item}[]`;
}

function objectType(schema: Json): string {
  const properties = Object.entries(record(schema['properties']));
  if (properties.length === 0) {
    const [value] = [
      ...Object.values(record(schema['patternProperties'])),
      ...list([schema['additionalProperties']]),
    ].filter((part) => typeof part === 'object');
    return value === undefined ? 'JsonObject' : `{ readonly [member: string]: ${typeOf(value)} }`;
  }
  const required = list(schema['required']);
  const members = properties.map(
    ([name, member]) => `readonly ${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(member)}`,
  );
  return `{ ${members.join('; ')} }`;
}

function comment({ summary, 'x-deprecated': deprecated }: Json): string {
  const text = [summary, deprecated === undefined ? undefined : `@deprecated ${deprecated}`]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' ')
    .replaceAll('*/', '* /');
  return text === '' ? '' : `  /** ${text} */\n`;
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
