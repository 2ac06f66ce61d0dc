import { CodedError, type Files } from '../../../core/index.ts';

/** Where the reader gets scripts from. */
export interface ScriptFiles {
  /** Null: nothing is there, or no file. @throws CodedError when it cannot be read. */
  readText(path: string): Promise<string | null>;
  /** Names in a folder; null: it is none. */
  list(path: string): Promise<readonly string[] | null>;
}

/** No files: scripts without includes. */
export const noFiles: ScriptFiles = { readText: async () => null, list: async () => null };

/** A script of more is not read. */
const limitBytes = 4 << 20;

/**
 * The text of a script: UTF-8, without the mark that some editors put before it; else Latin-1, of which
 * every byte is a letter, as old scripts are written.
 */
export function scriptText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

export function scriptFiles(files: Pick<Files, 'read' | 'stat' | 'list'>): ScriptFiles {
  return {
    async readText(path) {
      try {
        const stat = await files.stat(path);
        if (stat === null || stat.isDirectory) return null;
        return scriptText(await files.read(path, { limitBytes }));
      } catch (fault) {
        if (fault instanceof CodedError && fault.code === 'file.missing') return null;
        throw fault;
      }
    },
    async list(path) {
      const stat = await files.stat(path);
      return stat?.isDirectory === true ? files.list(path) : null;
    },
  };
}
