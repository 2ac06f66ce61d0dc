import type { Compatibility } from './compatibility.ts';
import { parseSafeInteger } from './numbers.ts';
import { plainValue } from './operand.ts';
import type { ForStep } from './program.ts';
import type { ScriptBase } from './script-base.ts';
import type { Variables } from './variables.ts';

/** Names that a loop sets before each round. */
export function loopNames({ head }: ForStep): readonly string[] {
  return head.kind === 'struct' ? [head.key, head.value] : [head.variable];
}

/**
 * What a loop's variables become, a round each (reference/dsm 3.5). Bounds and values are those of the loop's
 * begin. Null: a bound is no number.
 */
export function loopRounds(step: ForStep, script: ScriptBase): Iterable<readonly string[]> | null {
  const { head } = step;
  const { variables, compatibility } = script;
  switch (head.kind) {
    case 'range': {
      const low = parseSafeInteger(plainValue(step.low, script));
      const high = parseSafeInteger(plainValue(step.high, script));
      return low === null || high === null ? null : countRounds(low, high);
    }
    case 'array':
      return arrayValues(variables, head.array, compatibility).map((value) => [value]);
    case 'struct':
      return structMembers(variables, head.struct, compatibility);
  }
}

/** From `low` towards `high`, which is left out. */
function* countRounds(low: number, high: number): Iterable<readonly string[]> {
  const step = high < low ? -1 : 1;
  for (let i = low; i !== high; i += step) yield [String(i)];
}

/** Values of `name[0]`, `name[1]`, … up to the first gap; members of structs count as values. */
function arrayValues(variables: Variables, name: string, compatibility: Compatibility): readonly string[] {
  if (compatibility.lexicalArrays) return lexicalArrayValues(variables, name);
  const values: string[] = [];
  for (let i = 0; ; i++) {
    const found = variables.withPrefix(`${name}[${i}]`);
    if (found.length === 0) return values;
    for (const [, value] of found) values.push(value);
  }
}

/** As SEMS walks them: `a[10]` stands before `a[1]` and ends the walk. */
function lexicalArrayValues(variables: Variables, name: string): readonly string[] {
  const values: string[] = [];
  let i = 0;
  for (const [each, value] of variables.withPrefix(`${name}[`)) {
    if (values.length > 0 && each.startsWith(`${name}[${i + 1}]`)) i++;
    if (!each.startsWith(`${name}[${i}]`)) break;
    values.push(value);
  }
  return values;
}

/** Keys and values of `name.key`. */
function structMembers(variables: Variables, name: string, compatibility: Compatibility): (readonly string[])[] {
  const prefix = compatibility.structPrefixes ? name : `${name}.`;
  return variables
    .withPrefix(prefix)
    .filter(([each]) => each !== name)
    .map(([each, value]) => [each.slice(name.length + 1), value]);
}
