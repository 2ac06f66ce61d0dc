import { type DsmAction, DsmException, type DsmParameter, type DsmScript } from '../../../../core/index.ts';
import { evaluate } from '../evaluate.ts';
import { parseUnsigned } from '../numbers.ts';
import { bareName } from '../operand.ts';
import { ownScript } from '../script-base.ts';

/** An event's parameters are a plain map: what scripts put in it is bounded here. */
const maxParameters = 1000;
const maxParameterLength = 1 << 20;

/** Actions on variables (reference/dsm 4.2). */
export const variableActions: readonly DsmAction[] = [
  {
    name: 'set',
    summary: 'Sets a variable, or with #name a parameter of the event.',
    form: '2P=',
    parameters: [
      { name: 'destination', kind: 'L', summary: '$variable or #parameter.' },
      { name: 'value', kind: 'R' },
    ],
    throws: ['limit'],
    run: assign,
  },
  {
    name: 'sets',
    summary: 'Sets a variable or a parameter to a text in which $name, #name and @name are replaced.',
    form: '2P=',
    parameters: [
      { name: 'destination', kind: 'L', summary: '$variable or #parameter.' },
      { name: 'text', kind: 'T' },
    ],
    throws: ['limit'],
    run: assign,
  },
  computed('eval', 'Sets a variable to a sum or a difference.', {
    second: { name: 'expression', kind: 'L', summary: 'a+b or a-b; grouped from the right: 10-3-2 is 9.' },
    value: (script, expression) => evaluate(expression, script),
  }),
  computed('setVar', 'Sets the variable whose name is computed.', {
    first: { name: 'name', kind: 'RN' },
    second: { name: 'value', kind: 'R' },
    value: (_script, value) => value,
  }),
  computed('var', 'Sets a variable to the one whose name is computed.', {
    second: { name: 'name', kind: 'RN' },
    value: ({ variables }, name) => variables.get(name),
  }),
  computed('param', 'Sets a variable to the event parameter whose name is computed.', {
    second: { name: 'parameter', kind: 'R' },
    value: ({ parameters }, name) => parameters?.get(name) ?? '',
  }),
  computed('append', 'Appends to a variable.', {
    form: '2P,',
    second: { name: 'value', kind: 'R' },
    value: ({ variables }, value, variable) => variables.get(variable) + value,
  }),
  {
    name: 'substr',
    summary: 'Cuts a variable to a part of itself. Positions count bytes.',
    form: '2P,',
    parameters: [
      { name: 'variable', kind: 'N' },
      { name: 'position[, length]', kind: 'L', summary: 'Length 0 or none: to the end.' },
    ],
    run: cut,
  },
  {
    name: 'inc',
    summary: 'Adds 1 to a variable; what is no number becomes 1.',
    form: '1P',
    parameters: [{ name: 'variable', kind: 'N' }],
    throws: ['limit'],
    run({ variables }, variable) {
      variables.set(variable, String((parseUnsigned(variables.get(variable)) ?? 0) + 1));
      return undefined;
    },
  },
  deleting('clear', 'Deletes a variable.', 'variable', ({ variables }, name) => variables.delete(name)),
  deleting('clearStruct', 'Deletes all members of a struct: name.*', 'struct', (script, name) =>
    ownScript(script).variables.deletePrefix(`${name}.`),
  ),
  deleting('clearArray', 'Deletes all elements of an array: name[*', 'array', (script, name) =>
    ownScript(script).variables.deletePrefix(`${name}[`),
  ),
  {
    name: 'size',
    summary: 'Sets a variable to the number of elements of an array, counted up to the first gap.',
    form: '2P,',
    parameters: [
      { name: 'array', kind: 'N' },
      { name: 'variable', kind: 'N' },
    ],
    throws: ['limit'],
    run(script, array, variable) {
      const { variables } = ownScript(script);
      let size = 0;
      while (variables.hasPrefix(`${array}[${size}]`)) size++;
      variables.set(variable, String(size));
      return undefined;
    },
  },
  {
    name: 'arrayIndex',
    summary:
      'Searches a value in an array: its index, or nil, goes to $key.index for a key written $key, else to $index.',
    form: '2P,',
    parameters: [
      { name: 'array', kind: 'N' },
      { name: 'key', kind: 'L' },
    ],
    throws: ['limit'],
    run(script, array, key) {
      const wanted = script.resolve(key);
      const index = indexOf(script, array, wanted);
      script.variables.set(key.startsWith('$') ? `${bareName(key)}.index` : 'index', index < 0 ? 'nil' : String(index));
      return undefined;
    },
  },
];

/** "dst `#p`: set event parameter (ignored if event has none); else N variable" (reference/dsm 4.2). */
function assign({ variables, parameters }: DsmScript, destination: string, value: string): undefined {
  if (!destination.startsWith('#')) variables.set(bareName(destination), value);
  else if (parameters !== null) setParameter(parameters, destination.slice(1), value);
}

function setParameter(parameters: Map<string, string>, name: string, value: string): void {
  const isFull = !parameters.has(name) && parameters.size >= maxParameters;
  if (isFull || value.length > maxParameterLength) {
    throw new DsmException('limit', { name: name.slice(0, 80), cause: 'too many or too long parameters' });
  }
  parameters.set(name, value);
}

/** Sets a variable to what becomes of the second parameter. */
function computed(
  name: string,
  summary: string,
  how: {
    readonly form?: '2P,';
    readonly first?: DsmParameter;
    readonly second: DsmParameter;
    value(script: DsmScript, second: string, variable: string): string;
  },
): DsmAction {
  return {
    name,
    summary,
    form: how.form ?? '2P=',
    parameters: [how.first ?? { name: 'variable', kind: 'N' }, how.second],
    throws: ['limit'],
    run(script, variable, second) {
      script.variables.set(variable, how.value(script, second, variable));
      return undefined;
    },
  };
}

function deleting(
  name: string,
  summary: string,
  what: string,
  run: (script: DsmScript, name: string) => void,
): DsmAction {
  const parameters = [{ name: what, kind: 'N' }] as const;
  return { name, summary, form: '1P', parameters, run: (script, first) => void run(script, first) };
}

function cut(script: DsmScript, variable: string, range: string): undefined {
  const comma = range.indexOf(',');
  const resolved = (text: string): number | null => parseUnsigned(script.resolve(text.trim()));
  const from = resolved(comma < 0 ? range : range.slice(0, comma));
  const length = comma < 0 ? 0 : resolved(range.slice(comma + 1));
  const former = script.variables.get(variable);
  const part = from === null || length === null ? null : sliceBytes(former, from, length);
  if (part === null) script.log.warn(`DSM: substr(${variable}, ${range.slice(0, 80)}): no such part`);
  else script.variables.set(variable, part);
}

/** Null: it begins beyond the end. A character that is cut is left out. */
function sliceBytes(text: string, from: number, length: number): string | null {
  const bytes = Buffer.from(text);
  if (from > bytes.length) return null;
  const part = bytes.subarray(from, length === 0 ? undefined : from + length);
  return part.length === bytes.length ? text : new TextDecoder().decode(part).replace(/^\ufffd+|\ufffd+$/g, '');
}

function indexOf({ variables }: DsmScript, array: string, wanted: string): number {
  for (let i = 0; variables.has(`${array}[${i}]`); i++) {
    if (variables.get(`${array}[${i}]`) === wanted) return i;
  }
  return -1;
}
