import { type CommandIo, type DsmAction, type DsmCondition, exitCode, readOptions } from '../../../core/index.ts';
import { suggest } from '../language/index.ts';
import { refuse } from './scripts.ts';
import type { CommandParts, Subcommand } from './subcommand.ts';

const usage = `callbus dsm actions [NAME]

What scripts can say: actions and conditions of the core and of the modules. NAME is that of an action, a
condition or a module (mod_dlg).
`;

interface Entry {
  readonly kind: 'action' | 'condition';
  readonly row: DsmAction | DsmCondition;
  /** Null: the core's. */
  readonly module: string | null;
}

export const actions: Subcommand = {
  name: 'actions',
  summary: 'Tells what scripts can say.',
  usage,
  async run(args, io, parts) {
    const options = readOptions(args, { values: [], flags: [] });
    if ('fault' in options) return refuse(io, 'actions', options.fault, usage);
    const [name] = options.rest;
    if (options.rest.length > 1) return refuse(io, 'actions', 'one name at most', usage);
    const all = entriesOf(parts);
    const isWanted = ({ row, module }: Entry): boolean =>
      row.name === name || (row.aliases ?? []).includes(name ?? '') || module === name;
    const found = name === undefined ? all : all.filter(isWanted);
    if (found.length === 0) return unknown(name ?? '', all, io);
    const isList = name === undefined || name.startsWith('mod_');
    for (const entry of found) io.stdout(isList ? line(entry) : help(entry));
    return exitCode.ok;
  },
};

function entriesOf({ vocabulary, modules }: CommandParts): Entry[] {
  const of = (module: string | null, rows: Iterable<DsmAction | DsmCondition>, kind: Entry['kind']): Entry[] =>
    [...new Set(rows)].map((row) => ({ kind, row, module }));
  return [
    ...of(null, vocabulary.actions.values(), 'action'),
    ...of(null, vocabulary.conditions.values(), 'condition'),
    ...modules.flatMap((module) => [
      ...of(module.name, module.actions, 'action'),
      ...of(module.name, module.conditions, 'condition'),
    ]),
  ];
}

function unknown(name: string, all: readonly Entry[], io: CommandIo): number {
  const near = suggest(
    name,
    all.flatMap(({ row, module }) => [row.name, ...(module === null ? [] : [module])]),
  );
  io.stderr(`callbus dsm actions: there is no ${name}${near === null ? '' : `; did you mean ${near}?`}\n`);
  return exitCode.failed;
}

/** `set($name=value)`. */
function signature({ row: { name, form, parameters } }: Entry): string {
  const names = parameters.map((parameter) => (parameter.kind === 'N' ? `$${parameter.name}` : parameter.name));
  const [first = '', second = ''] = names;
  if (form === '2P=') return `${name}(${first}=${second})`;
  if (form === '2P,?') return `${name}(${first}[, ${second}])`;
  return `${name}(${names.join(', ')})`;
}

function line(entry: Entry): string {
  return `${signature(entry).padEnd(44)} ${entry.row.summary}\n`;
}

function help(entry: Entry): string {
  const { row, kind, module } = entry;
  const parameters = row.parameters.map(
    ({ name, kind: how, summary }) =>
      `  ${name.padEnd(12)} ${meanings[how]}${summary === undefined ? '' : `; ${summary}`}`,
  );
  const action = kind === 'action' && 'run' in row ? row : null;
  return `${[
    signature(entry),
    '',
    row.summary,
    `${kind === 'action' ? 'Action' : 'Condition'} of ${module === null ? 'the core' : `${module}: import(${module});`}`,
    ...(parameters.length === 0 ? [] : ['', ...parameters]),
    ...(row.aliases === undefined ? [] : ['', `Also: ${row.aliases.join(', ')}`]),
    ...(action?.errno === undefined || action.errno.length === 0 ? [] : ['', `$errno: ${action.errno.join(', ')}`]),
    ...(action?.throws === undefined || action.throws.length === 0 ? [] : ['', `Throws: ${action.throws.join(', ')}`]),
  ].join('\n')}\n`;
}

const meanings = {
  R: 'a value: text, $variable, #parameter or @select',
  T: 'text with $(variables) in it',
  N: 'the name of a variable',
  RN: 'a value that names a variable',
  L: 'text as it stands',
} as const;
