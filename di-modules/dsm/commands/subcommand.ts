import type { CommandIo, DsmModule, Files } from '../../../core/index.ts';
import type { Vocabulary } from '../language/index.ts';

/** What the commands stand on; tests give their own. */
export interface CommandParts {
  readonly files: Pick<Files, 'read' | 'write' | 'stat' | 'list'>;
  readonly vocabulary: Vocabulary;
  readonly modules: readonly DsmModule[];
}

/** One word behind `callbus dsm`. */
export interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** With the arguments behind its name; returns the exit code. */
  run(args: readonly string[], io: CommandIo, parts: CommandParts): Promise<number>;
}
