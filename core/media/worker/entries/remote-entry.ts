import type { EntryState } from '../playlist.ts';
import type { PlayItem } from '../protocol.ts';
import { RateAdapter } from '../rate-adapter.ts';
import { openRemoteRing, type SampleRing } from '../remote-ring.ts';
import { Resampler } from '../resampler.ts';
import { BaseEntry } from './base-entry.ts';
import type { EntryHost } from './host.ts';

/**
 * Audio to and from another thread. What is not there in time is silence; never ends by itself. Counts
 * as played what was given out, not what waits in the rate converter: that is thrown away by a flush.
 */
export class RemoteEntry extends BaseEntry<Extract<PlayItem, { readonly kind: 'remote' }>> {
  readonly #toStream: SampleRing;
  readonly #fromStream: SampleRing;
  #adapter: RateAdapter | null = null;
  #resampler: Resampler | null = null;
  #frame: Int16Array;
  /** Taken from the ring, without what was flushed behind it. */
  #taken: number;
  readonly #take = (buffer: Int16Array, count: number): number => this.#readRing(buffer, 0, count);

  constructor(item: Extract<PlayItem, { readonly kind: 'remote' }>, host: EntryHost, state: EntryState | null) {
    super(item, host, state);
    const { toStream, fromStream } = openRemoteRing(item.ring);
    this.#toStream = toStream;
    this.#fromStream = fromStream;
    this.#frame = new Int16Array(item.ring.sampleRateHz / 50 + 1);
    this.#taken = this.played;
  }

  read(out: Int16Array, at: number, count: number): number {
    const ringHz = this.item.ring.sampleRateHz;
    const rateHz = this.host.sampleRateHz;
    if (this.#toStream.applyFlush()) this.#dropPending();
    if (ringHz === rateHz) {
      if (this.#adapter !== null) this.#dropPending();
      const got = this.#readRing(out, at, count);
      for (let i = got; i < count; i++) out[at + i] = 0;
    } else {
      if (this.#adapter?.toHz !== rateHz) {
        this.#dropPending();
        this.#adapter = new RateAdapter(ringHz, rateHz);
      }
      const got = this.#adapter.pull(this.#take, out, at, count);
      for (let i = got; i < count; i++) out[at + i] = 0;
    }
    this.#count();
    if (this.#toStream.takeRoomWanted()) this.host.remoteReady(this.item.item);
    return count;
  }

  override write(frame: Int16Array | null, count: number): boolean {
    const ringHz = this.item.ring.sampleRateHz;
    const rateHz = this.host.sampleRateHz;
    if (ringHz === rateHz) this.#fromStream.writeBlocks(frame ?? this.#silent(count), count, 1);
    else {
      if (this.#resampler?.fromHz !== rateHz) this.#resampler = new Resampler(rateHz, ringHz);
      const most = Math.ceil((count * ringHz) / rateHz) + 1;
      if (this.#frame.length < most) this.#frame = new Int16Array(most);
      const made = this.#resampler.process(frame ?? this.#silent(count), 0, count, this.#frame, 0);
      this.#fromStream.writeBlocks(this.#frame, made, 1);
    }
    if (this.#fromStream.takeSamplesWanted()) this.host.remoteReady(this.item.item);
    return true;
  }

  override leave(): void {
    this.#dropPending();
  }

  /** What the converter holds will not be heard. */
  #dropPending(): void {
    if (this.#adapter !== null) this.#taken -= this.#adapter.pendingSource;
    this.#adapter = null;
  }

  #count(): void {
    const played = this.#taken - (this.#adapter?.pendingSource ?? 0);
    if (played <= this.played) return;
    this.#toStream.addPlayed(played - this.played);
    this.played = played;
  }

  #readRing(out: Int16Array, at: number, count: number): number {
    const got = this.#toStream.read(out, at, count);
    this.#taken += got;
    return got;
  }

  #zeros = new Int16Array(0);
  #silent(count: number): Int16Array {
    if (this.#zeros.length < count) this.#zeros = new Int16Array(count);
    return this.#zeros;
  }
}
