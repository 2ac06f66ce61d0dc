/** What was heard, in its place in time: gaps stay silent, packets may come in any order. */
import { tsDistance } from './timestamps.ts';

/** A stream whose clock strays this far from arrival is put in its place anew. */
const strayMs = 1000;

export class Recording {
  readonly #sampleRateHz: number;
  #samples: Int16Array;
  /** Timestamp and position of the stream's first packet. */
  #origin: { readonly ssrc: number; readonly timestamp: number; readonly position: number } | null = null;
  readonly #limit: number;

  constructor(sampleRateHz: number, limitMs: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#limit = Math.floor((limitMs * sampleRateHz) / 1000);
    this.#samples = new Int16Array(Math.min(this.#limit, sampleRateHz * 30));
  }

  /** Adds the audio of one packet that arrived `atMs` after the answer. */
  add(ssrc: number, timestamp: number, atMs: number, audio: Int16Array): void {
    const arrival = Math.round((atMs * this.#sampleRateHz) / 1000);
    let position = this.#positionOf(ssrc, timestamp);
    const stray = (strayMs * this.#sampleRateHz) / 1000;
    if (position === null || Math.abs(position - arrival) > stray) {
      this.#origin = { ssrc, timestamp, position: arrival };
      position = arrival;
    }
    if (position < 0 || position + audio.length > this.#limit) return;
    if (position + audio.length > this.#samples.length) this.#grow(position + audio.length);
    this.#samples.set(audio, position);
  }

  /** The first `lengthMs` of it. */
  audio(lengthMs: number): Int16Array {
    const length = Math.min(this.#limit, Math.floor((lengthMs * this.#sampleRateHz) / 1000));
    if (length > this.#samples.length) this.#grow(length);
    return this.#samples.slice(0, length);
  }

  #positionOf(ssrc: number, timestamp: number): number | null {
    if (this.#origin === null || this.#origin.ssrc !== ssrc) return null;
    return this.#origin.position + tsDistance(this.#origin.timestamp, timestamp);
  }

  #grow(needed: number): void {
    const larger = new Int16Array(Math.min(this.#limit, Math.max(needed, this.#samples.length * 2)));
    larger.set(this.#samples);
    this.#samples = larger;
  }
}
