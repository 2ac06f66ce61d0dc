import { type RemoteDefinition, remoteCommand } from './remote/command.ts';
import type { BusDocument } from './remote/document.ts';
import { wrongUsage } from './remote/fault.ts';
import { eventHelp, signature } from './remote/help.ts';
import { safeText } from './remote/print.ts';
import { didYouMean } from './remote/suggest.ts';

const usage = `callbus ls [MODULE | EVENT] [--events]

Lists what the running server can do: its modules, the functions of one module with their arguments, or with --events
the events that it tells.
`;

export const lsDefinition: RemoteDefinition = {
  name: 'ls',
  summary: 'Lists modules, functions and events of the running server.',
  usage,
  flags: ['events'],
  async run({ server, words, flags, asJson, stdout, paint }) {
    const [wanted, more] = words;
    if (more !== undefined) throw wrongUsage(`unexpected ${JSON.stringify(more)}`);
    const document = await server.document();
    if (flags.has('events') || document.events.some(({ name }) => name === wanted)) {
      listEvents(document, wanted);
      return;
    }
    if (wanted === undefined) listModules(document);
    else listFunctions(document, wanted);

    function listModules({ functions }: BusDocument): void {
      const counts = new Map<string, number>();
      for (const { module } of functions) counts.set(module, (counts.get(module) ?? 0) + 1);
      if (asJson) print([...counts].map(([module, count]) => ({ module, functions: count })));
      else rows([...counts].map(([module, count]) => [module, `${count} functions`]));
    }

    function listFunctions({ functions }: BusDocument, module: string): void {
      const found = functions.filter((fn) => fn.module === module || fn.name === module);
      if (found.length === 0) {
        const names = functions.map((fn) => fn.module);
        throw wrongUsage(
          `no module ${JSON.stringify(module)} runs${didYouMean(module, names)}`,
          'callbus ls lists them.',
        );
      }
      if (asJson) print(found.map(({ name, summary, scope }) => ({ name, summary, scope })));
      else rows(found.map((fn) => [signature(fn), fn.deprecated === '' ? fn.summary : `(deprecated) ${fn.summary}`]));
    }

    function listEvents({ events }: BusDocument, name: string | undefined): void {
      const found = events.filter((event) => name === undefined || event.name.startsWith(name));
      if (found.length === 0)
        throw wrongUsage(
          `no event ${JSON.stringify(name)}${didYouMean(
            name ?? '',
            events.map((event) => event.name),
          )}`,
        );
      const [only] = found;
      if (asJson) print(found.map(({ name, summary, scope }) => ({ name, summary, scope })));
      else if (found.length === 1 && only !== undefined) stdout(eventHelp(only));
      else rows(found.map((event) => [event.name, event.summary]));
    }

    function rows(lines: readonly (readonly [string, string])[]): void {
      const width = Math.min(44, Math.max(...lines.map(([name]) => name.length)));
      for (const [name, text] of lines) stdout(`${paint.bold(safeText(name).padEnd(width))}  ${safeText(text)}\n`);
    }

    function print(value: unknown): void {
      stdout(`${JSON.stringify(value)}\n`);
    }
  },
};

export const ls = remoteCommand(lsDefinition);
