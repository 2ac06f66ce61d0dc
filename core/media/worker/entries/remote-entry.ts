import type { EntryState } from '../playlist.ts';
import type { PlayItem } from '../protocol.ts';
import { RateAdapter } from '../rate-adapter.ts';
import { openRemoteRing, type SampleRing } from '../remote-ring.ts';
import { Resampler } from '../resampler.ts';
import { BaseEntry } from './base-entry.ts';
import type { EntryHost } from './host.ts';

/** Audio to and from another thread. What is not there in time is silence; never ends by itself. */
export class RemoteEntry extends BaseEntry<Extract<PlayItem, { readonly kind: 'remote' }>> {
  readonly #toStream: SampleRing;
  readonly #fromStream: SampleRing;
  #adapter: RateAdapter | null = null;
  #resampler: Resampler | null = null;
  #frame: Int16Array;
  readonly #take = (buffer: Int16Array, count: number): number => this.#readRing(buffer, 0, count);

  constructor(item: Extract<PlayItem, { readonly kind: 'remote' }>, host: EntryHost, state: EntryState | null) {
    super(item, host, state);
    const { toStream, fromStream } = openRemoteRing(item.ring);
    this.#toStream = toStream;
    this.#fromStream = fromStream;
    this.#frame = new Int16Array(item.ring.sampleRateHz / 50 + 1);
  }

  read(out: Int16Array, at: number, count: number): number {
    const ringHz = this.item.ring.sampleRateHz;
    const rateHz = this.host.sampleRateHz;
    if (ringHz === rateHz) this.#readRing(out, at, count);
    else {
      if (this.#adapter?.toHz !== rateHz) this.#adapter = new RateAdapter(ringHz, rateHz);
      this.#adapter.pull(this.#take, out, at, count);
    }
    return count;
  }

  override write(frame: Int16Array | null, count: number): boolean {
    const ringHz = this.item.ring.sampleRateHz;
    const rateHz = this.host.sampleRateHz;
    if (ringHz === rateHz) {
      this.#fromStream.write(frame ?? this.#silent(count), 0, count);
      return true;
    }
    if (this.#resampler?.fromHz !== rateHz) this.#resampler = new Resampler(rateHz, ringHz);
    const made = this.#resampler.process(frame ?? this.#silent(count), 0, count, this.#frame, 0);
    this.#fromStream.write(this.#frame, 0, made);
    return true;
  }

  #readRing(out: Int16Array, at: number, count: number): number {
    const got = this.#toStream.read(out, at, count);
    this.played += got;
    for (let i = got; i < count; i++) out[at + i] = 0;
    return count;
  }

  #zeros = new Int16Array(0);
  #silent(count: number): Int16Array {
    if (this.#zeros.length < count) this.#zeros = new Int16Array(count);
    return this.#zeros;
  }
}
