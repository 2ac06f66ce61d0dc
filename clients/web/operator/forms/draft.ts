/** What somebody has typed into a form so far, and the value that it makes. */
import type { JsonValue } from '../../../typescript/index.ts';
import { isList, isObject } from '../members.ts';
import type { Field, Member, NumberField, TextField } from './field.ts';

export type Draft =
  /** Texts, numbers, JSON: as they were typed. */
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'boolean'; readonly on: boolean }
  | { readonly kind: 'choice'; readonly index: number }
  | { readonly kind: 'null' }
  /** Members that are not there are not given. */
  | { readonly kind: 'struct'; readonly members: { readonly [name: string]: Draft } }
  | { readonly kind: 'list'; readonly items: readonly Draft[] }
  | { readonly kind: 'map'; readonly entries: readonly { readonly name: string; readonly value: Draft }[] }
  | { readonly kind: 'union'; readonly branch: number; readonly draft: Draft };

/** A value, or why there is none: `where` is empty for the field itself. */
export type Outcome =
  | { readonly value: JsonValue; readonly fault: null }
  | { readonly value: null; readonly fault: Fault };

export interface Fault {
  /** Names and places from the field to the part at fault. */
  readonly where: readonly string[];
  readonly sentence: string;
}

/** What an untouched form has for a field: required members only. */
export function emptyDraft(field: Field): Draft {
  switch (field.kind) {
    case 'text':
    case 'number':
      return { kind: 'typed', text: '' };
    case 'json':
      return { kind: 'typed', text: { any: '', object: '{}', list: '[]' }[field.expected] };
    case 'boolean':
      return { kind: 'boolean', on: false };
    case 'choice':
      return { kind: 'choice', index: 0 };
    case 'null':
      return { kind: 'null' };
    case 'struct':
      return { kind: 'struct', members: requiredMembers(field.members) };
    case 'list':
      return { kind: 'list', items: Array.from({ length: Math.min(field.least, 20) }, () => emptyDraft(field.item)) };
    case 'tuple':
      return { kind: 'list', items: field.items.map(emptyDraft) };
    case 'map':
      return { kind: 'map', entries: [] };
    case 'union':
      return branchDraft(field.branches, 0);
  }
}

export function branchDraft(branches: readonly Field[], branch: number): Draft {
  const field = branches[branch];
  return { kind: 'union', branch, draft: field === undefined ? { kind: 'null' } : emptyDraft(field) };
}

const requiredMembers = (members: readonly Member[]): { [name: string]: Draft } =>
  Object.fromEntries(members.flatMap(({ name, required, field }) => (required ? [[name, emptyDraft(field)]] : [])));

/** The form that makes that value; where it does not fit the field, an untouched one. */
export function draftOf(field: Field, value: JsonValue): Draft {
  switch (field.kind) {
    case 'text':
      return typeof value === 'string' ? { kind: 'typed', text: value } : emptyDraft(field);
    case 'number':
      return typeof value === 'number' ? { kind: 'typed', text: String(value) } : emptyDraft(field);
    case 'json':
      return { kind: 'typed', text: JSON.stringify(value, null, 2) };
    case 'boolean':
      return { kind: 'boolean', on: value === true };
    case 'choice':
      return { kind: 'choice', index: Math.max(0, field.options.indexOf(value)) };
    case 'null':
      return { kind: 'null' };
    case 'struct':
      return isObject(value) ? structDraft(field.members, value) : emptyDraft(field);
    case 'list':
      return isList(value)
        ? { kind: 'list', items: value.map((item) => draftOf(field.item, item)) }
        : emptyDraft(field);
    case 'tuple':
      return isList(value)
        ? { kind: 'list', items: field.items.map((item, i) => draftOf(item, value[i] ?? null)) }
        : emptyDraft(field);
    case 'map':
      return {
        kind: 'map',
        entries: Object.entries(isObject(value) ? value : {}).map(([name, inner]) => ({
          name,
          value: draftOf(field.value, inner),
        })),
      };
    case 'union': {
      const branch = Math.max(
        0,
        field.branches.findIndex((each) => fits(each, value)),
      );
      const chosen = field.branches[branch];
      return { kind: 'union', branch, draft: chosen === undefined ? { kind: 'null' } : draftOf(chosen, value) };
    }
  }
}

function structDraft(members: readonly Member[], value: { readonly [name: string]: JsonValue }): Draft {
  const given = members.flatMap(({ name, required, field }): [string, Draft][] => {
    const member = value[name];
    if (member !== undefined) return [[name, draftOf(field, member)]];
    return required ? [[name, emptyDraft(field)]] : [];
  });
  return { kind: 'struct', members: Object.fromEntries(given) };
}

const fits = (field: Field, value: JsonValue): boolean => {
  const outcome = outcomeOf(field, draftOf(field, value));
  return outcome.fault === null && JSON.stringify(outcome.value) === JSON.stringify(value);
};

/** The value of a form, or the first part of it that is at fault. */
export function outcomeOf(field: Field, draft: Draft): Outcome {
  switch (field.kind) {
    case 'text':
      return draft.kind === 'typed' ? textOutcome(field, draft.text) : misfit;
    case 'number':
      return draft.kind === 'typed' ? numberOutcome(field, draft.text) : misfit;
    case 'json':
      return draft.kind === 'typed' ? jsonOutcome(field.expected, draft.text) : misfit;
    case 'boolean':
      return draft.kind === 'boolean' ? good(draft.on) : misfit;
    case 'null':
      return good(null);
    case 'choice':
      return draft.kind === 'choice' ? good(field.options[draft.index] ?? null) : misfit;
    case 'struct':
      return draft.kind === 'struct' ? structOutcome(field.members, draft.members) : misfit;
    case 'list':
      if (draft.kind !== 'list') return misfit;
      if (draft.items.length < field.least) return bad(`Give at least ${field.least}.`);
      if (draft.items.length > field.most) return bad(`Give at most ${field.most}.`);
      return listOutcome(draft.items.map((item, i) => [String(i + 1), outcomeOf(field.item, item)]));
    case 'tuple':
      if (draft.kind !== 'list') return misfit;
      return listOutcome(
        field.items.map((item, i) => [String(i + 1), outcomeOf(item, draft.items[i] ?? emptyDraft(item))]),
      );
    case 'map':
      return draft.kind === 'map' ? mapOutcome(field.value, draft.entries) : misfit;
    case 'union': {
      const branch = draft.kind === 'union' ? field.branches[draft.branch] : undefined;
      return draft.kind === 'union' && branch !== undefined ? outcomeOf(branch, draft.draft) : misfit;
    }
  }
}

function textOutcome({ pattern, least, most, base64 }: TextField, text: string): Outcome {
  if (text.length < least) return bad(least === 1 || text === '' ? 'This is needed.' : `At least ${least} characters.`);
  if (text.length > most) return bad(`At most ${most} characters.`);
  if (base64 && !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return bad('Bytes are given in Base64.');
  if (pattern !== '' && !matches(pattern, text)) return bad(`This must match ${pattern}.`);
  return good(text);
}

/** A pattern that this browser does not know is left to the server. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return true;
  }
}

function numberOutcome({ whole, least, most }: NumberField, text: string): Outcome {
  const trimmed = text.trim();
  if (trimmed === '') return bad('This is needed.');
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return bad('This must be a number.');
  const value = Number(trimmed);
  if (whole && !Number.isInteger(value)) return bad('This must be a whole number.');
  if (whole && !Number.isSafeInteger(value)) return bad('This is more than a browser can count exactly.');
  if (value < least) return bad(`At least ${least}.`);
  return value > most ? bad(`At most ${most}.`) : good(value);
}

function jsonOutcome(expected: 'any' | 'object' | 'list', text: string): Outcome {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue; // whatever it is, it is JSON
  } catch {
    return bad(text.trim() === '' ? 'This is needed, as JSON.' : 'This is not JSON: texts stand in double quotes.');
  }
  if (expected === 'object' && !isObject(value)) return bad('This must be an object: {"name": value}.');
  if (expected === 'list' && !isList(value)) return bad('This must be a list: [value, value].');
  return good(value);
}

/** Only what is given; a required member is always there. */
export function structOutcome(members: readonly Member[], drafts: { readonly [name: string]: Draft }): Outcome {
  const value: { [name: string]: JsonValue } = {};
  for (const { name, field } of members) {
    const draft = drafts[name];
    if (draft === undefined) continue;
    const outcome = outcomeOf(field, draft);
    if (outcome.fault !== null) return under(name, outcome.fault);
    value[name] = outcome.value;
  }
  return good(value);
}

function listOutcome(outcomes: readonly (readonly [string, Outcome])[]): Outcome {
  const values: JsonValue[] = [];
  for (const [place, outcome] of outcomes) {
    if (outcome.fault !== null) return under(place, outcome.fault);
    values.push(outcome.value);
  }
  return good(values);
}

function mapOutcome(field: Field, entries: readonly { readonly name: string; readonly value: Draft }[]): Outcome {
  const value: { [name: string]: JsonValue } = {};
  for (const { name, value: draft } of entries) {
    if (name === '') return bad('Each entry needs a name.');
    if (Object.hasOwn(value, name)) return bad(`${name} is there twice.`);
    const outcome = outcomeOf(field, draft);
    if (outcome.fault !== null) return under(name, outcome.fault);
    value[name] = outcome.value;
  }
  return good(value);
}

const good = (value: JsonValue): Outcome => ({ value, fault: null });
const bad = (sentence: string): Outcome => ({ value: null, fault: { where: [], sentence } });
const under = (name: string, { where, sentence }: Fault): Outcome => ({
  value: null,
  fault: { where: [name, ...where], sentence },
});
/** A draft of another kind of field: the form was made for another function. */
const misfit: Outcome = bad('This does not fit.');
