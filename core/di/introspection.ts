/** Texts for XML-RPC introspection (`system.methodSignature`, `system.methodHelp`) and the command line. */
import { expectedText, isRecord } from '../runtime/index.ts';
import type { RegisteredFunction } from './bus.ts';
import type { Parameter } from './row.ts';

const xmlTypes: { readonly [type: string]: string } = {
  integer: 'int',
  number: 'double',
  string: 'string',
  boolean: 'boolean',
  null: 'nil',
  array: 'array',
  object: 'struct',
  long: 'i8',
  blob: 'base64',
  /** A void is `<i4>0</i4>` on XML-RPC. */
  void: 'int',
};

/** The XML-RPC type name of a schema; `any` where several types fit. */
export function xmlRpcType(schema: unknown): string {
  if (!isRecord(schema)) return 'any';
  const carrier = schema['x-di'];
  if (typeof carrier === 'string') return xmlTypes[carrier] ?? 'any';
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf : Array.isArray(schema.oneOf) ? schema.oneOf : null;
  if (branches !== null) {
    const types = new Set(branches.map(xmlRpcType));
    const [only] = types;
    return types.size === 1 && only !== undefined ? only : 'any';
  }
  return typeof schema.type === 'string' ? (xmlTypes[schema.type] ?? 'any') : 'any';
}

/**
 * All signatures, each `[result, argument, …]`: one for every number of optional arguments and
 * every overload. A `rest` parameter stands once.
 */
export function methodSignature({ row }: RegisteredFunction): string[][] {
  const result = xmlRpcType(row.result);
  const signatures = [row.params, ...(row.overloads ?? [])].flatMap((params) => {
    const types = params.map(({ schema }) => xmlRpcType(schema));
    const required = params.filter(({ kind }) => kind === 'arg').length;
    return Array.from({ length: params.length - required + 1 }, (_, i) => [result, ...types.slice(0, required + i)]);
  });
  return [...new Map(signatures.map((signature) => [signature.join(), signature])).values()];
}

/** The help of a function as plain text: what it does, how it is called, what each argument is. */
export function methodHelp({ module, name, aliasOf, row }: RegisteredFunction): string {
  const lists = [row.params, ...(row.overloads ?? [])];
  const names = [aliasOf, ...(row.aliases ?? [])].filter((other) => other !== null && other !== name);
  const parameters = new Map<string, Parameter>();
  for (const parameter of lists.flat()) if (!parameters.has(parameter.name)) parameters.set(parameter.name, parameter);
  const lines = [
    row.summary,
    ...(row.description === undefined ? [] : ['', row.description]),
    '',
    ...lists.map(
      (params) => `${module}.${name}(${params.map(shortParameter).join(', ')}) -> ${xmlRpcType(row.result)}`,
    ),
    ...[...parameters.values()].map(longParameter),
    '',
    `Scope: ${row.scope}`,
    ...(names.length === 0 ? [] : [`Also: ${names.join(', ')}`]),
    ...(row.deprecated === undefined ? [] : [`Deprecated: ${row.deprecated}`]),
  ];
  return lines.join('\n');
}

function shortParameter({ kind, name, schema }: Parameter): string {
  const text = `${name}: ${xmlRpcType(schema)}`;
  if (kind === 'arg') return text;
  return kind === 'opt' ? `[${text}]` : `${text} ...`;
}

function longParameter({ kind, name, schema, summary }: Parameter): string {
  const about = summary ?? ('description' in schema ? String(schema.description) : '');
  const often = kind === 'rest' ? 'any number of: ' : '';
  return `  ${name}${kind === 'opt' ? ' (optional)' : ''}: ${often}${expectedText(schema)}${about === '' ? '' : `. ${about}`}`;
}
