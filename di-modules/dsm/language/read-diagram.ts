import { normalize } from 'node:path';
import { CodedError } from '../../../core/index.ts';
import type { Diagram, Fault, Vocabulary } from './ast.ts';
import { FaultList } from './fault-list.ts';
import type { ReadMode } from './fault-rows.ts';
import { defaultLimits, type ReadLimits } from './limits.ts';
import { Reader } from './reader.ts';
import { noFiles, type ScriptFiles } from './script-files.ts';
import { gatherSource } from './source.ts';
import { Names } from './vocabulary.ts';

/** Characters in which a script says how it wants to be read. */
const mostHead = 4096;

export interface ReadOptions {
  /** Of the diagram, as `jumpFSM` names it. */
  readonly name: string;
  /** Path of the script, as faults show it; default: `name` and `.dsm`. */
  readonly file?: string;
  /** Default: what `files` has at `file`. */
  readonly text?: string;
  /** Where relative includes begin: `diag_path`; default: the working directory. */
  readonly folder?: string;
  /** Default: none, every include is missing. */
  readonly files?: ScriptFiles;
  readonly vocabulary: Vocabulary;
  /** Of scripts that do not name theirs: `-- mode: strict` before their first declaration. */
  readonly mode: ReadMode;
  readonly limits?: Partial<ReadLimits>;
}

export interface ReadResult {
  /** Null: there are errors. */
  readonly diagram: Diagram | null;
  /** What was understood, also when there are errors: for checks and pictures, not to be run. */
  readonly understood: Diagram;
  /** In order of the text. */
  readonly faults: readonly Fault[];
  /** Every file that was read. */
  readonly files: readonly string[];
}

/** Reads one diagram with what it includes (reference/dsm 1). Never rejects because of what a script says. */
export async function readDiagram(options: ReadOptions): Promise<ReadResult> {
  const { name, vocabulary, files = noFiles, folder = '.' } = options;
  const file = options.file === undefined ? `${name}.dsm` : normalize(options.file);
  const limits = { ...defaultLimits, ...options.limits };
  const first = options.text ?? (await readFirst(file, files));
  const text = typeof first === 'string' ? first : '';
  const mode = ownMode(text) ?? options.mode;
  const faults = new FaultList(mode, limits.faults);
  if (typeof first !== 'string')
    faults.add('unreadable', { offset: 0, position: { file, line: 1, column: 1 } }, first.unreadable, '');
  const source = await gatherSource({ file, text, folder, files, limits, faults });
  const understood = new Reader({ mode, limits, names: new Names(vocabulary), source, faults }).read(name);
  return {
    diagram: faults.hasErrors ? null : understood,
    understood,
    faults: faults.sorted(),
    files: source.files,
  };
}

async function readFirst(file: string, files: ScriptFiles): Promise<string | { readonly unreadable: string }> {
  try {
    return (await files.readText(file)) ?? { unreadable: `there is no file ${file}` };
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    return { unreadable: `${file} cannot be read: ${fault.message}` };
  }
}

/**
 * How a script wants to be read: a comment `-- mode: strict` (or `sems`) before its first declaration. SEMS
 * passes over it like any comment. Null: it does not say.
 */
function ownMode(text: string): ReadMode | null {
  for (const line of text.slice(0, mostHead).split('\n')) {
    const bare = line.trim();
    if (bare !== '' && !bare.startsWith('--') && !bare.startsWith('#')) return null;
    const [, mode] = /^(?:--|#)\s*mode:\s*(strict|sems)$/.exec(bare) ?? [];
    if (mode === 'strict' || mode === 'sems') return mode;
  }
  return null;
}
