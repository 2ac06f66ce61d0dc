import { Resampler } from './resampler.ts';

/** Gives a source's samples at another rate, in pieces of any size. */
export class RateAdapter {
  readonly #resampler: Resampler;
  readonly #source: Int16Array;
  readonly #frame: Int16Array;
  #start = 0;
  #end = 0;

  constructor(fromHz: number, toHz: number) {
    this.#resampler = new Resampler(fromHz, toHz);
    this.#source = new Int16Array(fromHz / 50);
    this.#frame = new Int16Array(toHz / 50 + 1);
  }

  get toHz(): number {
    return this.#resampler.toHz;
  }

  get fromHz(): number {
    return this.#resampler.fromHz;
  }

  /** Everything that was read was given out. */
  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** Samples at the source's rate that were read and not given out yet. */
  get pendingSource(): number {
    return Math.floor(((this.#end - this.#start) * this.fromHz) / this.toHz);
  }

  /** The source goes on at `samples[end]`, and what stands before was heard already. */
  prime(samples: Int16Array, end: number): void {
    this.#resampler.prime(samples, end);
  }

  /** Up to `count` samples to `out[at…]`; `read` fills a buffer with source samples, fewer at the end. */
  pull(read: (buffer: Int16Array, count: number) => number, out: Int16Array, at: number, count: number): number {
    let filled = 0;
    while (filled < count) {
      if (this.#start === this.#end) {
        const got = read(this.#source, this.#source.length);
        if (got === 0) break;
        this.#start = 0;
        this.#end = this.#resampler.process(this.#source, 0, got, this.#frame, 0);
        continue;
      }
      const take = Math.min(count - filled, this.#end - this.#start);
      for (let i = 0; i < take; i++) out[at + filled + i] = this.#frame[this.#start + i] as number;
      this.#start += take;
      filled += take;
    }
    return filled;
  }
}
