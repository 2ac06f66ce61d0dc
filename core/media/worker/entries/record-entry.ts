import type { EntryState } from '../playlist.ts';
import type { EndReason, PlayItem } from '../protocol.ts';
import { RecordingTap, type TapState, tapStateOf } from '../recorder.ts';
import { BaseEntry } from './base-entry.ts';
import type { EntryHost } from './host.ts';

/** Records what comes in and sends silence (and the beep, if one is wanted); its end is reported when the file is closed. */
export class RecordEntry extends BaseEntry<Extract<PlayItem, { readonly kind: 'record' }>> {
  #tap: RecordingTap | null;

  constructor(item: Extract<PlayItem, { readonly kind: 'record' }>, host: EntryHost, state: EntryState | null) {
    super(item, host, state);
    const tap: TapState | null = tapStateOf(state?.tap);
    this.#tap = tap === null ? null : new RecordingTap(tap);
  }

  override enter(): boolean {
    this.#tap ??= this.host.recordItem(this.item);
    return this.#tap !== null;
  }

  override end(reason: EndReason): boolean {
    if (this.#tap === null) return false;
    this.#tap.end(reason);
    return true;
  }

  read(out: Int16Array, at: number, count: number): number {
    const filled = this.silence(out, at, count);
    this.#tap?.beep(out, at, count, this.host.sampleRateHz);
    return filled;
  }

  override write(frame: Int16Array | null, count: number): boolean {
    return this.#tap?.received(frame, count, this.host.sampleRateHz) ?? false;
  }

  override state(): EntryState {
    return { ...super.state(), tap: this.#tap?.state() ?? null };
  }
}
