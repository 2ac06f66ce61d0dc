#!/usr/bin/env node
/** The `callbus` command. Exit codes: 0 clean, 1 run-time failure, 2 bad configuration or usage. */
import { type Command, commands, exitCode } from './commands/index.ts';
import { packageVersion, processFace, tuneHeap } from './runtime/index.ts';

tuneHeap();
const { argv, exit, onSignal, stdout, stderr } = processFace();
const abort = new AbortController();
onSignal(['SIGINT', 'SIGTERM'], () => abort.abort());
exit(await main(argv));

async function main(argv: readonly string[]): Promise<number> {
  const [first = 'serve', ...rest] = argv;
  if (first === '--version' || first === '-V' || first === 'version') {
    stdout(`callbus ${packageVersion()}\n`);
    return exitCode.ok;
  }
  if (first === 'help') return help(rest[0]);
  if (first === '--help' || first === '-h') return help();
  const isOption = first.startsWith('-');
  const command = find(isOption ? 'serve' : first);
  if (command === undefined) return unknown(first);
  const args = isOption ? argv : rest;
  if (args.some((argument) => argument === '--help' || argument === '-h')) return help(command.name);
  return command.run(args, { stdout, stderr, signal: abort.signal });
}

/** The overview, or one command's usage. */
function help(name?: string): number {
  const command = name === undefined ? undefined : find(name);
  if (name !== undefined && command === undefined) return unknown(name);
  stdout(command?.usage ?? overview());
  return exitCode.ok;
}

function unknown(name: string): number {
  stderr(`callbus: unknown command ${JSON.stringify(name)}\n\n${overview()}`);
  return exitCode.usage;
}

function find(name: string): Command | undefined {
  return commands.find((candidate) => candidate.name === name);
}

function overview(): string {
  const width = Math.max(...commands.map((candidate) => candidate.name.length));
  const lines = commands.map((candidate) => `  callbus ${candidate.name.padEnd(width)}  ${candidate.summary}`);
  return `Callbus, a SIP media engine controlled over JSON-RPC and XML-RPC\n\n${lines.join('\n')}\n\ncallbus <command> --help tells more.\n`;
}
