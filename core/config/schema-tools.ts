import { isRecord } from '../runtime/index.ts';

export type Schema = { readonly [keyword: string]: unknown };

/** The schema that describes `value`: of a union, the branch with its shape; else the schema itself. */
export function branchFor(schema: unknown, value: unknown): Schema {
  if (!isRecord(schema)) return {};
  const branches = unionBranches(schema);
  if (branches.length === 0) return schema;
  const type = Array.isArray(value) ? 'array' : isRecord(value) ? 'object' : null;
  const fitting = branches.filter((branch) => branch.type === type);
  const chosen = fitting.length > 1 ? fitting.find((branch) => constantsFit(branch, value)) : fitting[0];
  return chosen === undefined ? {} : branchFor(chosen, value);
}

/** The branches of `anyOf` or `oneOf`; none for a schema that is no union. */
export function unionBranches(schema: Schema): readonly Schema[] {
  const branches = Array.isArray(schema.anyOf) ? schema.anyOf : schema.oneOf;
  return Array.isArray(branches) ? branches.filter(isRecord) : [];
}

/** In a tagged union (`kind: …`) the branch whose constant members are those of the value. */
function constantsFit(branch: Schema, value: unknown): boolean {
  if (!isRecord(value)) return true;
  return Object.entries(propertiesOf(branch)).every(
    ([key, member]) => !isRecord(member) || !('const' in member) || member.const === value[key],
  );
}

export function propertiesOf(schema: Schema): { readonly [key: string]: unknown } {
  return isRecord(schema.properties) ? schema.properties : {};
}

/** Schema of the member `key`: a named property, else that of a record's values. */
export function memberSchema(schema: Schema, key: string): unknown {
  const properties = propertiesOf(schema);
  if (Object.hasOwn(properties, key)) return properties[key];
  if (isRecord(schema.patternProperties)) {
    const found = Object.entries(schema.patternProperties).find(([pattern]) => new RegExp(pattern, 'u').test(key));
    if (found !== undefined) return found[1];
  }
  return isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined;
}

/** Schema of the list entry `index`. */
export function entrySchema(schema: Schema, index: number): unknown {
  return Array.isArray(schema.items) ? schema.items[index] : schema.items;
}

/** May further keys be given than the named ones? */
export function isOpen(schema: Schema): boolean {
  return isRecord(schema.patternProperties) || isRecord(schema.additionalProperties);
}

export function acceptsNull(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
  return schema.type === 'null' || schema.const === null || unionBranches(schema).some(acceptsNull);
}

/** `sip.listen[0].port` */
export function pathText(path: readonly string[]): string {
  return path.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
