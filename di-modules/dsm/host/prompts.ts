/** Prompts by name: the default collection and sets, by language for example (reference/dsm 6.4). */
import { CodedError, type Files, type Log, type Prompt } from '../../../core/index.ts';
import { readTextFile } from './bundle-files.ts';
import type { BundleSettings } from './settings.ts';

export type PromptCollection = ReadonlyMap<string, Prompt>;

export interface PromptSources {
  readonly files: Files;
  readonly log: Log;
  load(path: string): Promise<Prompt>;
}

const maxListBytes = 1_000_000;
const maxPrompts = 20_000;

/** Shared by the main configuration and all bundles: "Later definitions replace earlier ones." */
export class PromptBook {
  readonly #sources: PromptSources;
  readonly #default = new Map<string, Prompt>();
  readonly #sets = new Map<string, Map<string, Prompt>>();

  constructor(sources: PromptSources) {
    this.#sources = sources;
  }

  /** What a call starts on. */
  get defaults(): PromptCollection {
    return this.#default;
  }

  /** A set by its name; a language with a region (`de-AT`) falls back to the language. */
  set(name: string): PromptCollection | null {
    return this.#sets.get(name) ?? this.#sets.get(name.replace(/[-_].*$/, '')) ?? null;
  }

  setNames(): readonly string[] {
    return [...this.#sets.keys()];
  }

  /** Loads what the settings name. @throws CodedError `file.*`, `config.invalid` when a required one is missing. */
  async load(settings: BundleSettings, place: string): Promise<void> {
    for (const list of settings.loadPrompts) await this.#readList(list, this.#default);
    const missing = settings.requiredPrompts.filter((name) => !this.#default.has(name));
    if (missing.length > 0)
      throw new CodedError('config.invalid', `${place}: required_prompts: ${missing.join(', ')} could not be loaded`);
    for (const name of settings.loadPromptsSets) {
      const key = name.replace(/\.conf$/, '');
      const set = this.#sets.get(key) ?? new Map<string, Prompt>();
      await this.#readList(await this.#setFile(settings.promptsSetsPath, name), set);
      this.#sets.set(key, set);
    }
  }

  /** "try exact, then `.conf`" (reference/dsm 9). */
  async #setFile(folder: string, name: string): Promise<string> {
    const exact = `${folder}${name}`;
    const found = await this.#sources.files.stat(exact);
    return found !== null && !found.isDirectory ? exact : `${exact}.conf`;
  }

  /** "`name=path`, exactly one `=`, no trimming, `#` comment lines. Unreadable audio: error logged, prompt missing." */
  async #readList(path: string, into: Map<string, Prompt>): Promise<void> {
    const { files, log, load } = this.#sources;
    const folder = path.replace(/[^/]*$/, '');
    for (const [index, line] of (await readTextFile(files, path, maxListBytes)).split(/\r?\n/).entries()) {
      if (line === '' || line.startsWith('#')) continue;
      const [name, file, more] = line.split('=');
      if (name === undefined || file === undefined || more !== undefined) {
        log.warn('a line of a prompt list is not name=path', { file: path, line: index + 1 });
        continue;
      }
      if (into.size >= maxPrompts) throw new CodedError('config.invalid', `${path}: more than ${maxPrompts} prompts`);
      try {
        into.set(name, await load(file.startsWith('/') ? file : `${folder}${file}`));
      } catch (fault) {
        // SEMS takes paths as they are, from where the server was started.
        const loaded = file.startsWith('/') ? null : await load(file).catch(() => null);
        if (loaded !== null) into.set(name, loaded);
        else log.error('a prompt could not be loaded', { prompt: name, file, fault: String(fault) });
      }
    }
  }
}
