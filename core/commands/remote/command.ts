/** The frame of every command that talks to a running server: common options, output, faults, exit codes. */
import type { CommandIo } from '../../module.ts';
import { processFace } from '../../runtime/index.ts';
import { type Command, exitCode, readOptions } from '../command.ts';
import { CommandFault, wrongUsage } from './fault.ts';
import { openServer, type Server } from './server.ts';
import { paint, type Style } from './style.ts';

export interface RemoteWork {
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
  readonly server: Server;
  /** Data goes out as JSON, one value a line. */
  readonly asJson: boolean;
  /** Standard output is a terminal, and colour is not declined (NO_COLOR). */
  readonly isTerminal: boolean;
  readonly paint: Style;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface RemoteDefinition {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** Options with a value, and flags, beside the common ones. */
  readonly values?: readonly string[];
  readonly flags?: readonly string[];
  /** Shows its own help for `--help` when words are given. */
  help?(work: RemoteWork): Promise<void>;
  /** Resolves when all is done. @throws CommandFault. */
  run(work: RemoteWork): Promise<void>;
}

export const commonValues = ['url', 'token', 'timeout'] as const;
export const commonFlags = ['json'] as const;

export const commonUsage = `
  --url URL        the server (environment CALLBUS_URL; default http://127.0.0.1:8090)
  --token TOKEN    a token (better: environment CALLBUS_TOKEN, which others do not see in the list of processes)
  --timeout S      seconds to wait for an answer; default 30
  --json           JSON for programs

Exit codes: 0 done, 1 the server refused, 2 usage, 3 no server reached.
`;

const defaultUrl = 'http://127.0.0.1:8090';

/** What a test replaces. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly open: typeof openServer;
}

export function remoteCommand(definition: RemoteDefinition, surroundings?: Surroundings): Command {
  const { name, summary } = definition;
  return {
    name,
    summary,
    usage: `${definition.usage}${commonUsage}`,
    ...(definition.help === undefined ? {} : { ownHelp: true }),
    async run(args, io) {
      try {
        const work = workOf(definition, args, io, surroundings ?? here());
        if (isHelp(args) && definition.help !== undefined) {
          if (work.words.length === 0) io.stdout(`${definition.usage}${commonUsage}`);
          else await definition.help(work);
        } else await definition.run(work);
        return exitCode.ok;
      } catch (fault) {
        if (!(fault instanceof CommandFault)) throw fault;
        if (fault.exitCode === exitCode.ok) return exitCode.ok;
        if (args.includes('--json'))
          io.stderr(`${JSON.stringify({ error: { code: fault.code, message: fault.message, next: fault.next } })}\n`);
        else io.stderr(`callbus ${name}: ${fault.message}\n${fault.next === '' ? '' : `${fault.next}\n`}`);
        return fault.exitCode;
      }
    },
  };
}

function here(): Surroundings {
  const { environment, isOutputTerminal } = processFace();
  return { environment, isTerminal: isOutputTerminal, open: openServer };
}

const isHelp = (args: readonly string[]): boolean => args.includes('--help') || args.includes('-h');

function workOf(
  definition: RemoteDefinition,
  args: readonly string[],
  { stdout, stderr, signal }: CommandIo,
  { environment, isTerminal, open }: Surroundings,
): RemoteWork {
  const options = readOptions(definition.help === undefined ? args : args.filter((word) => !isHelp([word])), {
    values: [...commonValues, ...(definition.values ?? [])],
    flags: [...commonFlags, ...(definition.flags ?? [])],
  });
  if ('fault' in options) throw wrongUsage(options.fault, `callbus ${definition.name} --help tells more.`);
  const { values, flags, rest } = options;
  const seconds = Number(values.get('timeout') ?? 30);
  if (!(seconds > 0 && seconds <= 3600)) throw wrongUsage('--timeout: expected seconds from 0 to 3600');
  const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
  const server = open({
    url: values.get('url') ?? filled(environment['CALLBUS_URL']) ?? defaultUrl,
    token: filled(values.get('token') ?? environment['CALLBUS_TOKEN']),
    timeoutMs: seconds * 1000,
  });
  const isColoured = isTerminal && filled(environment['NO_COLOR']) === undefined && environment['TERM'] !== 'dumb';
  const asJson = flags.has('json');
  return {
    words: rest,
    values,
    flags,
    server,
    asJson,
    isTerminal,
    paint: paint(isColoured && !asJson),
    stdout,
    stderr,
    signal,
  };
}
