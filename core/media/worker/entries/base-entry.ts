import type { Entry, EntryState } from '../playlist.ts';
import type { EndReason, PlayItem } from '../protocol.ts';
import type { StreamCodec } from '../room.ts';
import { at8000, type EntryHost } from './host.ts';

/** What most entries have in common: silence out, input thrown away, positions counted at 8000 Hz. */
export abstract class BaseEntry<Item extends PlayItem> implements Entry {
  readonly item: Item;
  readonly host: EntryHost;
  started: boolean;
  /** Samples given so far. */
  played: number;

  constructor(item: Item, host: EntryHost, state: EntryState | null) {
    this.item = item;
    this.host = host;
    this.started = state?.started ?? false;
    this.played = state?.played ?? 0;
  }

  enter(): boolean {
    return true;
  }

  leave(): void {}

  end(_reason: EndReason): boolean {
    return false;
  }

  abstract read(out: Int16Array, at: number, count: number): number;

  write(_frame: Int16Array | null, _count: number): boolean {
    return true;
  }

  readPayload(_codec: StreamCodec, _payload: Uint8Array): number {
    return 0;
  }

  get isOver(): boolean {
    return false;
  }

  get playedSamples(): number {
    return this.played;
  }

  state(): EntryState {
    return { started: this.started, played: this.played, position: 0 };
  }

  /** Silence, counted. */
  protected silence(out: Int16Array, at: number, count: number): number {
    for (let i = 0; i < count; i++) out[at + i] = 0;
    this.count8000(count);
    return count;
  }

  protected count8000(count: number): void {
    this.played += at8000(count, this.host.sampleRateHz);
  }

  /** How many of `count` samples are left of a length in ms (0: no end). */
  protected remaining(lengthMs: number, count: number): number {
    if (lengthMs === 0) return count;
    const left = Math.ceil(((lengthMs * 8 - this.played) * this.host.sampleRateHz) / 8000);
    return Math.max(0, Math.min(count, left));
  }
}
