import { isRecord } from '../runtime/index.ts';
import { isStruct, maxDepth, setMember } from './kinds.ts';
import type { DiValue } from './value.ts';

/** What stands in audit, trace and log where a secret was. */
export const masked = '***';

/** Members of values whose schema says nothing about them: these names are secrets all the same. */
const secretNames = /pass(wd|word|phrase)?$|^pwd$|secret|token|credential|authorization|^(admin_?)?pin$/i;

export const isSecretName = (name: string): boolean => secretNames.test(name);

/**
 * `value` with every part that `schema` marks `x-secret` replaced by `***`. Where the schema does
 * not describe a part (`Any`, `Struct`), members with a secret's name are masked.
 */
export function maskSecrets(schema: unknown, value: DiValue, depth = 0): DiValue {
  if (depth > maxDepth) return '...';
  if (isRecord(schema) && schema['x-secret'] === true) return masked;
  const branches = branchesOf(schema);
  if (branches.length > 0)
    return branches.reduce<DiValue>((part, branch) => maskSecrets(branch, part, depth + 1), value);
  if (Array.isArray(value)) return value.map((item: DiValue, i) => maskSecrets(itemSchema(schema, i), item, depth + 1));
  if (!isStruct(value)) return value;
  const copy: { [member: string]: DiValue } = {};
  for (const [name, member] of Object.entries(value)) {
    const known = memberSchema(schema, name);
    const hidden = known === undefined && secretNames.test(name);
    setMember(copy, name, hidden ? masked : maskSecrets(known, member, depth + 1));
  }
  return copy;
}

/** Does any part of `schema` carry the mark? */
export function hasSecrets(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(hasSecrets);
  return isRecord(schema) && (schema['x-secret'] === true || Object.values(schema).some(hasSecrets));
}

function branchesOf(schema: unknown): readonly unknown[] {
  if (!isRecord(schema)) return [];
  return [schema.anyOf, schema.oneOf, schema.allOf].flatMap((branches) => (Array.isArray(branches) ? branches : []));
}

function itemSchema(schema: unknown, index: number): unknown {
  if (!isRecord(schema)) return undefined;
  return Array.isArray(schema.items) ? schema.items[index] : schema.items;
}

function memberSchema(schema: unknown, name: string): unknown {
  if (!isRecord(schema)) return undefined;
  if (isRecord(schema.properties) && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  if (isRecord(schema.patternProperties)) {
    const found = Object.entries(schema.patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(name));
    if (found !== undefined) return found[1];
  }
  return isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined;
}
