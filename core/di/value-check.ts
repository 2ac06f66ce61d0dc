/**
 * Checks of DI values by JSON schema: ajv (draft-07) with what DI adds. `x-di` names types that
 * JSON has not (`long`, `blob`, `void`), and `type: object` accepts structs only. Most schemas need ajv
 * only to tell why a value does not fit.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { CodedError, isRecord, type SchemaFault, schemaFaults } from '../runtime/index.ts';
import { type Adapt, argumentAdapter } from './adapt.ts';
import { isStruct } from './kinds.ts';
import { type Predicate, predicateOf } from './schema-predicate.ts';
import type { DiValue } from './value.ts';

/** The compiled check of one schema. */
export interface ValueCheck {
  /** Does the (adapted) value fit? */
  readonly fits: (value: unknown) => boolean;
  /** Changes the carrier before the check, or null. */
  readonly adapt: Adapt | null;
  /** Why it does not fit; at least one when `fits` is false. */
  faults(value: unknown): SchemaFault[];
}

const carriers: { readonly [kind: string]: (value: unknown) => boolean } = {
  long: (value) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  blob: (value) => value instanceof Uint8Array,
  void: (value) => value === null,
  struct: isStruct,
};

/**
 * Makes checks of schemas; equal ones once. A check is compiled by its first use: most functions of a server are
 * never called, and ajv takes milliseconds for each.
 */
export class ValueChecks {
  #compiler: Ajv | null = null;
  readonly #checks = new Map<string, ValueCheck>();

  /** @throws CodedError `module.failed` for an unknown `x-di` or `type`. */
  compile(schema: unknown): ValueCheck {
    const prepared = prepare(schema);
    const key = JSON.stringify(prepared);
    const known = this.#checks.get(key);
    if (known !== undefined) return known;
    const check = valueCheck(
      lazily(() => this.#validator(prepared)),
      prepared,
    );
    this.#checks.set(key, check);
    return check;
  }

  #validator(schema: unknown): ValidateFunction {
    this.#compiler ??= createCompiler();
    try {
      return this.#compiler.compile(isRecord(schema) ? { ...schema } : schema === true);
    } catch (fault) {
      throw invalid(fault instanceof Error ? fault.message : String(fault), fault);
    }
  }
}

function createCompiler(): Ajv {
  const ajv = new Ajv({
    strict: false,
    verbose: true,
    logger: false,
    validateFormats: false,
    messages: false,
    // Schemas are programs' own, not requests': `prepare` refuses the usual mistakes, `compile` the others.
    meta: false,
    validateSchema: false,
  });
  ajv.addKeyword({ keyword: 'x-di', schemaType: 'string', compile: (kind: string) => carriers[kind] ?? (() => false) });
  return ajv;
}

const invalid = (reason: string, cause?: unknown): CodedError =>
  new CodedError('module.failed', `invalid schema: ${reason}`, { cause });

function lazily<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

function valueCheck(validator: () => ValidateFunction, schema: unknown): ValueCheck {
  const predicate = lazily(() => quickly(schema) ?? ((value: unknown) => validator()(value) === true));
  const fits: Predicate =
    isRecord(schema) && Object.keys(schema).every((keyword) => keyword === 'x-secret')
      ? () => true
      : (value) => predicate()(value);
  return {
    fits,
    adapt: argumentAdapter(schema),
    faults(value) {
      if (fits(value)) return [];
      const validate = validator();
      return validate(value) === true ? [] : schemaFaults(validate.errors ?? []);
    },
  };
}

/** Null: ajv is needed, or has the better words for a schema that is wrong. */
function quickly(schema: unknown): Predicate | null {
  try {
    return predicateOf(schema, carriers);
  } catch {
    return null;
  }
}

const types = new Set(['string', 'number', 'integer', 'boolean', 'null', 'array', 'object']);

const schemaMaps = new Set(['properties', 'patternProperties', 'definitions', '$defs', 'dependencies']);
const schemaParts = new Set([
  ...['items', 'additionalItems', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'],
  ...['anyOf', 'oneOf', 'allOf'],
]);

/** A plain copy (no builder marks) in which `type: object` means a struct, and all inside a secret is secret. */
function prepare(schema: unknown, secret = false): unknown {
  if (Array.isArray(schema)) return schema.map((part) => prepare(part, secret));
  if (!isRecord(schema)) return schema;
  const { type, 'x-di': carrier } = schema;
  if (carrier !== undefined && !(typeof carrier === 'string' && Object.hasOwn(carriers, carrier)))
    throw invalid(`x-di: unknown type ${String(carrier)}`);
  for (const name of Array.isArray(type) ? type : [type])
    if (name !== undefined && !types.has(String(name))) throw invalid(`unknown type ${String(name)}`);
  const hidden = secret || schema['x-secret'] === true;
  const copy: { [keyword: string]: unknown } = {};
  for (const [keyword, part] of Object.entries(schema)) {
    if (schemaMaps.has(keyword) && isRecord(part)) {
      copy[keyword] = Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, prepare(inner, hidden)]));
    } else copy[keyword] = schemaParts.has(keyword) ? prepare(part, hidden) : part;
  }
  if (schema.type === 'object') copy['x-di'] = 'struct';
  if (hidden) copy['x-secret'] = true;
  return copy;
}

/** Applies a check's adaptation. */
export function adapted(check: ValueCheck, value: DiValue): DiValue {
  return check.adapt === null ? value : check.adapt(value);
}
