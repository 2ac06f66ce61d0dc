/**
 * Checks of DI values by JSON schema: ajv (draft-07) with what DI adds. `x-di` names types that
 * JSON has not (`long`, `blob`, `void`), and `type: object` accepts structs only.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { CodedError, isRecord, type SchemaFault, schemaFaults } from '../runtime/index.ts';
import { type Adapt, argumentAdapter } from './adapt.ts';
import { isStruct } from './kinds.ts';
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

/** Compiles schemas; equal ones once. */
export class ValueChecks {
  readonly #ajv = new Ajv({ strict: false, verbose: true, logger: false, validateFormats: false, messages: false });
  readonly #compiled = new Map<string, ValueCheck>();

  constructor() {
    this.#ajv.addKeyword({
      keyword: 'x-di',
      schemaType: 'string',
      compile: (kind: string) => {
        const fits = carriers[kind];
        if (fits === undefined) throw new Error(`x-di: unknown type ${kind}`);
        return fits;
      },
    });
  }

  /** @throws CodedError `module.failed` when `schema` is no valid JSON schema. */
  compile(schema: unknown): ValueCheck {
    const prepared = prepare(schema);
    const key = JSON.stringify(prepared);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const check = valueCheck(this.#validator(prepared), prepared);
    this.#compiled.set(key, check);
    return check;
  }

  #validator(schema: unknown): ValidateFunction {
    try {
      return this.#ajv.compile(isRecord(schema) ? { ...schema } : schema === true);
    } catch (fault) {
      throw new CodedError('module.failed', `invalid schema: ${fault instanceof Error ? fault.message : fault}`, {
        cause: fault,
      });
    }
  }
}

function valueCheck(validate: ValidateFunction, schema: unknown): ValueCheck {
  return {
    fits:
      isRecord(schema) && Object.keys(schema).every((keyword) => keyword === 'x-secret')
        ? () => true
        : (value) => validate(value) === true,
    adapt: argumentAdapter(schema),
    faults: (value) => (validate(value) === true ? [] : schemaFaults(validate.errors ?? [])),
  };
}

const schemaMaps = new Set(['properties', 'patternProperties', 'definitions', '$defs', 'dependencies']);
const schemaParts = new Set([
  ...['items', 'additionalItems', 'additionalProperties', 'propertyNames', 'contains', 'not', 'if', 'then', 'else'],
  ...['anyOf', 'oneOf', 'allOf'],
]);

/** A plain copy (no builder marks) in which `type: object` means a struct, and all inside a secret is secret. */
function prepare(schema: unknown, secret = false): unknown {
  if (Array.isArray(schema)) return schema.map((part) => prepare(part, secret));
  if (!isRecord(schema)) return schema;
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
