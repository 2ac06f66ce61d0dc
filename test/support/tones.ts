/** What phones say, and how a test finds out who is heard. All at 8 kHz, mono, 16 bit. */
export const sampleRateHz = 8000;
export const frameSamples = 160;

/** Something to say: repeats after `periodSamples`, which are a whole number of 20 ms frames. */
export interface Signal {
  readonly name: string;
  /** One period. */
  readonly samples: Int16Array;
  /** What `hears` looks for; empty for silence and speech. */
  readonly frequenciesHz: readonly number[];
}

/** A sine of a whole number of Hz; `level` is its peak. */
export function tone(frequencyHz: number, level = 8000): Signal {
  return chord([frequencyHz], level);
}

/** Several sines at once, each of that level. */
export function chord(frequenciesHz: readonly number[], level = 4000): Signal {
  const samples = new Int16Array(periodOf(frequenciesHz));
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (const hz of frequenciesHz) sum += level * Math.sin((2 * Math.PI * hz * i) / sampleRateHz);
    samples[i] = Math.round(sum);
  }
  return { name: `${frequenciesHz.join('+')} Hz`, samples, frequenciesHz };
}

export const silence: Signal = { name: 'silence', samples: new Int16Array(frameSamples), frequenciesHz: [] };

/** Any samples, repeated; the last frame is filled up with silence. */
export function recording(name: string, samples: Int16Array): Signal {
  const whole = new Int16Array(Math.ceil(samples.length / frameSamples) * frameSamples);
  whole.set(samples);
  return { name, samples: whole, frequenciesHz: [] };
}

/** Whole periods of all sines that are also whole frames. */
function periodOf(frequenciesHz: readonly number[]): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;
  return frequenciesHz.reduce((period, hz) => lcm(period, sampleRateHz / gcd(sampleRateHz, hz)), frameSamples);
}

/** Peak level of one frequency in the samples (Goertzel; best over whole periods). */
export function levelAt(samples: Int16Array, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / sampleRateHz);
  let previous = 0;
  let beforeThat = 0;
  for (const sample of samples) {
    const now = sample + coefficient * previous - beforeThat;
    beforeThat = previous;
    previous = now;
  }
  const power = previous * previous + beforeThat * beforeThat - coefficient * previous * beforeThat;
  return samples.length === 0 ? 0 : (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** Root mean square of the samples. */
export function loudness(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** The strongest frequencies between 100 and 3600 Hz in steps of 20, strongest first: for messages. */
export function spectrum(samples: Int16Array, count = 4): readonly { readonly hz: number; readonly level: number }[] {
  const lines: { hz: number; level: number }[] = [];
  for (let hz = 100; hz <= 3600; hz += 20) lines.push({ hz, level: Math.round(levelAt(samples, hz)) });
  return lines
    .sort((a, b) => b.level - a.level)
    .slice(0, count)
    .filter(({ level }) => level > 50);
}

/** Jumps between neighbouring samples that no voice band signal makes: clicks of a badly joined edge. */
export function clicks(samples: Int16Array, largestStep = 12_000): number {
  let count = 0;
  for (let i = 1; i < samples.length; i++) {
    if (Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)) > largestStep) count++;
  }
  return count;
}
