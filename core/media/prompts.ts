import { CodedError } from '../runtime/index.ts';
import type { Prompt } from './types.ts';
import type { PromptId, SharedAudio } from './worker/protocol.ts';

export interface PromptSource {
  /** Reads a file. @throws CodedError `file.*`. */
  read(path: string): Promise<Uint8Array>;
  /** Decodes it in an engine. @throws CodedError `file.format`. */
  decode(name: string, bytes: Uint8Array): Promise<SharedAudio>;
  /** Tells all engines. */
  publish(prompt: PromptId, audio: SharedAudio): void;
}

/** The prompts of the process: each path is read and decoded once and shared by all engines. */
export class Prompts {
  readonly #source: PromptSource;
  readonly #byPath = new Map<string, Promise<Prompt>>();
  readonly #audio = new Map<PromptId, { readonly path: string; readonly audio: SharedAudio }>();
  #lastId = 0;

  constructor(source: PromptSource) {
    this.#source = source;
  }

  /** The prompt of that path; a path that failed is tried again next time. @throws CodedError `file.*`. */
  load(path: string): Promise<Prompt> {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const loading = this.#load(path);
    this.#byPath.set(path, loading);
    loading.catch(() => this.#byPath.delete(path));
    return loading;
  }

  async #load(path: string): Promise<Prompt> {
    const bytes = await this.#source.read(path);
    const audio = await this.#source.decode(path, bytes);
    const id = ++this.#lastId;
    this.#audio.set(id, { path, audio });
    this.#source.publish(id, audio);
    const samples = audio.samples.byteLength / 2;
    return { id, path, lengthMs: Math.round((samples * 1000) / audio.sampleRateHz), sampleRateHz: audio.sampleRateHz };
  }

  /** All that were loaded, for an engine that starts late. */
  all(): readonly (readonly [PromptId, SharedAudio])[] {
    return [...this.#audio].map(([id, { audio }]) => [id, audio] as const);
  }

  /** @throws CodedError `media.noPrompt`. */
  pathOf(id: PromptId): string {
    const prompt = this.#audio.get(id);
    if (prompt === undefined) throw new CodedError('media.noPrompt', `prompt ${id}`);
    return prompt.path;
  }

  has(id: PromptId): boolean {
    return this.#audio.has(id);
  }
}
