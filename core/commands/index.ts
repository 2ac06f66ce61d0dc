/**
 * The sub-commands of `callbus`: our own, then those of the modules. Each is loaded when it is named, so that a
 * command that only asks a server, or completes a word, does not load the server.
 */
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

/** Those of the modules that a configuration may list. A name of our own is never taken by a module. */
export async function moduleCommands(): Promise<readonly CommandEntry[]> {
  const { knownModules } = await import('../main.ts');
  return knownModules
    .flatMap(({ commands = [] }) => commands)
    .filter(({ name }) => ownCommands.every((own) => own.name !== name))
    .map((command) => entry(command.name, command.summary, async () => command));
}

/** The command of that name, or null. */
export async function findCommand(name: string): Promise<Command | null> {
  const own = ownCommands.find((candidate) => candidate.name === name);
  const found = own ?? (await moduleCommands()).find((candidate) => candidate.name === name);
  return found === undefined ? null : found.load();
}
