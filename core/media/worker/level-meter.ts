/** What is quieter than this is told as this. */
export const quietestDb = -127;
const fullScale = 32768;
/** G.711 reaches no further than this: what is there is clipped, in every codec. */
const clipped = 32_124;

/** Mean power and clipping of the frames that it is shown: one of eight is enough. */
export class LevelMeter {
  /** Of full scale, 0 to 1 a sample. */
  #power = 0;
  #samples = 0;
  /** Samples at full scale since the start. */
  clipped = 0;
  /** Of the interval that ended last, dBov. */
  db = quietestDb;

  add(samples: Int16Array, count: number): void {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const sample = samples[i] as number;
      sum += sample * sample;
      if (sample >= clipped || sample <= -clipped) this.clipped++;
    }
    this.#note(sum, count);
  }

  /** The same of bytes that a table decodes. */
  addCodes(table: Int16Array, codes: Uint8Array, count: number): void {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const sample = table[codes[i] as number] as number;
      sum += sample * sample;
      if (sample >= clipped || sample <= -clipped) this.clipped++;
    }
    this.#note(sum, count);
  }

  /** `count` samples of nothing. */
  addSilence(count: number): void {
    this.#note(0, count);
  }

  #note(sum: number, count: number): void {
    this.#power += sum / (fullScale * fullScale);
    this.#samples += count;
  }

  /** Ends an interval: `db` is its level. */
  take(): void {
    const mean = this.#samples === 0 ? 0 : this.#power / this.#samples;
    this.db = mean <= 0 ? quietestDb : Math.max(quietestDb, Math.round(100 * Math.log10(mean)) / 10);
    this.#power = 0;
    this.#samples = 0;
  }
}
