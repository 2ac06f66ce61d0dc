/** Words of a command line become the arguments of one function: by position, by name, or both. */
import type { DocumentedFunction, DocumentedParameter } from './document.ts';
import { shapeWord } from './shape.ts';
import { didYouMean, suggestions } from './suggest.ts';

export type ShapedArguments =
  | { readonly params: readonly unknown[] | { readonly [name: string]: unknown } }
  | { readonly fault: string };

/** The first parameter list that the words fit; the fault is that of the first list. */
export function shapeArguments(fn: DocumentedFunction, words: readonly string[]): ShapedArguments {
  let first: ShapedArguments | null = null;
  for (const list of fn.lists) {
    const shaped = shapeList(list, words);
    if (!('fault' in shaped)) return shaped;
    first ??= shaped;
  }
  return first ?? { params: [] };
}

/** A word that names one of the parameters: `room=4711`. */
export function namedWord(
  parameters: readonly DocumentedParameter[],
  word: string,
): { readonly parameter: DocumentedParameter; readonly text: string } | null {
  const [, name, text = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
  const parameter = parameters.find((each) => each.name === name);
  return parameter === undefined ? null : { parameter, text };
}

function shapeList(parameters: readonly DocumentedParameter[], words: readonly string[]): ShapedArguments {
  const values = new Map<string, unknown>();
  const positional: unknown[] = [];
  const mixed = words.some((word) => namedWord(parameters, word) !== null);
  for (const word of words) {
    const byName = namedWord(parameters, word);
    const parameter = byName?.parameter ?? parameterAt(parameters, positional.length);
    if (byName === null) {
      const misnamed = misnamedFault(parameters, word, mixed);
      if (misnamed !== null) return { fault: misnamed };
    }
    if (parameter === undefined) return { fault: tooMany(parameters, word) };
    if (values.has(parameter.name) && !parameter.rest) return { fault: `${parameter.name} is given twice` };
    const shaped = shapeWord(byName?.text ?? word, parameter.schema);
    if ('fault' in shaped) return { fault: `${parameter.name}: ${shaped.fault}` };
    if (byName === null) positional.push(shaped.value);
    values.set(parameter.name, parameter.rest ? [...listOf(values.get(parameter.name)), shaped.value] : shaped.value);
  }
  const missing = parameters.find(({ name, required }) => required && !values.has(name));
  if (missing !== undefined)
    return { fault: `${missing.name} is missing${missing.summary === '' ? '' : `: ${missing.summary}`}` };
  return { params: mixed ? Object.fromEntries(values) : positional };
}

/** A last parameter that takes all further values stands at every further place. */
function parameterAt(parameters: readonly DocumentedParameter[], place: number): DocumentedParameter | undefined {
  const last = parameters.at(-1);
  return parameters[place] ?? (last?.rest === true ? last : undefined);
}

/** `rom=4711` where there is a `room`; or any other name beside words that have one of the parameters. */
function misnamedFault(parameters: readonly DocumentedParameter[], word: string, mixed: boolean): string | null {
  const [, name] = /^([A-Za-z_]\w*)=/.exec(word) ?? [];
  if (name === undefined) return null;
  const names = parameters.map((parameter) => parameter.name);
  if (suggestions(name, names).length > 0) return `there is no parameter ${name}${didYouMean(name, names)}`;
  if (!mixed || parameters.at(-1)?.rest === true) return null;
  return `there is no parameter ${name} (known: ${names.join(', ')})`;
}

function tooMany(parameters: readonly DocumentedParameter[], word: string): string {
  const names = parameters.map(({ name }) => name).join(', ');
  return `${JSON.stringify(word)} is one too many: it takes ${parameters.length === 0 ? 'no arguments' : names}`;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
