/**
 * Arguments against parameter lists, by position and by name. Positional schemas are built here,
 * one check per parameter: a JSON schema of a tuple cannot say "optional" (design, section 9), and
 * a fault can name its argument. No value is coerced to another type.
 */
import { CodedError, type ErrorCode } from '../runtime/index.ts';
import type { DiArguments } from './bus.ts';
import type { Parameter } from './row.ts';
import type { DiValue } from './value.ts';
import { adapted, type ValueCheck, type ValueChecks } from './value-check.ts';

/** Arguments in the order of the handler's parameters; `undefined` for an optional one left out. */
export type BoundArguments = readonly (DiValue | undefined)[];

/** Arguments bound to the list that they fitted. */
export interface Binding {
  readonly values: BoundArguments;
  readonly list: ParameterList;
  /** Positional arguments past the list, which SEMS accepts and ignores (di-interfaces 1.3). */
  readonly extra: number;
}

/** One accepted parameter list, compiled. */
export interface ParameterList {
  readonly parameters: readonly Parameter[];
  readonly checks: readonly ValueCheck[];
  /** How many leading parameters are required. */
  readonly required: number;
  /** Check of the values of a `rest` parameter. */
  readonly rest: ValueCheck | null;
  /** No check adapts its value: arguments that fit are handed on as they came. */
  readonly plain: boolean;
}

/** Why arguments do not fit a list; `at` is the position reached, for choosing the best of several. */
interface Misfit {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly at: number;
}

/**
 * Compiles a parameter list.
 * @throws CodedError `module.failed`: an `opt` before an `arg`, `rest` not last, a repeated name, an
 * invalid schema.
 */
export function compileParameters(parameters: readonly Parameter[], checks: ValueChecks): ParameterList {
  let required = 0;
  parameters.forEach(({ kind, name }, i) => {
    if (parameters.findIndex((other) => other.name === name) !== i) throw badList(`two parameters are named ${name}`);
    if (kind === 'arg' && required !== i) throw badList(`the required parameter ${name} follows an optional one`);
    if (kind === 'rest' && i !== parameters.length - 1) throw badList(`the rest parameter ${name} is not the last`);
    if (kind === 'arg') required++;
  });
  const compiled = parameters.map(({ schema }) => checks.compile(schema));
  const last = parameters.at(-1);
  const rest = last?.kind === 'rest' ? (compiled.at(-1) ?? null) : null;
  return {
    parameters,
    required,
    rest,
    checks: rest === null ? compiled : compiled.slice(0, -1),
    plain: compiled.every(({ adapt }) => adapt === null),
  };
}

const badList = (reason: string): CodedError => new CodedError('module.failed', reason);

/**
 * Binds arguments to the first list that they fit.
 * @throws CodedError `rpc.tooFewArguments`, `rpc.tooManyArguments` (an unknown name), `rpc.wrongType`
 */
export function bindArguments(lists: readonly ParameterList[], args: DiArguments): Binding {
  if (!isPositional(args)) return firstFit(lists, (list) => bindByName(list, args));
  const [only] = lists;
  if (lists.length === 1 && only !== undefined) {
    const bound = bindByPosition(only, args);
    if ('values' in bound) return bound;
    throw new CodedError(bound.code, bound.detail);
  }
  // A short list would take any longer call with its extra arguments: lists that take all come first.
  const whole = lists.filter((list) => list.rest !== null || args.length <= list.checks.length);
  for (const list of whole) {
    const bound = bindByPosition(list, args);
    if ('values' in bound) return bound;
  }
  return firstFit(lists, (list) => bindByPosition(list, args));
}

/** `Array.isArray` does not narrow a readonly list. */
export function isPositional(args: DiArguments): args is readonly DiValue[] {
  return Array.isArray(args);
}

function firstFit(lists: readonly ParameterList[], bind: (list: ParameterList) => Binding | Misfit): Binding {
  let best: Misfit | null = null;
  for (const list of lists) {
    const bound = bind(list);
    if ('values' in bound) return bound;
    if (best === null || bound.at > best.at) best = bound;
  }
  throw new CodedError(best?.code ?? 'rpc.wrongType', best?.detail ?? 'no parameter list fits');
}

function bindByPosition(list: ParameterList, args: readonly DiValue[]): Binding | Misfit {
  const { checks, rest, required } = list;
  if (args.length < required) return tooFew(list, args.length);
  const count = Math.min(args.length, checks.length);
  for (let i = 0; i < count; i++) {
    const check = checks[i];
    const value = args[i];
    if (check === undefined) continue;
    if (value === undefined) {
      if (i < required) return tooFew(list, i);
      continue;
    }
    if (!fits(check, value) && !(value === null && i >= required)) return wrong(list, i, check, value);
  }
  if (rest !== null) {
    for (let i = count; i < args.length; i++) {
      const value = args[i] ?? null;
      if (!fits(rest, value)) return wrong(list, i, rest, value);
    }
  }
  const extra = rest === null ? args.length - count : 0;
  const asGiven = list.plain && extra === 0 && args.length <= required;
  return { values: asGiven ? args : handlerArguments(list, args, count), list, extra };
}

const fits = (check: ValueCheck, value: DiValue): boolean => check.fits(adapted(check, value));

function handlerArguments(list: ParameterList, args: readonly DiValue[], count: number): BoundArguments {
  const { checks, rest, required } = list;
  const values: (DiValue | undefined)[] = [];
  for (let i = 0; i < (rest === null ? count : args.length); i++) {
    const check = checks[i] ?? rest;
    const value = args[i];
    if (check === null || value === undefined) values.push(undefined);
    else if (value === null && i >= required && i < checks.length && !check.fits(null)) values.push(undefined);
    else values.push(adapted(check, value));
  }
  return values;
}

function bindByName(list: ParameterList, args: { readonly [name: string]: DiValue }): Binding | Misfit {
  const { parameters, rest } = list;
  const unknown = Object.keys(args).find((name) => !parameters.some((parameter) => parameter.name === name));
  if (unknown !== undefined) {
    const known = parameters.map(({ name }) => name).join(', ');
    const detail = `no argument is named ${JSON.stringify(unknown.slice(0, 60))}; ${known === '' ? 'the function takes none' : `known: ${known}`}`;
    return { code: 'rpc.tooManyArguments', detail, at: 0 };
  }
  const named = rest === null ? parameters : parameters.slice(0, -1);
  const values: (DiValue | undefined)[] = [];
  for (const [i, { kind, name }] of named.entries()) {
    const check = list.checks[i];
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (value === undefined && kind === 'arg') return tooFew(list, i);
    const isLeftOut = value === undefined || (value === null && kind === 'opt' && check?.fits(null) === false);
    if (isLeftOut || check === undefined) values.push(undefined);
    else if (fits(check, value)) values.push(adapted(check, value));
    else return wrong(list, i, check, value);
  }
  if (rest !== null) {
    const name = parameters.at(-1)?.name ?? '';
    const further = Object.hasOwn(args, name) ? args[name] : [];
    if (!Array.isArray(further)) {
      const detail = `argument ${parameters.length} (${name}): by name it is a list of its values`;
      return { code: 'rpc.wrongType', detail, at: named.length };
    }
    for (const value of further as readonly DiValue[]) {
      if (!fits(rest, value)) return wrong(list, named.length, rest, value);
      values.push(adapted(rest, value));
    }
  }
  return { values, list, extra: 0 };
}

function tooFew({ parameters, required }: ParameterList, given: number): Misfit {
  const missing = parameters.slice(given, required).map(({ name }) => name);
  const detail = `missing ${missing.join(', ')}; ${required} needed, ${given} given`;
  return { code: 'rpc.tooFewArguments', detail, at: given };
}

function wrong({ parameters }: ParameterList, index: number, check: ValueCheck, value: DiValue): Misfit {
  const parameter = parameters[Math.min(index, parameters.length - 1)];
  const fault = check.faults(adapted(check, value))[0];
  const place = [`argument ${index + 1} (${parameter?.name ?? ''})`, ...(fault?.path ?? [])].join('.');
  return { code: 'rpc.wrongType', detail: `${place}: ${faultText(fault)}`, at: index };
}

function faultText(fault: ReturnType<ValueCheck['faults']>[number] | undefined): string {
  switch (fault?.kind) {
    case undefined:
      return 'does not fit';
    case 'unknown':
      return `unknown member; known: ${fault.expected}`;
    case 'missing':
      return `missing; expected ${fault.expected}`;
    case 'wrong':
      return `expected ${fault.expected}, got ${fault.given}`;
  }
}
