import { join } from 'node:path';
import type { Clock, Files } from '../../../core/index.ts';
import type { OutputPlace, StoredRecord } from '../store.ts';
import type { Output } from './output.ts';

export interface LineFileOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly folder: string;
  /** `records-2026-01-31.csv`, `records-2026-01-31.1.csv` … begin with this. */
  readonly prefix: string;
  readonly extension: string;
  /** First line of each file, with its end; empty: none. */
  readonly header: string;
  readonly maxBytes: number;
  readonly daily: boolean;
  /** One line with its end. */
  line(record: StoredRecord['record']): string;
}

/**
 * Lines in files that are followed by others by size and day. How long the file was after the last line is kept in
 * the storage: what a crash left behind it, half a line or lines that are not counted yet, is cut off before the
 * next is written. So every line is whole, and none is there twice.
 */
export class LineFile implements Output {
  readonly batch = 500;
  readonly #options: LineFileOptions;
  /** What was given back last. From any other place the file may be longer than the place says. */
  #after: OutputPlace | null = null;

  constructor(options: LineFileOptions) {
    this.#options = options;
  }

  async deliver(records: readonly StoredRecord[], place: OutputPlace): Promise<OutputPlace> {
    const isCounted = place === this.#after;
    this.#after = null;
    this.#after = await this.#deliver(records, isCounted ? place : await this.#trimmed(place));
    return this.#after;
  }

  async close(): Promise<void> {}

  async #deliver(records: readonly StoredRecord[], place: OutputPlace): Promise<OutputPlace> {
    const { files, folder, header, line, maxBytes } = this.#options;
    const isFull = place.bytes >= maxBytes;
    // A new file is counted before it is written: after a crash it is known to be ours.
    if (place.file === '' || isFull || !this.#isOfToday(place.file)) {
      await files.makeDirectory(folder);
      return { seq: place.seq, file: await this.#newName(), bytes: 0 };
    }
    let text = place.bytes === 0 ? header : '';
    let seq = place.seq;
    for (const stored of records) {
      if (place.bytes + Buffer.byteLength(text) >= maxBytes && seq > place.seq) break;
      text += line(stored.record);
      seq = stored.seq;
    }
    const bytes = Buffer.from(text);
    await files.append(join(folder, place.file), bytes);
    return { seq, file: place.file, bytes: place.bytes + bytes.length };
  }

  /** Cuts the file to what is counted. A file that others made shorter is left as it is. */
  async #trimmed(place: OutputPlace): Promise<OutputPlace> {
    const { files, folder } = this.#options;
    if (place.file === '') return place;
    const path = join(folder, place.file);
    const sizeBytes = (await files.stat(path))?.sizeBytes ?? 0;
    if (sizeBytes > place.bytes) await files.truncate(path, place.bytes);
    return sizeBytes < place.bytes ? { ...place, bytes: sizeBytes } : place;
  }

  #isOfToday(file: string): boolean {
    return !this.#options.daily || file.startsWith(this.#stem());
  }

  #stem(): string {
    const { clock, prefix } = this.#options;
    return `${prefix}-${new Date(clock.unixMs()).toISOString().slice(0, 10)}`;
  }

  async #newName(): Promise<string> {
    const { extension, files, folder } = this.#options;
    const stem = this.#stem();
    for (let number = 0; ; number++) {
      const name = `${stem}${number === 0 ? '' : `.${number}`}.${extension}`;
      if ((await files.stat(join(folder, name))) === null) return name;
    }
  }
}
