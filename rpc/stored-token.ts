/** A token as the storage has it, under the hash of its secret. */

/** Allowed values, by module or by argument. */
export type Allowed = { readonly [name: string]: readonly string[] };

export interface StoredToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly limits: Allowed;
  readonly only: Allowed;
  readonly createdUnixMs: number;
  readonly expiresUnixMs: number | null;
  /** Set by a rotation: it works until then. */
  readonly retiredUnixMs: number | null;
}

/** Null for what cannot be read: a token whose limits are unknown is none. */
export function parseToken(value: unknown): StoredToken | null {
  if (!isObject(value)) return null;
  const { name, scopes, createdUnixMs } = value;
  const limits = allowedOf(value['limits']);
  const only = allowedOf(value['only'] ?? {});
  const expiresUnixMs = timeOf(value['expiresUnixMs']);
  const retiredUnixMs = timeOf(value['retiredUnixMs']);
  if (typeof name !== 'string' || !isTexts(scopes) || limits === null || only === null) return null;
  if (expiresUnixMs === undefined || retiredUnixMs === undefined) return null;
  const createdMs = typeof createdUnixMs === 'number' ? createdUnixMs : 0;
  return { name, scopes, limits, only, createdUnixMs: createdMs, expiresUnixMs, retiredUnixMs };
}

function allowedOf(value: unknown): Allowed | null {
  if (!isObject(value)) return null;
  const checked = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(value)) {
    if (!isTexts(values)) return null;
    checked.set(name, values);
  }
  return Object.fromEntries(checked);
}

/** Null: none; undefined: not a time. */
function timeOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
