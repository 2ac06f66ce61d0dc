import type { PlayItem } from '../protocol.ts';
import { writeTone } from '../tone.ts';
import { BaseEntry } from './base-entry.ts';

type Of<Kind extends PlayItem['kind']> = Extract<PlayItem, { readonly kind: Kind }>;

/** Silence out; ends after its length, if it has one. */
export class SilenceEntry extends BaseEntry<Of<'silence'>> {
  override get isOver(): boolean {
    return this.remaining(this.item.lengthMs, 1) === 0;
  }

  read(out: Int16Array, at: number, count: number): number {
    return this.silence(out, at, this.remaining(this.item.lengthMs, count));
  }
}

/** A place in the list: the playlist reports it and goes on. */
export class SeparatorEntry extends BaseEntry<Of<'separator'>> {
  read(): number {
    return 0;
  }
}

/** Sines, on and off. */
export class ToneEntry extends BaseEntry<Of<'tone'>> {
  override get isOver(): boolean {
    return this.remaining(this.item.lengthMs, 1) === 0;
  }

  read(out: Int16Array, at: number, count: number): number {
    const rateHz = this.host.sampleRateHz;
    const take = this.remaining(this.item.lengthMs, count);
    writeTone(this.item, rateHz, (this.played * rateHz) / 8000, out, at, take);
    this.count8000(take);
    return take;
  }
}

/** Sends back the frame that came in. */
export class EchoEntry extends BaseEntry<Of<'echo'>> {
  #frame: Int16Array | null = null;

  override write(frame: Int16Array | null): boolean {
    this.#frame = frame;
    return true;
  }

  read(out: Int16Array, at: number, count: number): number {
    const frame = this.#frame;
    if (frame === null) return this.silence(out, at, count);
    for (let i = 0; i < count; i++) out[at + i] = frame[at + i] as number;
    this.count8000(count);
    return count;
  }

  override leave(): void {
    this.#frame = null;
  }
}
