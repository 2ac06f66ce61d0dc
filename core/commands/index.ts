/**
 * The sub-commands of `callbus`: our own, then those of the modules. Each is loaded when it is named, so that a
 * command that only asks a server, or completes a word, does not load the server.
 */
import { processFace } from '../runtime/index.ts';
import type { Command } from './command.ts';

export { type Command, exitCode } from './command.ts';

/** A command as the overview shows it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

const entry = (name: string, summary: string, load: () => Promise<Command>): CommandEntry => ({ name, summary, load });

export const ownCommands: readonly CommandEntry[] = [
  entry('serve', 'Starts the server (the default).', async () => (await import('./serve.ts')).serve),
  entry('token', 'Creates, lists and revokes RPC tokens.', async () => (await import('./token.ts')).token),
  entry('call', 'Calls a function of the running server.', async () => (await import('./call.ts')).call),
  entry('ls', 'Lists modules, functions and events.', async () => (await import('./ls.ts')).ls),
  entry('calls', 'Lists the calls; --watch keeps the list up to date.', async () => (await import('./calls.ts')).calls),
  entry('events', 'Prints events as they happen.', async () => (await import('./events.ts')).events),
  entry('log', "Tells one call's story; --sip with its messages.", async () => (await import('./log.ts')).log),
  entry('import-sems', 'Makes our configuration from that of SEMS.', async () => {
    const { importSemsCommand } = await import('./import-sems.ts');
    return importSemsCommand;
  }),
  entry('completion', 'Prints the completion of a shell.', async () => (await import('./completion.ts')).completion),
];

/**
 * Those of the modules that a configuration may list, and of its plugins: the file is what `--config` in `args` names.
 * A name of our own is never taken by a module, nor one of a module by a plugin.
 * @throws CodedError `config.invalid`, `file.missing`: the plugins cannot be read.
 */
export async function moduleCommands(args: readonly string[] = []): Promise<readonly CommandEntry[]> {
  const { knownModules } = await import('../main.ts');
  const { pluginModules } = await import('../plugins.ts');
  const plugins = await pluginModules(configFileOf(args), processFace().environment);
  return [...knownModules, ...plugins]
    .flatMap(({ commands = [] }) => commands)
    .filter(({ name }, at, all) => {
      return [...ownCommands, ...all.slice(0, at)].every((earlier) => earlier.name !== name);
    })
    .map((command) => entry(command.name, command.summary, async () => command));
}

/** The command of that name, or null. */
export async function findCommand(name: string, args: readonly string[] = []): Promise<Command | null> {
  const own = ownCommands.find((candidate) => candidate.name === name);
  const found = own ?? (await moduleCommands(args)).find((candidate) => candidate.name === name);
  return found === undefined ? null : found.load();
}

/** What `--config FILE` or `--config=FILE` names. */
function configFileOf(args: readonly string[]): string | undefined {
  const at = args.findIndex((each) => each === '--config' || each.startsWith('--config='));
  const [, inline] = /^--config=(.*)$/s.exec(args[at] ?? '') ?? [];
  return at === -1 ? undefined : (inline ?? args[at + 1]);
}
