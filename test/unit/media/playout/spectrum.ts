/** How far two recordings of the same speech lie apart, wherever one was stretched. */

const frame = 160;
const size = 256;
/** Frames of the reference that are quieter than this (mean square) are no speech. */
const speechPower = 300 * 300;

/**
 * Mean log-spectral distance (dB) over the frames with speech. `lagAt(i)`: by how many samples the
 * output is behind the reference at its sample i, about; the exact place is searched around it.
 */
export function spectralDistance(
  reference: Int16Array,
  output: Int16Array,
  lagAt: (sample: number) => number,
): { readonly meanDb: number; readonly worst5Db: number; readonly frames: number } {
  const distances: number[] = [];
  for (let at = size; at + size * 3 < reference.length; at += frame) {
    if (power(reference, at, size) < speechPower) continue;
    const lag = alignment(reference, output, at, Math.round(lagAt(at)), 120);
    const from = at + lag;
    if (from < 0 || from + size > output.length) continue;
    distances.push(distance(spectrum(reference, at), spectrum(output, from)));
  }
  distances.sort((a, b) => a - b);
  const worst = distances.slice(Math.floor(distances.length * 0.95));
  return { meanDb: mean(distances), worst5Db: mean(worst), frames: distances.length };
}

/** The lag near `guess` at which output is most like the reference around `at`. */
export function alignment(
  reference: Int16Array,
  output: Int16Array,
  at: number,
  guess: number,
  reach: number,
  length = 480,
): number {
  let best = guess;
  let bestLikeness = -2;
  const centre = at - (length - size) / 2;
  for (let lag = guess - reach; lag <= guess + reach; lag++) {
    const value = likeness(reference, centre, output, centre + lag, length) - Math.abs(lag - guess) * 1e-5;
    if (value <= bestLikeness) continue;
    bestLikeness = value;
    best = lag;
  }
  return best;
}

/** Normalised correlation of two pieces. */
export function likeness(a: Int16Array, atA: number, b: Int16Array, atB: number, length: number): number {
  let product = 0;
  let energyA = 1;
  let energyB = 1;
  for (let i = 0; i < length; i++) {
    const x = a[atA + i] ?? 0;
    const y = b[atB + i] ?? 0;
    product += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  return product / Math.sqrt(energyA * energyB);
}

export function power(samples: Int16Array, at: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (samples[at + i] ?? 0) ** 2;
  return sum / length;
}

function mean(list: readonly number[]): number {
  return list.length === 0 ? 0 : list.reduce((sum, value) => sum + value, 0) / list.length;
}

/** 100 to 3700 Hz. */
const firstBin = 3;
const lastBin = 118;

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let bin = firstBin; bin <= lastBin; bin++) sum += ((a[bin] ?? 0) - (b[bin] ?? 0)) ** 2;
  return Math.sqrt(sum / (lastBin - firstBin + 1));
}

/** Powers in dB; what lies 60 dB under full speech does not count. */
function spectrum(samples: Int16Array, at: number): Float64Array {
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    real[i] = (samples[at + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  }
  fft(real, imaginary);
  return real.map((x, bin) => 10 * Math.log10(x * x + (imaginary[bin] ?? 0) ** 2 + 4e6));
}

function fft(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j] ?? 0, real[i] ?? 0];
      [imaginary[i], imaginary[j]] = [imaginary[j] ?? 0, imaginary[i] ?? 0];
    }
  }
  for (let length = 2; length <= n; length <<= 1) {
    const angle = (-2 * Math.PI) / length;
    for (let i = 0; i < n; i += length) {
      for (let k = 0; k < length / 2; k++) {
        const cos = Math.cos(angle * k);
        const sin = Math.sin(angle * k);
        const a = i + k;
        const b = a + length / 2;
        const re = (real[b] ?? 0) * cos - (imaginary[b] ?? 0) * sin;
        const im = (real[b] ?? 0) * sin + (imaginary[b] ?? 0) * cos;
        real[b] = (real[a] ?? 0) - re;
        imaginary[b] = (imaginary[a] ?? 0) - im;
        real[a] = (real[a] ?? 0) + re;
        imaginary[a] = (imaginary[a] ?? 0) + im;
      }
    }
  }
}
