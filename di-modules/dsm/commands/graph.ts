import { exitCode, readOptions } from '../../../core/index.ts';
import { drawMermaid, drawSvg } from '../language/index.ts';
import { faultLine, readScript, refuse } from './scripts.ts';
import type { Subcommand } from './subcommand.ts';

const usage = `callbus dsm graph FILE [--mermaid | --svg] [--path FOLDER]

Draws a script's states and transitions, as Mermaid text (default) or as a picture, on standard output.
`;

export const graph: Subcommand = {
  name: 'graph',
  summary: 'Draws a script.',
  usage,
  async run(args, io, parts) {
    const options = readOptions(args, { values: ['path'], flags: ['mermaid', 'svg'] });
    if ('fault' in options) return refuse(io, 'graph', options.fault, usage);
    const { values, flags, rest } = options;
    const [file] = rest;
    if (file === undefined || rest.length > 1) return refuse(io, 'graph', 'name one script', usage);
    if (flags.size > 1) return refuse(io, 'graph', '--mermaid or --svg, not both', usage);
    const folder = values.get('path');
    const script = await readScript(file, { mode: 'sems', ...(folder === undefined ? {} : { folder }) }, parts);
    const { understood, diagram, faults } = script;
    for (const fault of faults) if (fault.severity === 'error') io.stderr(faultLine(fault));
    if (understood.states.length > 0) io.stdout(flags.has('svg') ? drawSvg(understood) : drawMermaid(understood));
    return diagram === null ? exitCode.failed : exitCode.ok;
  },
};
