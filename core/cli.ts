#!/usr/bin/env node
/** The `callbus` command. Exit codes: 0 clean, 1 run-time failure, 2 bad configuration or usage. */
import { commands } from './commands/index.ts';
import { processFace } from './runtime/index.ts';

const { argv, exit, onSignal, stdout, stderr } = processFace();
const [name = 'serve', ...rest] = argv;
const isOption = name.startsWith('-');
const args = isOption ? argv : rest;
const command = commands.find((candidate) => candidate.name === (isOption ? 'serve' : name));
const abort = new AbortController();
onSignal(['SIGINT', 'SIGTERM'], () => abort.abort());

if (command === undefined || name === 'help' || args.includes('--help')) {
  const wanted = commands.find((candidate) => candidate.name === (name === 'help' ? args[0] : name));
  stdout(wanted?.usage ?? overview());
  exit(command === undefined && name !== 'help' ? 2 : 0);
} else {
  exit(await command.run(args, { stdout, stderr, signal: abort.signal }));
}

function overview(): string {
  const width = Math.max(...commands.map((candidate) => candidate.name.length));
  const lines = commands.map((candidate) => `  callbus ${candidate.name.padEnd(width)}  ${candidate.summary}`);
  return `Callbus, a SIP media engine controlled over JSON-RPC and XML-RPC\n\n${lines.join('\n')}\n\ncallbus <command> --help tells more.\n`;
}
