import { DecodeThread, type DecodeThreadOptions } from './decode-thread.ts';
import { extensionOf } from './worker/file-extension.ts';
import type { SharedAudio } from './worker/protocol.ts';
import type { FormatRecord } from './worker/records.ts';

/** Larger files are decoded in a thread of their own: an engine's tick must not wait. */
const largeFileBytes = 32_000;

/** Decodes small files in an engine, between its ticks; large and costly ones in a thread of their own. */
export class PromptDecoder {
  readonly #thread: DecodeThread | null;
  readonly #costly: ReadonlySet<string>;
  readonly #inEngine: (name: string, bytes: Uint8Array) => Promise<SharedAudio>;

  /** @param thread null: there are no threads (simulated time) */
  constructor(
    formats: readonly FormatRecord[],
    thread: DecodeThreadOptions | null,
    inEngine: (name: string, bytes: Uint8Array) => Promise<SharedAudio>,
  ) {
    this.#costly = new Set(formats.flatMap((record) => (record.costly ? record.extensions : [])));
    this.#thread = thread === null ? null : new DecodeThread(thread);
    this.#inEngine = inEngine;
  }

  /** @throws CodedError `file.format`, `file.tooLarge`. */
  decode(name: string, bytes: Uint8Array): Promise<SharedAudio> {
    const isCostly = bytes.length >= largeFileBytes || this.#costly.has(extensionOf(name));
    return isCostly && this.#thread !== null ? this.#thread.decode(name, bytes) : this.#inEngine(name, bytes);
  }

  async stop(): Promise<void> {
    await this.#thread?.stop();
  }
}
