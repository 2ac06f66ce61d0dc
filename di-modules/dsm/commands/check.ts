import { dirname } from 'node:path';
import { type CommandIo, exitCode, readOptions } from '../../../core/index.ts';
import { checkDiagrams, type Fault, type ReadMode } from '../language/index.ts';
import { faultLine, findScripts, modeOf, nameOf, readScript, refuse, type Script } from './scripts.ts';
import type { CommandParts, Subcommand } from './subcommand.ts';

const usage = `callbus dsm check FILE|FOLDER... [--mode strict|sems] [--start NAME] [--path FOLDER] [--deny-warnings] [--json]

Reads scripts and tells what is wrong with them: what does not load, what the reader of SEMS swallows,
states that nothing reaches or that a call cannot leave by hanging up, transitions that can never fire,
variables that nothing sets, targets and diagrams that do not exist. Exit code: 0 good, 1 errors.

  --mode sems       as SEMS loads it: what it swallows is a warning (default: strict, where it is an error);
                    a script's own line -- mode: sems, or strict, goes before it
  --start NAME      the diagram that calls begin with
  --path FOLDER     where relative includes begin (default: the script's folder)
  --deny-warnings   warnings are errors
  --json            one JSON object
`;

export const check: Subcommand = {
  name: 'check',
  summary: 'Tells what is wrong with scripts.',
  usage,
  async run(args, io, parts) {
    const options = readOptions(args, { values: ['mode', 'start', 'path'], flags: ['json', 'deny-warnings'] });
    if ('fault' in options) return refuse(io, 'check', options.fault, usage);
    const { values, flags, rest } = options;
    const mode = modeOf(values.get('mode'));
    if (mode === null) return refuse(io, 'check', '--mode is strict or sems', usage);
    if (rest.length === 0) return refuse(io, 'check', 'name a script', usage);
    const folder = values.get('path');
    const scripts: Script[] = [];
    for (const file of await findScripts(rest, parts))
      scripts.push(await readScript(file, { mode, ...(folder === undefined ? {} : { folder }) }, parts));
    const faults = await allFaults(scripts, mode, values.get('start'), parts);
    tell(scripts, faults, flags.has('json'), io);
    const isBad = (fault: Fault): boolean => fault.severity === 'error' || flags.has('deny-warnings');
    return scripts.length === 0 || faults.some(isBad) ? exitCode.failed : exitCode.ok;
  },
};

async function allFaults(
  scripts: readonly Script[],
  mode: ReadMode,
  start: string | undefined,
  { files }: CommandParts,
): Promise<Fault[]> {
  const known: string[] = [];
  for (const folder of new Set(scripts.map(({ file }) => dirname(file))))
    known.push(...(await files.list(folder)).filter((name) => name.endsWith('.dsm')).map(nameOf));
  const partial = new Set(scripts.filter(({ diagram }) => diagram === null).map(({ understood }) => understood));
  const diagrams = scripts.map(({ understood }) => understood);
  const checks = checkDiagrams(diagrams, { mode, known, partial, ...(start === undefined ? {} : { start }) });
  return inOrder([...scripts.flatMap(({ faults }) => faults), ...checks]);
}

function inOrder(faults: readonly Fault[]): Fault[] {
  const order = new Map([...new Set(faults.map(({ position }) => position.file))].map((file, index) => [file, index]));
  const place = ({ position }: Fault): number => order.get(position.file) ?? 0;
  return faults.toSorted(
    (a, b) => place(a) - place(b) || a.position.line - b.position.line || a.position.column - b.position.column,
  );
}

function tell(scripts: readonly Script[], faults: readonly Fault[], isJson: boolean, { stdout }: CommandIo): void {
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const warnings = faults.length - errors;
  if (isJson) {
    const files = scripts.map(({ file, diagram }) => ({ file, loads: diagram !== null }));
    stdout(`${JSON.stringify({ errors, warnings, files, faults }, null, 2)}\n`);
    return;
  }
  for (const fault of faults) stdout(faultLine(fault));
  stdout(`${counted(scripts.length, 'script')}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
