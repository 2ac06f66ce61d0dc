import type { EntryState } from '../playlist.ts';
import { encodedPrompt, type StoredPrompt } from '../prompt-store.ts';
import type { PlayItem } from '../protocol.ts';
import { RateAdapter } from '../rate-adapter.ts';
import type { StreamCodec } from '../room.ts';
import { BaseEntry } from './base-entry.ts';
import type { EntryHost } from './host.ts';

/** Plays a prompt from shared memory; counts in the prompt's own samples. */
export class PromptEntry extends BaseEntry<Extract<PlayItem, { readonly kind: 'prompt' }>> {
  #prompt: StoredPrompt | null = null;
  #position: number;
  #adapter: RateAdapter | null = null;
  readonly #take = (buffer: Int16Array, count: number): number => this.#copy(buffer, 0, count);

  constructor(item: Extract<PlayItem, { readonly kind: 'prompt' }>, host: EntryHost, state: EntryState | null) {
    super(item, host, state);
    this.#position = state?.position ?? 0;
  }

  override enter(): boolean {
    this.#prompt = this.host.prompt(this.item.prompt);
    if (this.#prompt === null) this.host.warn(`prompt ${this.item.prompt} does not exist, skipped`);
    return this.#prompt !== null;
  }

  read(out: Int16Array, at: number, count: number): number {
    const prompt = this.#prompt;
    if (prompt === null) return 0;
    const rateHz = this.host.sampleRateHz;
    if (prompt.sampleRateHz === rateHz) return this.#copy(out, at, count);
    if (this.#adapter?.toHz !== rateHz) {
      this.#adapter = new RateAdapter(prompt.sampleRateHz, rateHz);
      this.#adapter.prime(prompt.samples, this.#position);
    }
    return this.#adapter.pull(this.#take, out, at, count);
  }

  /** The bytes made when the prompt was loaded: a G.711 listener costs a copy. */
  override readPayload(codec: StreamCodec, payload: Uint8Array): number {
    const prompt = this.#prompt;
    if (prompt === null || (this.#adapter !== null && this.#adapter.pendingSource > 0)) return 0;
    const bytes = encodedPrompt(prompt, codec.record.name);
    if (bytes === null) return 0;
    const ratio = prompt.sampleRateHz / 8000;
    const from = this.#position / ratio;
    const count = codec.frameSamples;
    if (!Number.isInteger(from) || from + count > bytes.length) return 0;
    if (this.#position + count * ratio > prompt.samples.length) return 0;
    for (let i = 0; i < count; i++) payload[i] = bytes[from + i] as number;
    this.#forward(count * ratio);
    return count;
  }

  override get isOver(): boolean {
    const prompt = this.#prompt;
    if (prompt === null || this.item.loop || this.#position < prompt.samples.length) return false;
    return this.#adapter === null || this.#adapter.isEmpty;
  }

  override get playedSamples(): number {
    return Math.max(0, this.played - (this.#adapter?.pendingSource ?? 0));
  }

  /** What waits in the rate converter does not come along: elsewhere it is read again. */
  override state(): EntryState {
    const pending = this.#adapter?.pendingSource ?? 0;
    const length = Math.max(1, this.#prompt?.samples.length ?? 1);
    const back = this.#position - pending;
    const position = back >= 0 ? back : ((back % length) + length) % length;
    return { started: this.started, played: Math.max(0, this.played - pending), position };
  }

  #copy(out: Int16Array, at: number, count: number): number {
    const samples = this.#prompt?.samples;
    if (samples === undefined || samples.length === 0) return 0;
    let filled = 0;
    while (filled < count) {
      if (this.#position >= samples.length) {
        if (!this.item.loop) break;
        this.#position = 0;
      }
      const take = Math.min(count - filled, samples.length - this.#position);
      for (let i = 0; i < take; i++) out[at + filled + i] = samples[this.#position + i] as number;
      this.#forward(take);
      filled += take;
    }
    return filled;
  }

  #forward(samples: number): void {
    this.#position += samples;
    this.played += samples;
  }
}
