import { isRecord } from '../runtime/index.ts';
import { masked } from './mask.ts';

/** What `x-di` types look like to a JSON client. */
const carriers: { readonly [kind: string]: { readonly [keyword: string]: unknown } } = {
  long: { type: 'integer' },
  blob: { type: 'string', contentEncoding: 'base64' },
  void: { type: 'null' },
};

const maps = new Set(['properties', 'patternProperties', 'definitions', '$defs']);

/** A row's schema as plain JSON schema for documents: no builder marks, DI types as JSON carries them. */
export function jsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (!isRecord(schema)) return schema;
  const kind = schema['x-di'];
  const copy: { [keyword: string]: unknown } = {};
  for (const [keyword, part] of Object.entries(schema)) {
    if (maps.has(keyword) && isRecord(part)) {
      copy[keyword] = Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, jsonSchema(inner)]));
    } else if (keyword === 'default' && schema['x-secret'] === true) copy[keyword] = masked;
    else copy[keyword] = jsonSchema(part);
  }
  return typeof kind === 'string' ? { ...carriers[kind], ...copy } : copy;
}
