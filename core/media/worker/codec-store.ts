import type { CodecOptions, CodecRecord } from './records.ts';
import type { StreamCodec } from './room.ts';

/** Frees what codecs hold outside of the heap; they are not used again. Those that streams share stay. */
export function disposeCodecs(codecs: readonly (StreamCodec | null)[]): void {
  for (const made of codecs) {
    if (made !== null && !made.stateless) made.codec.dispose?.();
  }
}

/** The codecs of an engine: makes an instance for each stream, or one for all where that is enough. */
export class CodecStore {
  readonly #records: readonly CodecRecord[];
  readonly #shared: (StreamCodec | undefined)[] = [];

  constructor(records: readonly CodecRecord[]) {
    this.#records = records;
  }

  /** A codec instance for what was negotiated; null when no record fits. */
  find(name: string, clockRateHz: number, channels: number, options?: CodecOptions): StreamCodec | null {
    const wanted = name.toUpperCase();
    const id = this.#records.findIndex(
      (record) =>
        record.name.toUpperCase() === wanted && record.clockRateHz === clockRateHz && record.channels === channels,
    );
    const record = this.#records[id];
    if (record === undefined) return null;
    // Without a state of its own, one instance serves all streams, and stays in the cache.
    const shared = this.#shared[id];
    if (shared !== undefined) return shared;
    const codec = record.create(options);
    const { clockRateHz: clockHz, sampleRateHz, decodingTable: table = null } = record;
    const made: StreamCodec = {
      id,
      record,
      codec,
      stateless: codec.snapshot === undefined,
      options,
      frameSamples: sampleRateHz / 50,
      decoder: { codec, clockRateHz: clockHz, sampleRateHz, table, resampler: null },
    };
    if (made.stateless) this.#shared[id] = made;
    return made;
  }
}
