import { isDeepStrictEqual } from 'node:util';
import { givenText, isRecord } from '../runtime/index.ts';
import { branchFor, entrySchema, memberSchema } from './schema-tools.ts';

export interface NotBuilt {
  readonly path: readonly string[];
  readonly text: string;
}

/**
 * Asked-for parts that this version does not have: refused, not silently ignored (issue: "a face
 * that is not built yet is refused"). A schema says so with `x-not-built: '<text>'` or `true` (any value but
 * the default is refused) or `x-not-built-values: [...]` (these values are).
 */
export function notBuiltFaults(schema: unknown, value: unknown, path: readonly string[] = []): NotBuilt[] {
  if (!isRecord(schema) || value === undefined) return [];
  const { 'x-not-built': text, 'x-not-built-values': values } = schema;
  const reason = typeof text === 'string' && text !== '' ? text : null;
  if ((reason !== null || text === true) && !isDeepStrictEqual(value, schema.default)) {
    return [{ path, text: `not built yet${reason === null ? '' : `: ${reason}`}` }];
  }
  if (Array.isArray(values) && values.some((each) => isDeepStrictEqual(each, value))) {
    return [{ path, text: `${givenText(value)} is not built yet${reason === null ? '' : `: ${reason}`}` }];
  }
  const branch = branchFor(schema, value);
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown, i) => notBuiltFaults(entrySchema(branch, i), entry, [...path, `${i}`]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    notBuiltFaults(memberSchema(branch, key), member, [...path, key]),
  );
}
