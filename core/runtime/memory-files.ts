import { posix } from 'node:path';
import { copyBytes } from './bytes.ts';
import { CodedError } from './errors.ts';
import type { Files, FileTimes, WritableFile } from './files.ts';

/** Files in memory, for simulation and tests. Optional `base`: read from it what is not there. */
export class MemoryFiles implements Files {
  readonly #entries = new Map<string, FileTimes & { readonly bytes: Uint8Array }>();
  readonly #folders = new Set<string>(['/']);
  readonly #unixMs: () => number;
  readonly #base: Files | null;
  /** Files opened by `create` and not yet closed: for leak tests. */
  openFiles = 0;

  constructor(options: { readonly unixMs?: () => number; readonly base?: Files } = {}) {
    this.#unixMs = options.unixMs ?? (() => 0);
    this.#base = options.base ?? null;
  }

  /** Names of all files, sorted. */
  get names(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  async read(path: string, options: { readonly limitBytes?: number } = {}): Promise<Uint8Array> {
    const entry = this.#entries.get(key(path));
    if (entry === undefined) {
      if (this.#base !== null) return this.#base.read(path, options);
      throw new CodedError('file.missing', path);
    }
    checkSize(path, entry.bytes.length, options.limitBytes);
    return copyBytes(entry.bytes);
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#put(path, copyBytes(bytes));
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const old = this.#entries.get(key(path))?.bytes ?? new Uint8Array(0);
    this.#put(path, joined(old, bytes));
  }

  async truncate(path: string, sizeBytes: number): Promise<void> {
    this.#put(path, (await this.read(path)).subarray(0, sizeBytes));
  }

  async create(path: string): Promise<WritableFile> {
    this.#put(path, new Uint8Array(0));
    this.openFiles++;
    let open = true;
    // Grows by doubling, so that a long recording is not copied with every write.
    let room = new Uint8Array(1024);
    let length = 0;
    return {
      write: async (bytes, offset) => {
        if (!open) throw new CodedError('file.failed', `${path} is closed`);
        if (offset + bytes.length > room.length) {
          const larger = new Uint8Array(Math.max(room.length * 2, offset + bytes.length));
          larger.set(room);
          room = larger;
        }
        room.set(bytes, offset);
        length = Math.max(length, offset + bytes.length);
        this.#put(path, room.subarray(0, length));
      },
      close: async () => {
        if (open) this.openFiles--;
        open = false;
      },
    };
  }

  async stat(path: string) {
    const name = key(path);
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      const { bytes, accessedUnixMs, modifiedUnixMs } = entry;
      return { sizeBytes: bytes.length, isDirectory: false, accessedUnixMs, modifiedUnixMs };
    }
    if (this.#isFolder(name)) return { sizeBytes: 0, isDirectory: true, accessedUnixMs: 0, modifiedUnixMs: 0 };
    return this.#base?.stat(path) ?? null;
  }

  async list(path: string): Promise<readonly string[]> {
    const name = key(path);
    const prefix = name === '/' ? '/' : `${name}/`;
    const own = [...this.#entries.keys(), ...this.#folders]
      .filter((entry) => entry.startsWith(prefix) && entry !== prefix)
      .map((entry) => entry.slice(prefix.length).split('/')[0] ?? '');
    const base = (await this.#base?.list(path)) ?? [];
    return [...new Set([...own, ...base])].sort();
  }

  async rename(from: string, to: string): Promise<void> {
    const entry = this.#entries.get(key(from));
    if (entry === undefined) throw new CodedError('file.missing', from);
    this.#entries.delete(key(from));
    this.#entries.set(key(to), entry);
  }

  async remove(path: string): Promise<void> {
    if (!this.#entries.delete(key(path))) throw new CodedError('file.missing', path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#folders.add(key(path));
  }

  async setTimes(path: string, { accessedUnixMs, modifiedUnixMs }: FileTimes): Promise<void> {
    const entry = this.#entries.get(key(path));
    if (entry === undefined) throw new CodedError('file.missing', path);
    this.#entries.set(key(path), { bytes: entry.bytes, accessedUnixMs, modifiedUnixMs });
  }

  #put(path: string, bytes: Uint8Array): void {
    const unixMs = this.#unixMs();
    this.#entries.set(key(path), { bytes, accessedUnixMs: unixMs, modifiedUnixMs: unixMs });
  }

  #isFolder(name: string): boolean {
    if (this.#folders.has(name)) return true;
    for (const entry of this.#entries.keys()) if (entry.startsWith(`${name}/`)) return true;
    return false;
  }
}

function key(path: string): string {
  return posix.resolve('/', path);
}

function joined(old: Uint8Array, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(old.length + bytes.length);
  all.set(old);
  all.set(bytes, old.length);
  return all;
}

/** @throws CodedError `file.tooLarge`. */
function checkSize(path: string, sizeBytes: number, limitBytes: number | undefined): void {
  if (limitBytes === undefined || sizeBytes <= limitBytes) return;
  throw new CodedError('file.tooLarge', `${path} has ${sizeBytes} bytes, the limit is ${limitBytes}`);
}
