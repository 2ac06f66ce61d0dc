/**
 * DI values to XML-RPC (di-interfaces 1.5; byte format 3.8). SEMS's functions never gave a boolean
 * or a nil: `<boolean>` and `<nil/>` stand only where the row's result schema declares them, otherwise
 * booleans are `<i4>` 0 and 1, and nothing is `<i4>0</i4>`.
 */

import { byteOrder, type DiValue, Double } from '../../core/di/index.ts';
import type { TSchema } from '../../core/runtime/index.ts';

const head = '<?xml version="1.0"?>\r\n<methodResponse>';

/** A whole reply; `schema` is the row's result schema, or null when nothing is declared. */
export function encodeResponse(value: DiValue, schema: TSchema | null): string {
  return wrapResponse(encodeValue(value, schema));
}

/** A reply around a value that is text already. */
export function wrapResponse(value: string): string {
  return `${head}<params><param>\r\n\t${value}\r\n</param></params></methodResponse>\r\n`;
}

export function encodeFault(code: number, text: string): string {
  return `${head}<fault>\r\n\t${encodeValue(faultStruct(code, text), null)}\r\n</fault></methodResponse>\r\n`;
}

/** A fault as a value, for the answers of `system.multicall`. */
export function faultStruct(code: number, text: string): { faultCode: number; faultString: string } {
  return { faultCode: code, faultString: text };
}

/** `<value>…</value>`. */
export function encodeValue(value: DiValue, schema: unknown): string {
  return `<value>${typed(value, schema)}</value>`;
}

function typed(value: DiValue, schema: unknown): string {
  switch (typeof value) {
    case 'string':
      return `<string>${escapeText(value)}</string>`;
    case 'number':
      return Number.isInteger(value) ? integer(value) : `<double>${decimal(value)}</double>`;
    case 'bigint':
      return integer(value);
    case 'boolean': {
      const digit = value ? 1 : 0;
      return declares(schema, 'boolean') ? `<boolean>${digit}</boolean>` : `<i4>${digit}</i4>`;
    }
    default:
      return compound(value, schema);
  }
}

function compound(value: Exclude<DiValue, string | number | bigint | boolean>, schema: unknown): string {
  if (value === null || value === undefined) return declares(schema, 'null') ? '<nil/>' : '<i4>0</i4>';
  if (value instanceof Double) return `<double>${decimal(value.value)}</double>`;
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString('base64')}</base64>`;
  if (isList(value)) {
    const items = value.map((item, at) => encodeValue(item, itemSchema(schema, at)));
    return `<array><data>${items.join('')}</data></array>`;
  }
  const members = Object.keys(value)
    .sort(byteOrder)
    .filter((name) => value[name] !== undefined)
    .map((name) => {
      const member = encodeValue(value[name] ?? null, memberSchema(schema, name));
      return `<member><name>${escapeText(name)}</name>${member}</member>`;
    });
  return `<struct>${members.join('')}</struct>`;
}

const isList = (value: object): value is readonly DiValue[] => Array.isArray(value);

/** `<i4>` where it fits, so that every client can read a counter; `<i8>` beyond. */
function integer(value: number | bigint): string {
  const wide = value > 2147483647 || value < -2147483648;
  const digits = BigInt(value).toString();
  return wide ? `<i8>${digits}</i8>` : `<i4>${digits}</i4>`;
}

/**
 * XML-RPC: "only decimal point notation is allowed". All digits that JavaScript needs to read the same
 * number again; infinities and NaN as SEMS prints them.
 */
function decimal(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = String(value);
  const [mantissa = '', exponent] = text.split('e');
  if (exponent === undefined) return text.includes('.') ? text : `${text}.0`;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const power = Number(exponent);
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${whole}${fraction}`;
  return `${sign}${(whole + fraction).padEnd(power + 1, '0')}.0`;
}

const named: { readonly [character: string]: string } = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
  // A bare CR would be read as LF (XML 1.0, 2.11).
  '\r': '&#13;',
};

/** SEMS's five references; what XML cannot hold becomes U+FFFD (lone surrogates do so in UTF-8). */
function escapeText(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    /[<>&'"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g,
    (character) => named[character] ?? '\ufffd',
  );
}

/** Does the schema, or one of its alternatives, name this JSON type? */
function declares(schema: unknown, type: string): boolean {
  if (!isSchema(schema)) return false;
  const declared = schema['type'];
  if (declared === type || (Array.isArray(declared) && declared.includes(type))) return true;
  if (typeof schema['const'] === type) return true;
  return alternatives(schema).some((alternative) => declares(alternative, type));
}

function itemSchema(schema: unknown, at: number): unknown {
  const found = alternative(schema, 'array');
  const items = found?.['items'];
  if (Array.isArray(items)) return items[at] ?? found?.['additionalItems'];
  return items;
}

function memberSchema(schema: unknown, name: string): unknown {
  const found = alternative(schema, 'object');
  if (found === null) return undefined;
  const properties = found['properties'];
  if (isSchema(properties) && Object.hasOwn(properties, name)) return properties[name];
  const patterns = found['patternProperties'];
  return isSchema(patterns) ? Object.values(patterns)[0] : found['additionalProperties'];
}

/** The part of a schema, or of its alternatives, that describes a compound of that type. */
function alternative(schema: unknown, type: 'array' | 'object'): { readonly [key: string]: unknown } | null {
  if (!isSchema(schema)) return null;
  if (schema['type'] === type) return schema;
  for (const one of alternatives(schema)) {
    const found = alternative(one, type);
    if (found !== null) return found;
  }
  return null;
}

function alternatives(schema: { readonly [key: string]: unknown }): readonly unknown[] {
  const list = schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf'];
  return Array.isArray(list) ? list : [];
}

const isSchema = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null;
