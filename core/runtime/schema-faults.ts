/**
 * Turns what a JSON schema validator reports (ajv's error objects, taken structurally) into faults
 * a person can act on: one per place, unions told as a whole or by the branch that was meant.
 */
import { expectedText, givenText, isRecord } from './expected.ts';

/** What we read of ajv's `ErrorObject` (options `verbose`; `allErrors` or not). */
export interface ValidatorError {
  readonly keyword: string;
  /** JSON pointer into the value. */
  readonly instancePath: string;
  /** JSON pointer into the schema, `#/…`. */
  readonly schemaPath: string;
  readonly params: { readonly [name: string]: unknown };
  readonly parentSchema?: object | undefined;
  readonly data?: unknown;
}

/** One fault: where (members and indexes), what is wrong, in words. */
export interface SchemaFault {
  readonly path: readonly string[];
  readonly kind: 'unknown' | 'missing' | 'wrong';
  /** What the schema at `path` wants; for `unknown` the known keys, comma separated. */
  readonly expected: string;
  readonly given: string;
}

/** All faults in the order of the report, without the noise of union branches. */
export function schemaFaults(errors: readonly ValidatorError[]): SchemaFault[] {
  const faults = withoutBranches(errors).map(faultOf);
  const seen = new Set<string>();
  return faults.filter(({ path, kind }) => {
    const key = `${kind} ${path.join('\0')}`;
    return !seen.has(key) && seen.add(key);
  });
}

function faultOf({ keyword, instancePath, params, parentSchema, data }: ValidatorError): SchemaFault {
  const path = pointerParts(instancePath);
  const schema: unknown = parentSchema;
  const properties = isRecord(schema) && isRecord(schema.properties) ? schema.properties : {};
  if (keyword === 'additionalProperties') {
    const key = String(params.additionalProperty);
    return { path: [...path, key], kind: 'unknown', expected: builtKeys(properties).join(', '), given: key };
  }
  if (keyword === 'required') {
    const key = String(params.missingProperty);
    return { path: [...path, key], kind: 'missing', expected: expectedText(properties[key]), given: 'nothing' };
  }
  const secret = isRecord(schema) && schema['x-secret'] === true;
  return { path, kind: 'wrong', expected: expectedText(schema), given: givenText(data, secret) };
}

/** Without the keys that are known only to say that they are not built yet. */
const builtKeys = (properties: { readonly [key: string]: unknown }): string[] =>
  Object.entries(properties).flatMap(([key, schema]) =>
    isRecord(schema) && schema['x-not-built'] !== undefined && !('default' in schema) ? [] : [key],
  );

/**
 * A failed union reports itself and every branch. Where exactly one branch has the value's shape
 * (it failed only further inside), that branch was meant: its faults stay and the union's goes.
 */
function withoutBranches(errors: readonly ValidatorError[]): ValidatorError[] {
  let kept = [...errors];
  const unions = kept.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  // Inner unions are reported before the outer ones that hold them.
  for (const union of unions) {
    const inside = kept.filter((error) => isInside(error, union));
    const branches = new Map<string, ValidatorError[]>();
    for (const error of inside) {
      const branch = error.schemaPath.slice(union.schemaPath.length + 1).split('/')[0] ?? '';
      branches.set(branch, [...(branches.get(branch) ?? []), error]);
    }
    const meant = [...branches.values()].filter((branch) => branch.every((error) => isDeeper(error, union)));
    const stay = meant.length === 1 && kept.includes(union) ? meant[0] : undefined;
    kept = kept.filter((error) => {
      if (error === union) return stay === undefined;
      return !inside.includes(error) || stay?.includes(error) === true;
    });
  }
  return kept;
}

function isInside(error: ValidatorError, union: ValidatorError): boolean {
  return error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath);
}

/** Past the shape of the union's value itself: a member is wrong, unknown or missing. */
function isDeeper(error: ValidatorError, union: ValidatorError): boolean {
  if (error.instancePath.length > union.instancePath.length) return error.keyword !== 'const';
  return error.keyword === 'additionalProperties' || error.keyword === 'required';
}

function pointerParts(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
