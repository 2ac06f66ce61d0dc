import { type CommandIo, exitCode, readOptions } from '../../../core/index.ts';
import { type FaultCode, printDiagram, readDiagram, scriptText } from '../language/index.ts';
import { faultLine, findScripts, readScript, refuse, type Script } from './scripts.ts';
import type { CommandParts, Subcommand } from './subcommand.ts';

const usage = `callbus dsm format FILE|FOLDER... [--check | --write] [--path FOLDER]

Writes scripts in one way: indentation, separators, one action a line. Comments and parameters stay as they
are. Without an option the text goes to standard output. A script is left alone where the reader swallows a
part of it: that part would be lost.

  --check   names the files that are written otherwise; exit code 1 when there are any
  --write   writes them
`;

/** Nothing of the text is lost by these. */
const harmless: ReadonlySet<string> = new Set<FaultCode>([
  'bracesAround',
  'commentInside',
  'duplicateState',
  'elseIf',
  'emptyFunction',
  'emptyParameter',
  'longQuote',
  'missingBrace',
  'missingParameter',
  'noOperator',
  'secondInitial',
  'unbalancedBrace',
  'uselessParameter',
]);

export const format: Subcommand = {
  name: 'format',
  summary: 'Writes scripts in one way.',
  usage,
  async run(args, io, parts) {
    const options = readOptions(args, { values: ['path'], flags: ['check', 'write'] });
    if ('fault' in options) return refuse(io, 'format', options.fault, usage);
    const { values, flags, rest } = options;
    if (rest.length === 0) return refuse(io, 'format', 'name a script', usage);
    if (flags.size > 1) return refuse(io, 'format', '--check or --write, not both', usage);
    const how = flags.has('check') ? 'check' : flags.has('write') ? 'write' : 'print';
    const folder = values.get('path');
    let isBad = false;
    for (const file of await findScripts(rest, parts)) {
      const script = await readScript(file, { mode: 'sems', ...(folder === undefined ? {} : { folder }) }, parts);
      const isDone = await formatOne(script, how, io, parts);
      isBad ||= !isDone;
    }
    return isBad ? exitCode.failed : exitCode.ok;
  },
};

/** False: it was refused, or `check` found it written otherwise. */
async function formatOne(
  script: Script,
  how: 'check' | 'write' | 'print',
  io: CommandIo,
  parts: CommandParts,
): Promise<boolean> {
  const { file, diagram, faults } = script;
  const lossy = faults.filter(({ severity, code }) => severity === 'error' || !harmless.has(code));
  if (diagram === null || lossy.length > 0) {
    for (const fault of lossy) io.stderr(faultLine(fault));
    return false;
  }
  const text = printDiagram(diagram);
  // The last word is the reader's: what it would not read in the same way is not written.
  const files = { readText: async () => '', list: async () => null };
  const again = await readDiagram({ name: diagram.name, text, vocabulary: parts.vocabulary, mode: 'sems', files });
  if (printDiagram(again.understood) !== text) {
    io.stderr(`${file}: left alone: it would not be read in the same way\n`);
    return false;
  }
  if (how === 'print') {
    io.stdout(text);
    return true;
  }
  const old = scriptText(await parts.files.read(file));
  if (old === text) return true;
  io.stdout(`${file}\n`);
  if (how === 'check') return false;
  await parts.files.write(file, Buffer.from(text));
  return true;
}
