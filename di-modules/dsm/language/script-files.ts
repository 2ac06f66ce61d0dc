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

export function scriptFiles(files: Pick<Files, 'read' | 'stat' | 'list'>): ScriptFiles {
  return {
    async readText(path) {
      try {
        const stat = await files.stat(path);
        if (stat === null || stat.isDirectory) return null;
        return Buffer.from(await files.read(path, { limitBytes })).toString('utf8');
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
