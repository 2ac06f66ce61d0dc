/** What was checked, and whether all of it was so. */
export interface Heard {
  /** Milliseconds since the listener's answer. */
  readonly from: number;
  readonly to: number;
  readonly by: string;
  readonly hears: readonly string[];
}

const results: { readonly what: string; readonly good: boolean; readonly seen: unknown }[] = [];

export function check(what: string, good: boolean, seen: unknown = undefined): void {
  results.push({ what, good, seen });
}

/** Prints every check; true when all were good. */
export function judge(say: (text: string) => void): boolean {
  say('');
  for (const { what, good, seen } of results)
    say(`${good ? '  ok  ' : 'WRONG '} ${what}${good || seen === undefined ? '' : `: ${JSON.stringify(seen)}`}`);
  const bad = results.filter(({ good }) => !good).length;
  say(`\n${results.length - bad} of ${results.length} checks good`);
  return bad === 0 && results.length > 0;
}

/** Amplitude of one frequency in a piece of audio (Goertzel), on the scale of 16-bit samples. */
export function toneLevel(samples: Int16Array, frequencyHz: number, sampleRateHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  let s1 = 0;
  let s2 = 0;
  for (const sample of samples) {
    const s0 = sample + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  return samples.length === 0
    ? 0
    : (2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2))) / samples.length;
}
