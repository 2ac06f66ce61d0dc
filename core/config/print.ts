/** The whole configuration as commented YAML (`--print-config`). */
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { expectedText, isRecord, type TSchema } from '../runtime/index.ts';
import { branchFor, memberSchema, propertiesOf, type Schema } from './schema-tools.ts';

const width = 110;

/**
 * Prints every key in the schema's order with its meaning, what it accepts and its default. Read
 * again, the text gives the same configuration, but for secrets, which are not shown.
 */
export function printConfig(schema: TSchema, config: unknown): string {
  return `${objectLines({ ...schema }, isRecord(config) ? config : {}, 0)
    .join('\n')
    .trim()}\n`;
}

function objectLines(schema: Schema, config: { readonly [key: string]: unknown }, depth: number): string[] {
  const known = Object.keys(propertiesOf(schema));
  // Named keys keep their order in the text where that has a meaning: modules start in it.
  const given = Object.keys(config).filter((key) => config[key] !== undefined);
  const isOrdered = known.every((key) => !isRequired(schema, key));
  const keys = isOrdered ? [...given, ...known] : [...known, ...given];
  return [...new Set(keys)].flatMap((key) => memberLines(schema, key, config[key], depth));
}

const isRequired = ({ required }: Schema, key: string): boolean => Array.isArray(required) && required.includes(key);

function memberLines(parent: Schema, key: string, value: unknown, depth: number): string[] {
  const member = memberSchema(parent, key);
  const schema: Schema = isRecord(member) ? member : {};
  if (value === undefined && 'x-not-built' in schema) return [];
  const indent = '  '.repeat(depth);
  const name = stringify(key).trim();
  const lines = [...(depth === 0 ? [''] : []), ...commentLines(schema, value, indent)];
  const isSet = value !== undefined && !isDeepStrictEqual(value, schema.default);
  if (schema['x-secret'] === true && isSet) return [...lines, `${indent}# ${name}: (a secret, not shown)`];
  if (value === undefined) return [...lines, `${indent}# ${name}:`];
  const branch = branchFor(schema, value);
  if (isRecord(value) && (Object.keys(value).length > 0 || hasProperties(branch))) {
    const inner = objectLines(branch, value, depth + 1);
    // Only comments inside would read as null.
    const isEmpty = inner.every((line) => /^\s*(#.*)?$/.test(line));
    return [...lines, `${indent}${name}:${isEmpty ? ' {}' : ''}`, ...inner];
  }
  if (Array.isArray(value) && value.some((entry) => isRecord(entry))) {
    return [...lines, `${indent}${name}:`, ...value.map((entry) => `${indent}  - ${flow(shown(branch.items, entry))}`)];
  }
  return [...lines, `${indent}${name}: ${flow(value)}`];
}

const hasProperties = (schema: Schema): boolean => Object.keys(propertiesOf(schema)).length > 0;

/** One line of flow YAML. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim();
}

/** A list entry without the members that are secrets. */
function shown(schema: unknown, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const branch = branchFor(schema, value);
  const members = Object.entries(value).filter(([key, member]) => member !== undefined && !isSecret(branch, key));
  return Object.fromEntries(members.map(([key, member]) => [key, shown(memberSchema(branch, key), member)]));
}

function isSecret(schema: Schema, key: string): boolean {
  const member = memberSchema(schema, key);
  return isRecord(member) && member['x-secret'] === true;
}

function commentLines(schema: Schema, value: unknown, indent: string): string[] {
  const { description, default: standard } = schema;
  // A long default is not told beside itself.
  const isLong = Array.isArray(standard) && standard.some(isRecord) && isDeepStrictEqual(standard, value);
  const isSection = isRecord(value) || isRecord(standard) || schema.type === 'object';
  const unit = typeof schema['x-unit'] === 'string' ? `, ${schema['x-unit']}` : '';
  const isPlainDefault = standard !== undefined && !isRecord(standard) && schema['x-secret'] !== true;
  const facts = isSection
    ? ''
    : `(${expectedText(schema)}${unit}${isPlainDefault && !isLong ? `; default ${flow(standard)}` : ''})`;
  const text = [typeof description === 'string' ? description : '', facts].filter((part) => part !== '').join(' ');
  const notBuilt = schema['x-not-built'] === undefined ? '' : ' Not built yet.';
  const about = text === '' ? [] : wrap(`${text}${notBuilt}`, width - indent.length - 2);
  return [...about, ...entryLines(schema, indent)].map((line) => `${indent}# ${line}`);
}

/** What the entries of a list of objects may hold. */
function entryLines(schema: Schema, indent: string): string[] {
  const { items } = schema;
  if (!isRecord(items)) return [];
  return Object.entries(propertiesOf(items)).flatMap(([key, member]) => {
    if (!isRecord(member)) return [];
    const standard =
      'default' in member ? `; default ${flow(member.default)}` : isRequired(items, key) ? '' : ', optional';
    const text = `${key}: ${expectedText(member)}${standard}. ${member.description ?? ''}`.trim();
    return wrap(text, width - indent.length - 6).map((line, i) => `${i === 0 ? '  ' : '    '}${line}`);
  });
}

function wrap(text: string, limit: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > limit) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
