/**
 * Builds JSON schemas (draft-07) with TypeBox's names and types. Only the types are TypeBox's: its code is 680 files
 * that took a third of the start and 15 MB, and what its builder does at run time is this page. Schemas
 * made by TypeBox itself, as by a plug-in, mix with these: `~optional` is its mark.
 */
import type TypeBox from 'typebox';
import type { Static, TSchema } from 'typebox';
import { isRecord } from './expected.ts';

export type { Static, TSchema };

type Plain = { readonly [keyword: string]: unknown };
type Options = Plain | undefined;

const optionalMark = '~optional';

function isOptional(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && optionalMark in schema;
}

function typed(type: string) {
  return (options?: Options): Plain => ({ type, ...options });
}

function object(properties: Plain, options?: Options): Plain {
  const required = Object.keys(properties).filter((key) => !isOptional(properties[key]));
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties, ...options };
}

function optional(schema: Plain): Plain {
  return Object.defineProperty({ ...schema }, optionalMark, { value: true });
}

function record(key: Plain, value: Plain, options?: Options): Plain {
  const pattern = typeof key['pattern'] === 'string' ? key['pattern'] : '^.*$';
  return { type: 'object', patternProperties: { [pattern]: value }, ...options };
}

function literal(value: string | number | boolean, options?: Options): Plain {
  return { type: typeof value, const: value, ...options };
}

function tuple(items: readonly Plain[], options?: Options): Plain {
  return { type: 'array', additionalItems: false, items, minItems: items.length, ...options };
}

const builder = {
  Array: (items: Plain, options?: Options): Plain => ({ type: 'array', items, ...options }),
  Boolean: typed('boolean'),
  Integer: typed('integer'),
  Literal: literal,
  Null: typed('null'),
  Number: typed('number'),
  Object: object,
  Optional: optional,
  Record: record,
  String: typed('string'),
  Tuple: tuple,
  Union: (anyOf: readonly Plain[], options?: Options): Plain => ({ anyOf, ...options }),
  Unsafe: (schema: Plain): Plain => ({ ...schema }),
};

/** The builder. Its functions are typed as TypeBox's of the same names, so that `Static` works. */
export const Type = builder as unknown as Pick<typeof TypeBox, keyof typeof builder>;

/** Does `value` fit a schema of this builder? For data of our own; requests and configuration go through ajv. */
export function fitsSchema<T extends TSchema>(schema: T, value: unknown): value is Static<T> {
  return fits(schema, value);
}

function fits(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) return true;
  const { type, anyOf, items, properties, required } = schema;
  if ('const' in schema) return value === schema.const;
  if (Array.isArray(anyOf)) return anyOf.some((branch) => fits(branch, value));
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value) && value.every((item) => fits(items, item));
    case 'object': {
      if (!isRecord(value)) return false;
      const isComplete = !Array.isArray(required) || required.every((key) => Object.hasOwn(value, String(key)));
      const members = Object.entries(isRecord(properties) ? properties : {});
      return isComplete && members.every(([key, member]) => !Object.hasOwn(value, key) || fits(member, value[key]));
    }
    default:
      return typeof type !== 'string' || typeof value === type;
  }
}
