/**
 * Comfort noise (RFC 3389): a level and, optionally, a spectrum in place of frames of silence.
 *
 *   | 0 |   level, -dBov    |  N1  |  N2  | …   one byte each
 */

/** Coefficients that we send, and that we read at most: "it is RECOMMENDED … 10" for 8 kHz. */
const order = 10;
const readOrder = 32;
const fullScale = 32768;
/** Each sample's level moves that much closer to the level asked for: a change takes some 20 ms. */
const glide = 1 / 80;

/** One source of noise: heard while the peer sends nothing. */
export class ComfortNoise {
  readonly #reflection = new Float64Array(readOrder);
  readonly #lattice = new Float64Array(readOrder + 1);
  #order = 0;
  #targetGain = 0;
  #gain = 0;
  #seed = 0x2545f491;

  /** A comfort-noise payload came. An empty one changes nothing. */
  update(payload: Uint8Array, start: number, length: number): void {
    if (length < 1) return;
    const level = (payload[start] as number) & 0x7f;
    this.#order = Math.min(length - 1, readOrder);
    let flatness = 1;
    for (let i = 0; i < this.#order; i++) {
      // Section 3.2: k = 258 (N - 127) / 32768, and "index N=255 is reserved".
      const index = Math.min(payload[start + 1 + i] as number, 254);
      const k = (258 * (index - 127)) / 32768;
      this.#reflection[i] = k;
      flatness *= 1 - k * k;
    }
    // Uniform noise between -1 and 1 has a power of 1/3; the filter adds 1 / flatness.
    const rms = level === 127 ? 0 : fullScale * 10 ** (-level / 20);
    this.#targetGain = rms * Math.sqrt(3 * flatness);
  }

  /** The next `count` samples of noise. */
  generate(out: Int16Array, count: number): void {
    const { length } = out;
    const last = this.#order;
    const k = this.#reflection;
    const b = this.#lattice;
    let seed = this.#seed;
    let gain = this.#gain;
    for (let i = 0; i < count && i < length; i++) {
      gain += (this.#targetGain - gain) * glide;
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      let forward = (gain * seed) / 0x8000_0000;
      for (let m = last - 1; m >= 0; m--) {
        const coefficient = k[m] as number;
        forward -= coefficient * (b[m] as number);
        b[m + 1] = (b[m] as number) + coefficient * forward;
      }
      b[0] = forward;
      out[i] = forward > 32767 ? 32767 : forward < -32768 ? -32768 : Math.round(forward);
    }
    this.#seed = seed;
    this.#gain = gain;
  }

  /** Another pause begins: the level comes at once, and nothing of the last one rings on. */
  reset(): void {
    this.#lattice.fill(0);
    this.#gain = this.#targetGain;
  }

  /** Plain data for moving a stream. */
  state(): ComfortNoiseState {
    return {
      reflection: Array.from(this.#reflection.subarray(0, this.#order)),
      lattice: Array.from(this.#lattice),
      targetGain: this.#targetGain,
      gain: this.#gain,
      seed: this.#seed,
    };
  }

  restore(state: ComfortNoiseState): void {
    this.#order = Math.min(state.reflection.length, readOrder);
    for (let i = 0; i < this.#order; i++) this.#reflection[i] = stable(state.reflection[i]);
    for (let i = 0; i <= readOrder; i++) this.#lattice[i] = finite(state.lattice[i]);
    this.#targetGain = finite(state.targetGain);
    this.#gain = finite(state.gain);
    this.#seed = state.seed | 0;
  }
}

export interface ComfortNoiseState {
  readonly reflection: readonly number[];
  readonly lattice: readonly number[];
  readonly targetGain: number;
  readonly gain: number;
  readonly seed: number;
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}

/** A coefficient of 1 or more would let the filter ring up without end. */
function stable(value: number | undefined): number {
  return Math.min(0.999, Math.max(-0.999, finite(value)));
}

const correlation = new Float64Array(order + 1);
const predictor = new Float64Array(order + 1);
const mirrored = new Float64Array(order + 1);

/**
 * Describes `count` samples of noise in `payload`: level and up to ten reflection coefficients, as
 * many as there is room for. Returns the bytes written.
 */
export function encodeComfortNoise(samples: Int16Array, count: number, payload: Uint8Array): number {
  const length = Math.min(count, samples.length);
  const coefficients = Math.min(order, payload.length - 1);
  if (coefficients < 0) return 0;
  autocorrelate(samples, length);
  const power = length === 0 ? 0 : (correlation[0] as number) / length;
  const level = power <= 0 ? 127 : Math.round(-10 * Math.log10(power / (fullScale * fullScale)));
  payload[0] = Math.min(127, Math.max(0, level));
  levinson(coefficients, payload);
  return 1 + coefficients;
}

function autocorrelate(samples: Int16Array, length: number): void {
  for (let lag = 0; lag <= order; lag++) {
    let sum = 0;
    for (let i = lag; i < length; i++) sum += (samples[i] as number) * (samples[i - lag] as number);
    correlation[lag] = sum;
  }
}

/** The Levinson-Durbin recursion; its reflection coefficients go to `payload[1…]`. */
function levinson(coefficients: number, payload: Uint8Array): void {
  // A little white noise keeps pure tones from making the filter ring.
  let error = (correlation[0] as number) * 1.0001;
  predictor.fill(0);
  predictor[0] = 1;
  for (let m = 1; m <= coefficients; m++) {
    let sum = 0;
    for (let i = 0; i < m; i++) sum += (predictor[i] as number) * (correlation[m - i] as number);
    const k = error > 0 ? Math.min(0.99, Math.max(-0.99, -sum / error)) : 0;
    for (let i = 0; i <= m; i++) mirrored[i] = predictor[m - i] as number;
    for (let i = 1; i <= m; i++) predictor[i] = (predictor[i] as number) + k * (mirrored[i] as number);
    error *= 1 - k * k;
    payload[m] = Math.round((k * 32768) / 258) + 127;
  }
}
