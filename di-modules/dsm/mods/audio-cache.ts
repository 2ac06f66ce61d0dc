import { createHash } from 'node:crypto';
import type { Files, ModuleContext } from '../../../core/index.ts';
import { perServer } from './server.ts';

const maxFiles = 2000;
const maxBytes = 512 << 20;

/** Files that were made for playing, by what they are made from; the oldest go when they become too many. */
export class AudioCache {
  readonly #files: Files;
  readonly #folder: string;
  /** What is being made now, by path: made once, whoever asks. */
  readonly #making = new Map<string, Promise<string>>();
  #tidying: Promise<void> = Promise.resolve();

  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Path of the file for `key` (hashed) with that extension; `make` gives its bytes where there is none yet. */
  async pathOf(key: string | Uint8Array, extension: string, make: () => Promise<Uint8Array>): Promise<string> {
    const path = `${this.#folder}/${createHash('sha256').update(key).digest('hex').slice(0, 40)}.${extension}`;
    const making = this.#making.get(path);
    if (making !== undefined) return making;
    const made = this.#make(path, make);
    this.#making.set(path, made);
    try {
      return await made;
    } finally {
      this.#making.delete(path);
    }
  }

  async #make(path: string, make: () => Promise<Uint8Array>): Promise<string> {
    if ((await this.#files.stat(path)) !== null) return path;
    const bytes = await make();
    await this.#files.makeDirectory(this.#folder);
    await this.#files.write(path, bytes);
    this.#tidying = this.#tidying.then(() => this.#tidy(path)).catch(() => {}); // next time
    await this.#tidying;
    return path;
  }

  async #tidy(newest: string): Promise<void> {
    const names = await this.#files.list(this.#folder);
    const found = await Promise.all(
      names.map(async (name) => ({
        path: `${this.#folder}/${name}`,
        stat: await this.#files.stat(`${this.#folder}/${name}`),
      })),
    );
    const files = found.flatMap(({ path, stat }) => (stat === null || stat.isDirectory ? [] : [{ path, ...stat }]));
    files.sort((a, b) => a.modifiedUnixMs - b.modifiedUnixMs);
    let bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let count = files.length;
    for (const { path, sizeBytes } of files) {
      if (count <= maxFiles && bytes <= maxBytes) return;
      if (path === newest) continue;
      await this.#files.remove(path);
      count--;
      bytes -= sizeBytes;
    }
  }
}

const caches = perServer(() => new Map<string, AudioCache>());

/** The server's cache of that name, in the module's data folder. */
export function audioCache(context: ModuleContext<unknown>, name: string): AudioCache {
  const made = caches(context);
  const cache = made.get(name) ?? new AudioCache(context.files, `${context.dataPath}/${name}`);
  made.set(name, cache);
  return cache;
}
