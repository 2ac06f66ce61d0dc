import { CodedError, type FileStat } from '../runtime/index.ts';
import type { Prompt } from './types.ts';
import type { PromptId, SharedAudio } from './worker/protocol.ts';

export interface PromptSource {
  nowMs(): number;
  stat(path: string): Promise<FileStat | null>;
  /** Reads a file. @throws CodedError `file.*`. */
  read(path: string): Promise<Uint8Array>;
  /** Decodes it. @throws CodedError `file.format`, `file.tooLarge`. */
  decode(name: string, bytes: Uint8Array): Promise<SharedAudio>;
  /** Tells all engines; the same number again: what begins to play from now on is this. */
  publish(prompt: PromptId, audio: SharedAudio): void;
  /** A changed file that cannot be used: the audio before goes on. */
  warn(path: string, fault: unknown): void;
}

interface Loaded {
  readonly prompt: Prompt;
  readonly audio: SharedAudio;
  readonly stamp: string;
}

/** A file is looked at again when it is played, but not more often than this. */
const checkMs = 1000;

/**
 * The prompts of the process: each path is read and decoded once and shared by all engines. A file that
 * has changed is read anew and keeps its number: plays that began go on with what they had, new ones get
 * the new audio.
 */
export class Prompts {
  readonly #source: PromptSource;
  readonly #byPath = new Map<string, Promise<Loaded>>();
  readonly #byId = new Map<PromptId, Loaded>();
  readonly #checkedMs = new Map<string, number>();
  #lastId = 0;

  constructor(source: PromptSource) {
    this.#source = source;
  }

  /** The prompt of that path; a path that failed is tried again next time. @throws CodedError `file.*`. */
  async load(path: string): Promise<Prompt> {
    const known = this.#byPath.get(path);
    const loading = known === undefined ? this.#load(path, ++this.#lastId) : this.#fresh(path, known);
    this.#byPath.set(path, loading);
    loading.catch(() => this.#byPath.delete(path));
    return (await loading).prompt;
  }

  /** It is played: the next time it shall be what its file is now. */
  touch(id: PromptId): void {
    const path = this.#byId.get(id)?.prompt.path;
    if (path !== undefined && this.#isDue(path)) this.load(path).catch(() => {});
  }

  #isDue(path: string): boolean {
    return this.#source.nowMs() - (this.#checkedMs.get(path) ?? Number.NEGATIVE_INFINITY) >= checkMs;
  }

  async #fresh(path: string, known: Promise<Loaded>): Promise<Loaded> {
    if (!this.#isDue(path)) return known;
    this.#checkedMs.set(path, this.#source.nowMs());
    const before = await known;
    try {
      const stamp = stampOf(await this.#source.stat(path));
      if (stamp === before.stamp || stamp === '') return before;
      return await this.#load(path, before.prompt.id);
    } catch (fault) {
      this.#source.warn(path, fault);
      return before;
    }
  }

  async #load(path: string, id: PromptId): Promise<Loaded> {
    this.#checkedMs.set(path, this.#source.nowMs());
    const stamp = stampOf(await this.#source.stat(path).catch(() => null));
    const bytes = await this.#source.read(path);
    const audio = await this.#source.decode(path, bytes);
    const { sampleRateHz } = audio;
    const lengthMs = Math.round((audio.samples.byteLength / 2 / sampleRateHz) * 1000);
    const loaded: Loaded = { prompt: { id, path, lengthMs, sampleRateHz }, audio, stamp };
    this.#byId.set(id, loaded);
    this.#source.publish(id, audio);
    return loaded;
  }

  /** All that were loaded, for an engine that starts late. */
  all(): readonly (readonly [PromptId, SharedAudio])[] {
    return [...this.#byId].map(([id, { audio }]) => [id, audio] as const);
  }

  /** @throws CodedError `media.noPrompt`. */
  pathOf(id: PromptId): string {
    const loaded = this.#byId.get(id);
    if (loaded === undefined) throw new CodedError('media.noPrompt', `prompt ${id}`);
    return loaded.prompt.path;
  }

  has(id: PromptId): boolean {
    return this.#byId.has(id);
  }

  /** Shared memory of all prompts. */
  get bytes(): number {
    let sum = 0;
    for (const { audio } of this.#byId.values()) {
      sum += audio.samples.byteLength + audio.pcmu.byteLength + audio.pcma.byteLength;
    }
    return sum;
  }

  get size(): number {
    return this.#byId.size;
  }
}

function stampOf(stat: FileStat | null): string {
  return stat === null ? '' : `${stat.modifiedUnixMs} ${stat.sizeBytes}`;
}
