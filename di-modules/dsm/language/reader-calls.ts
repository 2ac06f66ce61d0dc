/** What actions and conditions have in common. */
import type { DsmAction, DsmCondition } from '../../../core/index.ts';
import { splitCall, splitParameters } from './parameters.ts';
import type { Reader } from './reader.ts';
import { suggest } from './suggest.ts';
import { endOfParentheses, type Token } from './token.ts';

const commentMarks = /^(--|\/\/|#)/;

/** A note at the end of a line, which the language has no form for. */
export function isNote(token: Token): boolean {
  return !token.isQuoted && commentMarks.test(token.text);
}
export const noteHint = 'a comment stands on a line of its own, which begins with --';

/** Splits the parameters by the row's form, and tells what SEMS would only log. */
export function checkCall(
  reader: Reader,
  row: DsmAction | DsmCondition,
  token: Token,
  name: string,
  text: string,
): { readonly first: string; readonly second: string } {
  const { first, second, problem } = splitParameters(row.form, text);
  checkEnd(reader, token);
  const [one, two] = row.parameters;
  const signature = `${row.name}(${[one?.name ?? 'first', two?.name ?? 'second'].join(row.form === '2P=' ? '=' : ', ')})`;
  if (problem === 'separator')
    reader.fault(
      'missingParameter',
      token,
      `${name} needs two parameters`,
      `write ${signature}; as it stands both are empty`,
    );
  else if (problem === 'empty')
    reader.fault(
      'emptyParameter',
      token,
      `a parameter of ${name} is empty`,
      'SEMS logs an error, and takes it as empty',
    );
  else if (row.form === 'none' && text.trim() !== '')
    reader.fault('uselessParameter', token, `the parameter of ${name} is ignored`);
  else if (row.form === '1P' && one?.kind === 'N' && first === '')
    reader.fault('missingParameter', token, `${name} needs the name of a variable`, `write ${row.name}($${one.name})`);
  return { first, second };
}

/** Everything up to the last `)` of a word is its parameter: two calls without a blank become one. */
function checkEnd(reader: Reader, token: Token): void {
  const { text } = token;
  const start = text.indexOf('(');
  if (start === -1) return;
  const end = endOfParentheses(text, start);
  if (end === -1 || end === text.length - 1) return;
  const rest = text.slice(end + 1);
  if (text.endsWith(')'))
    reader.fault(
      'joinedCalls',
      token,
      `${rest.slice(0, 40)} is read as part of the parameter of ${splitCall(text).name}`,
    );
  else reader.fault('textAfterCall', token, `${JSON.stringify(rest.slice(0, 40))} behind the ) is dropped`);
}

/** "Did you mean", or the import that is missing. */
export function unknownHint(reader: Reader, name: string, kind: 'action' | 'condition'): string | undefined {
  const module = reader.names.moduleOf(name);
  if (module !== null) return `it is of ${module}: write import(${module}); in this file`;
  const known = kind === 'action' ? reader.names.actionNames() : reader.names.conditionNames();
  const near = suggest(name, known);
  if (near !== null) return `did you mean ${near}?`;
  const { unknownModule } = reader.names;
  if (unknownModule !== null) return `is it of ${unknownModule}, which is not there?`;
  const prefix = /^([a-z]\w*)\./.exec(name)?.[1];
  return prefix === undefined ? undefined : `is an import missing? import(mod_${prefix});`;
}
