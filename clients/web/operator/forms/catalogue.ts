/** What the server says of itself in its OpenRPC document: functions with their parameters, and events. */
import type { JsonObject, JsonValue } from '../../../typescript/index.ts';
import { isList, isObject, objectsIn, textOf } from '../members.ts';
import { type Field, fieldOf, secretNamesIn } from './field.ts';

export interface Parameter {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly field: Field;
}

export interface BusFunction {
  /** `module.function` */
  readonly name: string;
  readonly module: string;
  readonly summary: string;
  readonly description: string;
  readonly scope: string;
  /** Why it should no longer be used; empty: it may. */
  readonly deprecated: string;
  readonly params: readonly Parameter[];
  /** Its arguments by position are its parameters one by one: none takes any number of values. */
  readonly byPosition: boolean;
  /** The first example's arguments, without secrets. */
  readonly example: JsonObject;
  /** Names of parameters and members whose values are secrets. */
  readonly secrets: readonly string[];
}

export interface BusEvent {
  readonly name: string;
  readonly summary: string;
  readonly scope: string;
}

export interface Catalogue {
  readonly functions: readonly BusFunction[];
  readonly events: readonly BusEvent[];
}

export function catalogueOf(document: JsonValue): Catalogue {
  if (!isObject(document)) return { functions: [], events: [] };
  const events = document['x-events'];
  return {
    functions: objectsIn(document, 'methods').map(functionOf),
    events: Object.entries(isObject(events) ? events : {}).flatMap(([name, event]) =>
      isObject(event) ? [{ name, summary: textOf(event, 'summary'), scope: textOf(event, 'x-scope') }] : [],
    ),
  };
}

function functionOf(method: JsonObject): BusFunction {
  const name = textOf(method, 'name');
  const params = objectsIn(method, 'params');
  return {
    name,
    module: name.split('.')[0] ?? '',
    summary: textOf(method, 'summary'),
    description: textOf(method, 'description'),
    scope: textOf(method, 'x-scope'),
    deprecated: textOf(method, 'x-deprecated'),
    params: params.map((param) => ({
      name: textOf(param, 'name'),
      summary: textOf(param, 'summary'),
      required: param['required'] === true,
      field: fieldOf(param['schema'] ?? {}),
    })),
    byPosition: params.every((param) => param['x-rest'] !== true),
    example: exampleOf(method),
    secrets: params.flatMap((param) => secretNamesIn(param['schema'] ?? {}, textOf(param, 'name'))),
  };
}

/** Values of a parameter that takes any number of them are a list. */
function exampleOf(method: JsonObject): JsonObject {
  const [first] = objectsIn(method, 'examples');
  const rest = objectsIn(method, 'params').find((param) => param['x-rest'] === true);
  const restName = rest === undefined ? '' : textOf(rest, 'name');
  const example: { [name: string]: JsonValue } = {};
  for (const pair of first === undefined ? [] : objectsIn(first, 'params')) {
    const name = textOf(pair, 'name');
    const value = pair['value'];
    if (value === undefined || hasStars(value)) continue;
    const before = example[name];
    if (name !== restName) example[name] = value;
    else example[name] = [...(isList(before) ? before : []), value];
  }
  return example;
}

/** The server shows secrets of examples as stars. */
function hasStars(value: JsonValue): boolean {
  if (value === '***') return true;
  if (isList(value)) return value.some(hasStars);
  return isObject(value) && Object.values(value).some(hasStars);
}
