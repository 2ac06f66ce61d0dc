import {
  CodedError,
  compilePosix,
  type DsmModule,
  type DsmScript,
  type ModuleContext,
  type PosixExpression,
} from '../../../core/index.ts';
import { action, condition } from './rows.ts';
import { perServer, serverOf } from './server.ts';

/** "process-wide table". */
const expressionsOf = perServer(() => new Map<string, PosixExpression>());
const expressions = (script: DsmScript): Map<string, PosixExpression> => expressionsOf(serverOf(script));

const maxExpressions = 10_000;
const maxPatternLength = 4096;
const maxFileBytes = 1_000_000;
const fileName = 'mod_regex.conf';

/** @throws Error that says what is wrong. */
function compile(table: Map<string, PosixExpression>, name: string, pattern: string): void {
  if (pattern.length > maxPatternLength) throw new Error(`a pattern of more than ${maxPatternLength} characters`);
  if (!table.has(name) && table.size >= maxExpressions) throw new Error(`more than ${maxExpressions} expressions`);
  table.set(name, compilePosix(pattern));
}

/** Sets the groups that took part; others keep what they had (K). */
function match(script: DsmScript, name: string, text: string): boolean {
  const expression = expressions(script).get(name);
  if (expression === undefined) {
    script.log.error('DSM: there is no regular expression of that name', { name: name.slice(0, 80) });
    return false;
  }
  const groups = expression(text);
  for (const [i, group] of (groups ?? []).entries())
    if (i > 0 && group !== null) script.variables.set(`regex.match[${i}]`, group);
  return groups !== null;
}

/** Regular expressions: POSIX extended, in bounded time (reference/dsm 5.9). */
export const modRegex: DsmModule = {
  name: 'mod_regex',
  summary: 'Regular expressions (POSIX extended) by name.',
  actions: [
    action.two(
      'name',
      'pattern:L',
    )({
      name: 'regex.compile',
      summary: 'Makes an expression for all scripts of this server.',
      errno: ['arg'],
      run(script, name, pattern) {
        try {
          compile(expressions(script), name, pattern);
          script.clearError();
        } catch (fault) {
          script.setError('arg', `regex.compile: ${fault instanceof Error ? fault.message : String(fault)}`);
        }
        return undefined;
      },
    }),
    action.two(
      'name',
      'text',
    )({
      name: 'regex.match',
      summary: '$regex.match is 1 or 0, groups are $regex.match[1], … .',
      run(script, name, text) {
        if (expressions(script).has(name)) script.variables.set('regex.match', match(script, name, text) ? '1' : '0');
        else match(script, name, text);
        return undefined;
      },
    }),
    action.one('name')({
      name: 'regex.clear',
      summary: 'Forgets the expression.',
      run: (script, name) => void expressions(script).delete(name),
    }),
  ],
  conditions: [
    condition.two(
      'name',
      'text',
    )({
      name: 'regex.match',
      summary: 'The text matches; groups are $regex.match[1], … .',
      test: match,
    }),
  ],
  preload,
};

/**
 * Reads `mod_regex.conf` of `diag_path`: lines `name=pattern`. @throws CodedError `config.invalid` naming the line of
 * a bad pattern.
 */
async function preload(
  config: { readonly [key: string]: string },
  context: Pick<ModuleContext<unknown>, 'files'>,
): Promise<void> {
  const folder = config['diag_path'] ?? '';
  const file = folder === '' || folder.endsWith('/') ? `${folder}${fileName}` : `${folder}/${fileName}`;
  if ((await context.files.stat(file)) === null) return;
  const text = Buffer.from(await context.files.read(file, { limitBytes: maxFileBytes })).toString('utf8');
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const [, name = '', pattern = ''] = /^\s*([^=#\s][^=]*?)\s*=(.*)$/.exec(line) ?? [];
    if (name === '') continue;
    try {
      compile(expressionsOf(context), name, pattern.trim());
    } catch (fault) {
      throw new CodedError('config.invalid', `${file}:${i + 1}: ${name}: ${String(fault)}`);
    }
  }
}
