import { shapeArguments } from './remote/arguments.ts';
import { type RemoteDefinition, remoteCommand } from './remote/command.ts';
import { type BusDocument, type DocumentedFunction, findFunction } from './remote/document.ts';
import { wrongUsage } from './remote/fault.ts';
import { functionHelp } from './remote/help.ts';
import { valueText } from './remote/print.ts';
import { didYouMean } from './remote/suggest.ts';

const usage = `callbus call MODULE.FUNCTION [ARGUMENT | NAME=VALUE]...
callbus call MODULE.FUNCTION --help

Calls a function of the running server. Arguments go by position or by name and are checked and shaped by what the
server says of the function: numbers, true and false, null, lists (a,b,c or JSON), objects (JSON), else text. After
"--" nothing is an option. The name of an alias, or a bare name that only one module has, will do.

  callbus call calls
  callbus call monitoring.get 4A3F-1
  callbus call webconference.roomCreate room=4711
`;

export const callDefinition: RemoteDefinition = {
  name: 'call',
  summary: 'Calls a function of the running server; --help after a name prints its help.',
  usage,
  async help({ server, words, stdout }) {
    stdout(functionHelp(wantedFunction(await server.document(), words[0] ?? '')));
  },
  async run({ server, words, asJson, stdout }) {
    const [name, ...rest] = words;
    if (name === undefined) throw wrongUsage('say which function to call', 'callbus ls lists them.');
    const fn = wantedFunction(await server.document(), name);
    const shaped = shapeArguments(fn, rest);
    if ('fault' in shaped)
      throw wrongUsage(`${fn.name}: ${shaped.fault}`, `callbus call ${fn.name} --help shows its arguments.`);
    const result = await server.call(fn.name, shaped.params);
    stdout(asJson ? `${JSON.stringify(result ?? null)}\n` : valueText(result));
  },
};

export const call = remoteCommand(callDefinition);

/** @throws CommandFault naming what may have been meant. */
export function wantedFunction(document: BusDocument, name: string): DocumentedFunction {
  const found = findFunction(document, name);
  if ('name' in found) return found;
  if (found.length > 0) throw wrongUsage(`${name} is in several modules`, `Say which: ${found.join(', ')}.`);
  const names = document.functions.flatMap((fn) => [fn.name, ...fn.aliases]);
  const bare = document.functions.map((fn) => fn.name.slice(fn.module.length + 1));
  const near = didYouMean(name, name.includes('.') ? names : [...bare, ...names]);
  throw wrongUsage(`the server has no function ${JSON.stringify(name)}${near}`, 'callbus ls lists all of them.');
}
