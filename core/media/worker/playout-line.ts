/**
 * The audio that was decoded and waits to be given out, and before it the audio that was given out
 * last: what stretching and concealment look back on.
 *
 *   samples  [ … past … | … rest … | free ]
 *                       ▲ start    ▲ end
 */

/** How far back pitch is looked for: three periods of the lowest voice and what they are compared with. */
export const pastMs = 60;
/** Room for two of the longest packets, with what is added by stretching. */
const roomMs = 340;

export class PlayoutLine {
  readonly samples: Int16Array;
  /** Samples of the past. */
  readonly past: number;
  start: number;
  end: number;

  constructor(sampleRateHz: number) {
    this.past = (sampleRateHz * pastMs) / 1000;
    this.samples = new Int16Array(this.past + (sampleRateHz * roomMs) / 1000);
    this.start = this.past;
    this.end = this.past;
  }

  /** Samples that wait. */
  get rest(): number {
    return this.end - this.start;
  }

  /** Makes room for `count` more samples at the end; false when they would never fit. */
  reserve(count: number): boolean {
    const { samples, past } = this;
    if (this.end + count <= samples.length) return true;
    const shift = this.start - past;
    samples.copyWithin(0, shift, this.end);
    this.start = past;
    this.end -= shift;
    return this.end + count <= samples.length;
  }

  /** What waits is thrown away and nothing lies behind: silence was, and another beginning comes. */
  clear(): void {
    this.start = this.past;
    this.end = this.past;
    this.samples.fill(0, 0, this.past);
  }

  /** Silence was given out. */
  skip(count: number): void {
    if (!this.reserve(count)) return;
    this.samples.fill(0, this.end, this.end + count);
    this.end += count;
    this.start = this.end;
  }

  /** The past and what waits, for a snapshot. */
  state(): readonly number[] {
    return [...this.samples.subarray(this.start - this.past, this.end)];
  }

  restore(samples: readonly number[]): void {
    this.clear();
    if (samples.length < this.past || samples.length > this.samples.length) return;
    this.samples.set(samples);
    this.end = samples.length;
  }
}
