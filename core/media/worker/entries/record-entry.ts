import type { EntryState } from '../playlist.ts';
import type { EndReason, PlayItem } from '../protocol.ts';
import { RecordingTap, type TapState, tapStateOf } from '../recorder.ts';
import { BaseEntry } from './base-entry.ts';
import type { EntryHost } from './host.ts';

/** Records what comes in and sends silence; its end is reported when the file is closed. */
export class RecordEntry extends BaseEntry<Extract<PlayItem, { readonly kind: 'record' }>> {
  #tap: RecordingTap | null;

  constructor(item: Extract<PlayItem, { readonly kind: 'record' }>, host: EntryHost, state: EntryState | null) {
    super(item, host, state);
    const tap: TapState | null = tapStateOf(state?.tap);
    this.#tap = tap === null ? null : new RecordingTap(tap);
  }

  override enter(): boolean {
    this.#tap ??= this.host.recordItem(this.item.item, this.item.path, this.item.limitMs);
    return this.#tap !== null;
  }

  override end(reason: EndReason): boolean {
    if (this.#tap === null) return false;
    this.#tap.end(reason);
    return true;
  }

  read(out: Int16Array, at: number, count: number): number {
    return this.silence(out, at, count);
  }

  override write(frame: Int16Array | null, count: number): boolean {
    return this.#tap?.received(frame, count, this.host.sampleRateHz) ?? false;
  }

  override state(): EntryState {
    return { ...super.state(), tap: this.#tap?.state() ?? null };
  }
}
