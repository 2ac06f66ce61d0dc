/** Looks whether a value fits a schema, without compiling it: what a good configuration needs. */
import { isRecord } from '../runtime/index.ts';

type Formats = { readonly [name: string]: (text: string) => boolean };
type Rule = (operand: unknown, value: unknown, schema: { readonly [keyword: string]: unknown }) => boolean;

/** What says nothing of the value. Keywords `x-…` do not, either. */
const annotations = new Set(['default', 'description', 'title']);

/**
 * Does the value fit? True is certain. False may also mean that the schema says what is not known here (a keyword, a
 * format): ask the compiled schema then, which also tells the faults, but takes some hundred times as long for a value
 * that is looked at once.
 */
export function surelyFits(schema: unknown, value: unknown, formats: Formats): boolean {
  const fits = (part: unknown, member: unknown): boolean => {
    if (part === true) return true;
    if (!isRecord(part)) return false;
    for (const [keyword, operand] of Object.entries(part)) {
      if (annotations.has(keyword) || keyword.startsWith('x-')) continue;
      if (rules.get(keyword)?.(operand, member, part) !== true) return false;
    }
    return true;
  };
  const rules = new Map([...leafRules, ...treeRules(fits), ['format', formatRule(formats)] as const]);
  return fits(schema, value);
}

const types: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map([
  ['object', isRecord],
  ['array', Array.isArray],
  ['string', (value: unknown) => typeof value === 'string'],
  ['integer', Number.isInteger],
  ['number', Number.isFinite],
  ['boolean', (value: unknown) => typeof value === 'boolean'],
  ['null', (value: unknown) => value === null],
]);

/** A keyword that is about numbers lets other values pass, as the standard says; likewise with texts and lists. */
const ofNumber =
  (passes: (value: number, bound: number) => boolean): Rule =>
  (bound, value) =>
    typeof value !== 'number' || (typeof bound === 'number' && passes(value, bound));
const ofLength =
  (lengthOf: (value: unknown) => number | null, passes: (length: number, bound: number) => boolean): Rule =>
  (bound, value) => {
    const length = lengthOf(value);
    return length === null || (typeof bound === 'number' && passes(length, bound));
  };
/** In characters: two halves of a surrogate pair are one. */
const textLength = (value: unknown): number | null => (typeof value === 'string' ? [...value].length : null);
const listLength = (value: unknown): number | null => (Array.isArray(value) ? value.length : null);
const atLeast = (value: number, bound: number): boolean => value >= bound;
const atMost = (value: number, bound: number): boolean => value <= bound;

const leafRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['type', (type, value) => (Array.isArray(type) ? type : [type]).some((one) => types.get(one)?.(value) === true)],
  ['const', (constant, value) => constant === value],
  ['enum', (members, value) => Array.isArray(members) && members.includes(value)],
  ['minimum', ofNumber(atLeast)],
  ['maximum', ofNumber(atMost)],
  ['exclusiveMinimum', ofNumber((value, bound) => value > bound)],
  ['exclusiveMaximum', ofNumber((value, bound) => value < bound)],
  ['minLength', ofLength(textLength, atLeast)],
  ['maxLength', ofLength(textLength, atMost)],
  ['minItems', ofLength(listLength, atLeast)],
  ['maxItems', ofLength(listLength, atMost)],
  ['pattern', (pattern, value) => typeof value !== 'string' || matches(pattern, value)],
  [
    'required',
    (names, value) => !isRecord(value) || (Array.isArray(names) && names.every((name) => value[name] !== undefined)),
  ],
]);

const matches = (pattern: unknown, text: string): boolean =>
  typeof pattern === 'string' && new RegExp(pattern, 'u').test(text);

function formatRule(formats: Formats): Rule {
  return (name, value) =>
    typeof value !== 'string' ||
    (typeof name === 'string' && Object.hasOwn(formats, name) && formats[name]?.(value) === true);
}

/** Rules that look at parts of the value. */
function treeRules(fits: (schema: unknown, value: unknown) => boolean): ReadonlyMap<string, Rule> {
  const members = (value: unknown): [string, unknown][] =>
    isRecord(value) ? Object.entries(value).filter(([, member]) => member !== undefined) : [];
  return new Map<string, Rule>([
    ['anyOf', (branches, value) => Array.isArray(branches) && branches.some((branch) => fits(branch, value))],
    [
      'properties',
      (named, value) =>
        isRecord(named) &&
        members(value).every(([key, member]) => !Object.hasOwn(named, key) || fits(named[key], member)),
    ],
    [
      'patternProperties',
      (patterns, value) =>
        isRecord(patterns) &&
        members(value).every(([key, member]) =>
          Object.entries(patterns).every(([pattern, schema]) => !matches(pattern, key) || fits(schema, member)),
        ),
    ],
    [
      'additionalProperties',
      (rest, value, { properties, patternProperties }) => {
        const isNamed = (key: string): boolean =>
          (isRecord(properties) && Object.hasOwn(properties, key)) ||
          (isRecord(patternProperties) && Object.keys(patternProperties).some((pattern) => matches(pattern, key)));
        return Object.entries(isRecord(value) ? value : {}).every(
          ([key, member]) => isNamed(key) || fits(rest, member),
        );
      },
    ],
    [
      'items',
      (items, value) =>
        !Array.isArray(value) ||
        (Array.isArray(items)
          ? items.every((item, index) => index >= value.length || fits(item, value[index]))
          : value.every((element) => fits(items, element))),
    ],
    [
      'additionalItems',
      (rest, value, { items }) =>
        !Array.isArray(value) ||
        !Array.isArray(items) ||
        value.slice(items.length).every((element) => fits(rest, element)),
    ],
  ]);
}
