import { type DiValue, type DsmScript, setMember, toDi } from '../../../../core/index.ts';
import { isDigits, parseSafeInteger } from '../numbers.ts';
import { bareName } from '../operand.ts';
import { strip } from '../strip.ts';

/** What a `DI` action calls. */
export interface DiCall {
  readonly module: string;
  readonly name: string;
  readonly args: readonly DiValue[];
}

/** Structs in structs, members and elements: what a call carries. */
const maxDepth = 32;
const maxMembers = 1000;

/**
 * Reads `factory, function, args…` (reference/dsm 4.5): split at every comma, quotes do not protect, wholly empty
 * pieces vanish. A text: why it is none.
 */
export function readDiCall(text: string, script: DsmScript): DiCall | string {
  const [module, name, ...pieces] = text
    .split(',')
    .filter((piece) => piece !== '')
    .map((piece) => strip(piece, ' \t'));
  if (module === undefined || name === undefined) return 'a module and a function are needed';
  const args: DiValue[] = [];
  for (const piece of pieces) {
    const value = readArgument(piece, script);
    if (value === undefined) return `${piece.slice(0, 80)} is no integer`;
    args.push(value);
  }
  return { module: strip(module, '"'), name: strip(name, '"'), args };
}

/** Undefined: it says that it is an integer and is none. */
function readArgument(piece: string, script: DsmScript): DiValue | undefined {
  const [, type = '', rest = ''] = /^\((int|struct|array|json)\)([\s\S]*)$/.exec(piece) ?? [];
  const operand = strip(rest, ' \t');
  switch (type) {
    case 'int':
      return readInteger(script.resolve(operand));
    case 'struct':
      return structOf(script, bareName(operand));
    case 'array':
      return arrayOf(script, bareName(operand));
    case 'json':
      return readJson(operand.startsWith('"') ? strip(operand, '"') : script.resolve(operand), script);
    default:
      return piece.startsWith('"') ? strip(piece, '"') : script.resolve(piece);
  }
}

function readInteger(text: string): DiValue | undefined {
  const value = isDigits(strip(text, ' ').replace(/^[+-]/, '')) ? parseSafeInteger(strip(text, ' ')) : null;
  return value === null ? undefined : toDi(value);
}

/** `$name.a.b` → `{ a: { b } }`. */
function structOf({ variables }: DsmScript, name: string): DiValue {
  const root: Branch = {};
  for (const [each, value] of variables.withPrefix(`${name}.`).slice(0, maxMembers)) {
    const path = each.slice(name.length + 1).split('.');
    const last = path.slice(maxDepth - 1).join('.');
    const inner = path.length >= maxDepth ? [...path.slice(0, maxDepth - 1), last] : path;
    place(root, inner, value);
  }
  return root;
}

interface Branch {
  [member: string]: string | Branch;
}

function place(root: Branch, path: readonly string[], value: string): void {
  let branch = root;
  for (const key of path.slice(0, -1)) {
    const former = Object.hasOwn(branch, key) ? branch[key] : undefined;
    const next: Branch = typeof former === 'object' ? former : {};
    if (next !== former) setMember(branch, key, next);
    branch = next;
  }
  setMember(branch, path.at(-1) ?? '', value);
}

/** `$name[0]`, `$name[1]`, … until the first gap. */
function arrayOf({ variables }: DsmScript, name: string): DiValue {
  const values: string[] = [];
  while (values.length < maxMembers && variables.has(`${name}[${values.length}]`)) {
    values.push(variables.get(`${name}[${values.length}]`));
  }
  return values;
}

/** "failure: warning, undefined passed". */
function readJson(text: string, script: DsmScript): DiValue {
  try {
    return toDi(JSON.parse(text));
  } catch {
    script.log.warn('DSM: a (json) argument is no JSON', { text: text.slice(0, 80) });
    return null;
  }
}
