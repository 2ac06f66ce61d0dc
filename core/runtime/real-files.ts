import { constants } from 'node:fs';
import { appendFile, copyFile, mkdir, open, readdir, rename, rm, stat, truncate, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CodedError } from './errors.ts';
import type { Files, WritableFile } from './files.ts';
import { systemCode } from './system-code.ts';

/** Read without a limit of its own, a file may have that many bytes. */
const defaultLimitBytes = 256 * 1024 * 1024;

/** The machine's file system. */
export function realFiles(): Files {
  let temporary = 0;
  return {
    read: (path, options = {}) => guarded(path, () => readBounded(path, options.limitBytes ?? defaultLimitBytes)),
    write: (path, bytes, { secret = false } = {}) =>
      guarded(path, async () => {
        await mkdir(dirname(path), { recursive: true });
        const temporaryPath = join(dirname(path), `.${basename(path)}.${process.pid}.${temporary++}.tmp`);
        try {
          const file = await open(temporaryPath, 'wx', secret ? 0o600 : 0o666);
          try {
            await file.writeFile(bytes);
            await file.sync();
          } finally {
            await file.close();
          }
          await rename(temporaryPath, path);
        } catch (fault) {
          await rm(temporaryPath, { force: true });
          throw fault;
        }
      }),
    append: (path, bytes) =>
      guarded(path, async () => {
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, bytes);
      }),
    truncate: (path, sizeBytes) => guarded(path, () => truncate(path, sizeBytes)),
    create: (path) =>
      guarded(path, async () => {
        await mkdir(dirname(path), { recursive: true });
        return orderedWriter(path, await open(path, 'w'));
      }),
    stat: (path) =>
      guarded(path, async () => {
        try {
          const found = await stat(path);
          return {
            sizeBytes: found.size,
            isDirectory: found.isDirectory(),
            accessedUnixMs: found.atimeMs,
            modifiedUnixMs: found.mtimeMs,
          };
        } catch (fault) {
          if (isMissing(fault)) return null;
          throw fault;
        }
      }),
    list: (path) =>
      guarded(path, async () => {
        try {
          return (await readdir(path)).sort();
        } catch (fault) {
          if (isMissing(fault)) return [];
          throw fault;
        }
      }),
    rename: (from, to) => guarded(from, () => renameFile(from, to)),
    remove: (path) => guarded(path, () => rm(path)),
    makeDirectory: (path) => guarded(path, async () => void (await mkdir(path, { recursive: true }))),
    setTimes: (path, times) =>
      guarded(path, () => utimes(path, times.accessedUnixMs / 1000, times.modifiedUnixMs / 1000)),
  };
}

/** Another file system: a copy, then the old name goes. */
async function renameFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (fault) {
    if (systemCode(fault) !== 'EXDEV') throw fault;
    await copyFile(from, to);
    await rm(from);
  }
}

/** O_NONBLOCK: opening a named pipe must not hang a thread of the pool. */
async function readBounded(path: string, limitBytes: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new CodedError('file.failed', `${path} is not a plain file`);
    if (found.size > limitBytes) {
      throw new CodedError('file.tooLarge', `${path} has ${found.size} bytes, the limit is ${limitBytes}`);
    }
    const bytes = new Uint8Array(found.size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) break; // the file was shortened meanwhile
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** Positioned writes, one after the other in the order of the calls. */
function orderedWriter(path: string, file: Awaited<ReturnType<typeof open>>): WritableFile {
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | null = null;
  return {
    write(bytes, offset) {
      const done = last.then(() =>
        guarded(path, async () => {
          let at = 0;
          while (at < bytes.length) {
            const { bytesWritten } = await file.write(bytes, at, bytes.length - at, offset + at);
            at += bytesWritten;
          }
        }),
      );
      last = done.catch(() => {}); // the caller of this write hears of it; later ones go on
      return done;
    },
    close() {
      closing ??= last.then(() => guarded(path, () => file.close()));
      return closing;
    },
  };
}

function isMissing(fault: unknown): boolean {
  return systemCode(fault) === 'ENOENT' || systemCode(fault) === 'ENOTDIR';
}

/** Turns the system's errors into rows of the table. */
async function guarded<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (fault) {
    if (fault instanceof CodedError) throw fault;
    if (isMissing(fault)) throw new CodedError('file.missing', path, { cause: fault });
    throw new CodedError('file.failed', `${path}: ${systemCode(fault) || String(fault)}`, { cause: fault });
  }
}
