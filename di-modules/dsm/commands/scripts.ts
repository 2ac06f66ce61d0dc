/** Scripts that a command line names. */
import { basename, dirname, join } from 'node:path';
import { type CommandIo, exitCode } from '../../../core/index.ts';
import { type Fault, type ReadMode, type ReadResult, readDiagram, scriptFiles } from '../language/index.ts';
import type { CommandParts } from './subcommand.ts';

export interface Script extends ReadResult {
  readonly file: string;
}

/** Paths of scripts: a folder stands for all `.dsm` files in it. */
export async function findScripts(paths: readonly string[], { files }: CommandParts): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const names = (await files.stat(path))?.isDirectory === true ? await files.list(path) : null;
    if (names === null) found.push(path);
    else found.push(...names.filter((name) => name.endsWith('.dsm')).map((name) => join(path, name)));
  }
  return [...new Set(found)];
}

export interface ReadScriptOptions {
  readonly mode: ReadMode;
  /** Where relative includes begin; default: the script's own folder. */
  readonly folder?: string;
}

export async function readScript(file: string, options: ReadScriptOptions, parts: CommandParts): Promise<Script> {
  const { mode, folder = dirname(file) } = options;
  const name = nameOf(file);
  const files = scriptFiles(parts.files);
  const result = await readDiagram({ name, file, folder, files, vocabulary: parts.vocabulary, mode });
  return { file, ...result };
}

/** The diagram's name is the file's, without `.dsm`. */
export function nameOf(file: string): string {
  return basename(file).replace(/\.dsm$/, '');
}

/** `file:line:column: severity: what: "text" (hint) [code]`. */
export function faultLine({ severity, code, message, position, text, hint }: Fault): string {
  const { file, line, column } = position;
  const shown = text === '' ? '' : `: ${text}`;
  return `${file}:${line}:${column}: ${severity}: ${message}${shown}${hint === undefined ? '' : ` (${hint})`} [${code}]\n`;
}

/** Null: it is none. */
export function modeOf(text: string | undefined): ReadMode | null {
  if (text === undefined || text === 'strict') return 'strict';
  return text === 'sems' ? 'sems' : null;
}

export function refuse(io: CommandIo, name: string, fault: string, usage: string): number {
  io.stderr(`callbus dsm ${name}: ${fault}\n\n${usage}`);
  return exitCode.usage;
}
