/** Where the first variables of a call come from (reference/dsm 6.3). */
import type { DiValue } from '../../../core/index.ts';
import { isStruct, printValue } from '../../../core/index.ts';

/**
 * "P-App-Param: first such header, split at `;`, each at `=`; only exactly `k=v` is used; first duplicate wins; no
 * trimming, quotes stay in the value".
 */
export function paramVariables(header: string | null): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const entry of (header ?? '').split(';')) {
    const [key, value, more] = entry.split('=');
    if (key === undefined || value === undefined || more !== undefined || key === '') continue;
    if (!variables.has(key)) variables.set(key, value);
  }
  return variables;
}

/**
 * Dial parameters: "struct → variables (strings as is; arrays `k_size`,`k_0`,…; others printed), or array
 * [credentials, struct]".
 */
export function dialVariables(parameters: DiValue): ReadonlyMap<string, string> {
  const struct = Array.isArray(parameters) ? (parameters as readonly DiValue[])[1] : parameters;
  const variables = new Map<string, string>();
  if (!isStruct(struct)) return variables;
  for (const [key, value] of Object.entries(struct)) {
    if (!Array.isArray(value)) {
      variables.set(key, textOf(value));
      continue;
    }
    const list = value as readonly DiValue[];
    variables.set(`${key}_size`, String(list.length));
    for (const [index, each] of list.entries()) variables.set(`${key}_${index}`, textOf(each));
  }
  return variables;
}

function textOf(value: DiValue): string {
  return typeof value === 'string' ? value : printValue(value);
}
