/**
 * The file seam: asynchronous, bounded, whole files or positioned writes. Real: `real-files.ts`;
 * in memory: `memory-files.ts`. Paths are absolute or relative to the process's directory.
 */
export interface Files {
  /** @throws CodedError `file.missing`, `file.tooLarge` (over `limitBytes`) or `file.failed`. */
  read(path: string, options?: { readonly limitBytes?: number }): Promise<Uint8Array>;
  /**
   * Writes all of `bytes` to a temporary name that begins with a dot, then renames: a reader never sees half a file.
   * `secret`: nobody but our own user may read it.
   */
  write(path: string, bytes: Uint8Array, options?: { readonly secret?: boolean }): Promise<void>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Cuts the file after its first `sizeBytes`. @throws CodedError `file.missing`, `file.failed`. */
  truncate(path: string, sizeBytes: number): Promise<void>;
  /** Opens for positioned writing, creating folders and emptying the file. */
  create(path: string): Promise<WritableFile>;
  /** Null when there is nothing at `path`. */
  stat(path: string): Promise<FileStat | null>;
  /** Names in a folder, sorted; empty when it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** What is at `to` is replaced; between file systems the file is copied. @throws CodedError `file.missing`, `file.failed`. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  /** Sets the times of a file, to the millisecond. @throws CodedError `file.missing`, `file.failed`. */
  setTimes(path: string, times: FileTimes): Promise<void>;
}

export interface FileTimes {
  readonly accessedUnixMs: number;
  readonly modifiedUnixMs: number;
}

export interface FileStat extends FileTimes {
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
}

export interface WritableFile {
  /** Writes at `offset`. Writes are carried out in the order of the calls. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}
