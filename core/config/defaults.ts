import { isRecord } from '../runtime/index.ts';
import { acceptsNull, branchFor, entrySchema, memberSchema, propertiesOf } from './schema-tools.ts';

/**
 * A copy of `value` with every default of the schema filled in, also inside unions, where ajv does
 * not look. Lists are replaced as a whole, never merged. A section that is there but empty
 * (`sip:` with nothing behind it) is an empty one.
 */
export function fillDefaults(schema: unknown, value: unknown): unknown {
  if (!isRecord(schema)) return value;
  if (value === undefined)
    return 'default' in schema ? fillDefaults(schema, structuredClone(schema.default)) : undefined;
  if (value === null && !acceptsNull(schema) && schema.type === 'object') return fillDefaults(schema, {});
  const branch = branchFor(schema, value);
  if (Array.isArray(value)) return value.map((entry: unknown, i) => fillDefaults(entrySchema(branch, i), entry));
  if (!isRecord(value)) return value;
  const filled: [string, unknown][] = Object.entries(value).map(([key, member]) => [
    key,
    fillDefaults(memberSchema(branch, key), member),
  ]);
  for (const [key, member] of Object.entries(propertiesOf(branch))) {
    if (Object.hasOwn(value, key)) continue;
    const standard = fillDefaults(member, undefined);
    if (standard !== undefined) filled.push([key, standard]);
  }
  return Object.fromEntries(filled);
}
