/** A call of the bus, as the lines of other programs would make it. */
import type { JsonObject, JsonValue } from '../../typescript/index.ts';

export interface LineRequest {
  readonly method: string;
  /** By name, or by position. */
  readonly params: JsonObject | readonly JsonValue[];
  /** Of the parameters, as they follow each other by position; needed for XML-RPC, where names do not exist. */
  readonly order?: readonly string[] | undefined;
  /** Parameters whose values never stand in a line. */
  readonly secrets?: readonly string[] | undefined;
  /** `http://127.0.0.1:8090` */
  readonly origin: string;
  /** The server wants a token. */
  readonly signedIn: boolean;
}

/** What stands in a line for a secret: the name of an environment variable that has it. */
export class Placeholder {
  readonly variable: string;

  constructor(variable: string) {
    this.variable = variable;
  }
}

/** A value of a line, in which secrets are placeholders. */
export type LineValue =
  | null
  | boolean
  | number
  | string
  | Placeholder
  | readonly LineValue[]
  | { readonly [member: string]: LineValue };

/** Where the token of the lines comes from. */
export const tokenVariable = 'CALLBUS_TOKEN';

/** The same names as the server hides where no schema tells (core/di/mask.ts). */
const secretNames = /pass(wd|word|phrase)?$|^pwd$|secret|token|credential|authorization|^(admin_?|new_?admin_?)?pin$/i;

export const isSecretName = (name: string): boolean => secretNames.test(name);

/** The arguments, without what nobody may read over a shoulder or in a shell's history. */
export function hiddenParams({ params, secrets = [], order = [] }: LineRequest): LineValue {
  const isSecret = (name: string): boolean => secrets.includes(name) || isSecretName(name);
  if (!isList(params)) return hiddenMembers(params, isSecret);
  return params.map((value, i) => {
    const name = order[i];
    return name !== undefined && isSecret(name) ? new Placeholder(variableOf(name)) : hidden(value, isSecret);
  });
}

function hiddenMembers(params: JsonObject, isSecret: (name: string) => boolean): LineValue {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      isSecret(name) && value !== null && value !== '' ? new Placeholder(variableOf(name)) : hidden(value, isSecret),
    ]),
  );
}

function hidden(value: JsonValue, isSecret: (name: string) => boolean): LineValue {
  if (isList(value)) return value.map((item) => hidden(item, isSecret));
  return typeof value === 'object' && value !== null ? hiddenMembers(value, isSecret) : value;
}

/** `adminPin` → `ADMIN_PIN` */
export function variableOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_');
  return /^[A-Za-z_]/.test(words) ? words.toUpperCase() : `SECRET_${words.toUpperCase()}`;
}

/** The environment variables of the placeholders in a value, each once. */
export function variablesIn(value: LineValue): readonly string[] {
  if (value instanceof Placeholder) return [value.variable];
  if (isLineList(value)) return [...new Set(value.flatMap(variablesIn))];
  if (typeof value === 'object' && value !== null) return [...new Set(Object.values(value).flatMap(variablesIn))];
  return [];
}

const isList = (value: unknown): value is readonly JsonValue[] => Array.isArray(value);
export const isLineList = (value: LineValue): value is readonly LineValue[] => Array.isArray(value);
