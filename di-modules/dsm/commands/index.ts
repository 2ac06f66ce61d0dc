/** `callbus dsm …`: what authors of scripts need beside the server. */
import { exitCode, type ModuleCommand, realSeams, silentLog } from '../../../core/index.ts';
import { scriptVocabulary } from '../host/vocabulary.ts';
import { dsmModules } from '../mods/index.ts';
import { actions } from './actions.ts';
import { check } from './check.ts';
import { format } from './format.ts';
import { graph } from './graph.ts';
import { begin } from './new.ts';
import { run } from './run/run.ts';
import type { CommandParts, Subcommand } from './subcommand.ts';

export type { CommandParts, Subcommand } from './subcommand.ts';

export const subcommands: readonly Subcommand[] = [begin, check, format, graph, run, actions];

/** `parts`: default the files of this machine, and all that the shipped modules know. */
export function dsmCommand(all: readonly Subcommand[], parts: () => CommandParts = realParts): ModuleCommand {
  const usage = `${all.map((one) => one.usage.trimEnd()).join('\n\n')}\n`;
  return {
    name: 'dsm',
    summary: 'Checks, formats, draws and tries out DSM scripts.',
    usage,
    async run([name, ...args], io) {
      const found = all.find((one) => one.name === name);
      if (found !== undefined) return found.run(args, io, parts());
      io.stderr(
        `callbus dsm: ${name === undefined ? 'say what to do' : `there is no ${JSON.stringify(name)}`}\n\n${usage}`,
      );
      return exitCode.usage;
    },
  };
}

function realParts(): CommandParts {
  return {
    files: realSeams({ log: silentLog }).files,
    vocabulary: scriptVocabulary(dsmModules),
    modules: dsmModules,
  };
}

export const dsmCommands: readonly ModuleCommand[] = [dsmCommand(subcommands)];
