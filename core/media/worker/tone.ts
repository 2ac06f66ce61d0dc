import { saturate } from './saturate.ts';

/** What a tone sounds like; see `PlayItem`'s `tone`. */
export interface ToneShape {
  readonly frequenciesHz: readonly number[];
  /** Amplitude of each sine, of 32767. */
  readonly level: number;
  readonly onMs: number;
  readonly offMs: number;
}

const maxFrequencies = 8;

/**
 * Writes `count` samples of a tone, of which `position` samples were given before, to `out[at…]`:
 * a pure function of the position, so that a tone goes on where it was.
 */
export function writeTone(
  shape: ToneShape,
  sampleRateHz: number,
  position: number,
  out: Int16Array,
  at: number,
  count: number,
): void {
  const frequencies = Math.min(maxFrequencies, shape.frequenciesHz.length);
  const perMs = sampleRateHz / 1000;
  const on = shape.onMs * perMs;
  const period = on + shape.offMs * perMs;
  for (let i = 0; i < count; i++) {
    const place = period > 0 ? (position + i) % period : 0;
    let sum = 0;
    if (period === 0 || place < on) {
      const time = (position + i) / sampleRateHz;
      for (let f = 0; f < frequencies; f++) sum += Math.sin(2 * Math.PI * (shape.frequenciesHz[f] as number) * time);
    }
    const sample = Math.round(sum * shape.level);
    out[at + i] = saturate(sample);
  }
}
