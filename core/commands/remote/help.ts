/** What the bus says of a function, for a person at a terminal. */
import { expectedText, isRecord } from '../../runtime/index.ts';
import type { DocumentedEvent, DocumentedFunction, DocumentedParameter, Schema } from './document.ts';

/** `mute(room, participant, [pin])`. */
export function signature({ name, lists }: DocumentedFunction): string {
  return `${name}(${(lists[0] ?? []).map(shortParameter).join(', ')})`;
}

export function functionHelp(fn: DocumentedFunction): string {
  const parameters = [...new Map(fn.lists.flat().map((each) => [each.name, each])).values()];
  const width = Math.max(0, ...parameters.map(({ name }) => name.length));
  const lines = [
    fn.summary,
    ...(fn.deprecated === '' ? [] : [`Deprecated: ${fn.deprecated}`]),
    ...(fn.description === '' ? [] : ['', fn.description]),
    '',
    ...fn.lists.map((list) => `  callbus call ${[fn.name, ...list.map(word)].join(' ')}`),
    ...(parameters.length === 0 ? [] : ['', 'Arguments, by position or as name=value:']),
    ...parameters.flatMap((each) => [
      `  ${each.name.padEnd(width)}  ${parameterText(each)}`,
      ...memberLines(each.schema, '      '),
    ]),
    '',
    `Gives ${expectedText(fn.result)}.`,
    `Needs the scope ${fn.scope}.`,
    ...(fn.aliases.length === 0 ? [] : [`Also called ${fn.aliases.join(', ')}.`]),
    ...(fn.errors.length === 0 ? [] : [`Errors of its own: ${fn.errors.join(', ')}.`]),
    ...fn.examples.flatMap((example) => ['', exampleText(fn, example)]),
  ];
  return `${lines.join('\n')}\n`;
}

export function eventHelp({ name, summary, scope, payload }: DocumentedEvent): string {
  return `${[`${name}: ${summary}`, `Needs the scope ${scope}.`, ...memberLines(payload, '  ')].join('\n')}\n`;
}

/** A line for each member of an object, those of its objects below it; of alternatives that are objects, each. */
function memberLines(schema: Schema, indent: string): string[] {
  if (Array.isArray(schema['anyOf']))
    return schema['anyOf'].filter(isRecord).flatMap((each) => memberLines(each, indent));
  const { properties } = schema;
  if (!isRecord(properties)) return [];
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const members = Object.entries(properties);
  const width = Math.max(0, ...members.map(([member]) => member.length));
  return members.flatMap(([member, value]) => {
    if (!isRecord(value)) return [];
    const about = typeof value['description'] === 'string' ? `. ${value['description'].replace(/\.$/, '')}` : '';
    const optional = required.includes(member) ? '' : ' (optional)';
    const line = `${indent}${member.padEnd(width)}  ${expectedText(value)}${about}${optional}`;
    return [line, ...memberLines(value, `${indent}  `)];
  });
}

/** How an example is typed in a shell. */
export function exampleCommand(fn: DocumentedFunction, params: readonly unknown[]): string {
  return ['callbus call', fn.name, ...params.map(shellWord)].join(' ');
}

function exampleText(fn: DocumentedFunction, { params, result }: DocumentedFunction['examples'][number]): string {
  return `  ${exampleCommand(fn, params)}\n  → ${JSON.stringify(result) ?? ''}`;
}

function shellWord(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function parameterText({ required, rest, schema, summary }: DocumentedParameter): string {
  const often = rest ? 'any number of: ' : '';
  const about = summary === '' ? '' : `. ${summary.replace(/\.$/, '')}`;
  return `${often}${expectedText(schema)}${about}${required || rest ? '' : ' (optional)'}`;
}

function word({ name, required, rest }: DocumentedParameter): string {
  if (rest) return `[${name} …]`;
  return required ? `<${name}>` : `[${name}]`;
}

function shortParameter({ name, required, rest }: DocumentedParameter): string {
  if (rest) return `…${name}`;
  return required ? name : `[${name}]`;
}
