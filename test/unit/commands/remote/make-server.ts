/** A server that a command talks to, without a network: it records what is asked and answers as told. */
import { type Command, exitCode } from '../../../../core/commands/index.ts';
import { type RemoteDefinition, remoteCommand } from '../../../../core/commands/remote/command.ts';
import { readDocument } from '../../../../core/commands/remote/document.ts';
import { refused } from '../../../../core/commands/remote/fault.ts';
import type { Server, ServerAddress, ServerEvent } from '../../../../core/commands/remote/server.ts';
import { fullDocument } from '../../../lint/full-bus.ts';

export const document = readDocument(fullDocument());

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly (readonly [string, unknown])[];
  readonly address: ServerAddress | null;
}

/** Runs a command against answers by method; a string that begins with `!` is a refusal. */
export async function run(
  definition: RemoteDefinition,
  args: readonly string[],
  {
    answers = {},
    events = [],
    environment = {},
    isTerminal = false,
  }: {
    readonly answers?: { readonly [method: string]: unknown };
    readonly events?: readonly ServerEvent[];
    readonly environment?: { readonly [name: string]: string };
    readonly isTerminal?: boolean;
  } = {},
): Promise<Ran> {
  const calls: [string, unknown][] = [];
  let address: ServerAddress | null = null;
  const server: Server = {
    async call(method, params) {
      calls.push([method, params]);
      const answer = answers[method];
      if (typeof answer === 'string' && answer.startsWith('!'))
        throw refused(answer.slice(1), 'Try another.', 'call.unknown');
      return answer;
    },
    document: async () => document,
    async subscribe(subscription) {
      calls.push([
        'subscribe',
        { filters: subscription.filters, match: subscription.match, after: subscription.after },
      ]);
      for (const event of events) subscription.onEvent(event);
      return { closed: new Promise<string>(() => {}), close: () => calls.push(['close', null]) };
    },
  };
  const command: Command = remoteCommand(definition, {
    environment,
    isTerminal,
    open: (wanted) => {
      address = wanted;
      return server;
    },
  });
  let stdout = '';
  let stderr = '';
  const code = await command.run(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr, calls, address };
}

export { exitCode };
