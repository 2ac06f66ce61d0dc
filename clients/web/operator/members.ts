/** Looking into values from the server, whose shape is not taken for granted. */
import type { JsonObject, JsonValue } from '../../typescript/index.ts';

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is readonly JsonValue[] => Array.isArray(value);

/** The text of that name; empty: there is none. */
export function textOf(from: JsonObject, name: string): string {
  const value = from[name];
  return typeof value === 'string' ? value : '';
}

/** The number of that name; null: there is none. */
export function numberOf(from: JsonObject, name: string): number | null {
  const value = from[name];
  return typeof value === 'number' ? value : null;
}

/** The members of a list that are objects. */
export const objectsOf = (value: unknown): readonly JsonObject[] => (isList(value) ? value.filter(isObject) : []);

/** The objects of the list of that name. */
export const objectsIn = (from: JsonObject, name: string): readonly JsonObject[] => objectsOf(from[name]);
