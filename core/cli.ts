#!/usr/bin/env node
/** The `callbus` command. Exit codes: 0 done, 1 failed or refused, 2 bad configuration or usage, 3 no server reached. */
import { exitCode, findCommand, moduleCommands, ownCommands } from './commands/index.ts';
import { didYouMean } from './commands/remote/suggest.ts';
import type { CommandIo } from './module.ts';
import { CodedError, packageVersion, processFace, tuneHeap } from './runtime/index.ts';

tuneHeap();
const { argv, exit, onSignal, stdout, stderr } = processFace();
const abort = new AbortController();
onSignal(['SIGINT', 'SIGTERM'], () => abort.abort());
exit(
  await main(argv).catch((fault: unknown) => {
    // A plugin that cannot be read: its commands are looked for before any command runs.
    if (!(fault instanceof CodedError)) throw fault;
    stderr(`callbus: ${fault.message}\n`);
    return exitCode.usage;
  }),
);

async function main(argv: readonly string[]): Promise<number> {
  const [first = 'serve', ...rest] = argv;
  if (first === '--version' || first === '-V' || first === 'version') {
    stdout(`callbus ${packageVersion()}\n`);
    return exitCode.ok;
  }
  if (first === 'help') return help(rest[0], rest);
  if (first === '--help' || first === '-h') return help();
  const isOption = first.startsWith('-');
  const command = await findCommand(isOption ? 'serve' : first, rest);
  if (command === null) return unknown(first);
  const args = isOption ? argv : rest;
  const asksHelp = args.some((argument) => argument === '--help' || argument === '-h');
  if (asksHelp && command.ownHelp !== true) return help(command.name, rest);
  const simulate: CommandIo['simulate'] = async (options) =>
    (await import('./simulated-server.ts')).startSimulatedServer(options);
  return command.run(args, { stdout, stderr, signal: abort.signal, simulate });
}

/** The overview, or one command's usage. */
async function help(name?: string, args: readonly string[] = []): Promise<number> {
  const command = name === undefined ? null : await findCommand(name, args);
  if (name !== undefined && command === null) return unknown(name);
  stdout(command?.usage ?? (await overview()));
  return exitCode.ok;
}

async function unknown(name: string): Promise<number> {
  const names = [...ownCommands, ...(await moduleCommands())].map((command) => command.name);
  stderr(`callbus: unknown command ${JSON.stringify(name)}${didYouMean(name, names)}\n\n${await overview()}`);
  return exitCode.usage;
}

async function overview(): Promise<string> {
  const commands = [...ownCommands, ...(await moduleCommands())];
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((command) => `  callbus ${command.name.padEnd(width)}  ${command.summary}`);
  return `Callbus, a SIP media engine controlled over JSON-RPC and XML-RPC\n\n${lines.join('\n')}\n\ncallbus <command> --help tells more.\n`;
}
