import { DecodeThread, type DecodeThreadOptions } from './decode-thread.ts';
import { extensionOf } from './worker/file-extension.ts';
import type { SharedAudio } from './worker/protocol.ts';
import type { FormatRecord } from './worker/records.ts';

/** Larger files are decoded in a thread of their own: an engine's tick must not wait. */
const largeFileBytes = 32_000;
/**
 * And this, while no tick has anything to do: a start with prompts of a few seconds needs no further thread, which
 * measured 15 MB and, on a busy machine, a quarter of a second. In GSM so much takes a tenth of a second.
 */
const largeFileBytesIdle = 256_000;

/** Decodes small files in an engine, between its ticks; large and costly ones in a thread of their own. */
export class PromptDecoder {
  readonly #thread: DecodeThread | null;
  readonly #costly: ReadonlySet<string>;
  readonly #inEngine: (name: string, bytes: Uint8Array) => Promise<SharedAudio>;
  readonly #isIdle: () => boolean;

  /**
   * @param thread null: there are no threads (simulated time)
   * @param isIdle are there no streams whose ticks would wait?
   */
  constructor(
    formats: readonly FormatRecord[],
    thread: DecodeThreadOptions | null,
    inEngine: (name: string, bytes: Uint8Array) => Promise<SharedAudio>,
    isIdle: () => boolean = () => false,
  ) {
    this.#costly = new Set(formats.flatMap((record) => (record.costly ? record.extensions : [])));
    this.#thread = thread === null ? null : new DecodeThread(thread);
    this.#inEngine = inEngine;
    this.#isIdle = isIdle;
  }

  /** @throws CodedError `file.format`, `file.tooLarge`. */
  decode(name: string, bytes: Uint8Array): Promise<SharedAudio> {
    const limit = this.#isIdle() ? largeFileBytesIdle : largeFileBytes;
    const isCostly = bytes.length >= limit || this.#costly.has(extensionOf(name));
    return isCostly && this.#thread !== null ? this.#thread.decode(name, bytes) : this.#inEngine(name, bytes);
  }

  async stop(): Promise<void> {
    await this.#thread?.stop();
  }
}
