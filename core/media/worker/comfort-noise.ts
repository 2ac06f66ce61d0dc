/**
 * Comfort noise (RFC 3389): what the other side's silence sounds like, described in a few bytes.
 *
 *   | 0 | level, -dBov (7 bits) | reflection coefficient 1 | … | coefficient M |
 */

/** Above this the rest of a payload is not looked at: more says nothing that is heard. */
const mostCoefficients = 16;
const quietest = 127;

/** Describes 20 ms of noise by its level; returns bytes written. */
export function encodeComfortNoise(samples: Int16Array, count: number, payload: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const sample = samples[i] as number;
    sum += sample * sample;
  }
  const power = count === 0 ? 0 : sum / count / (32768 * 32768);
  // Section 4: "the noise level is expressed in -dBov, with values from 0 to 127".
  payload[0] = power <= 0 ? quietest : Math.max(0, Math.min(quietest, Math.round(-10 * Math.log10(power))));
  return 1;
}

/** Makes noise as it was last described; silence before that. */
export class ComfortNoise {
  readonly #reflection = new Float64Array(mostCoefficients);
  readonly #delay = new Float64Array(mostCoefficients + 1);
  #order = 0;
  #gain = 0;
  #wantedGain = 0;
  #seed = 0x2545f491;

  update(payload: Uint8Array, start: number, length: number): void {
    if (length < 1) return;
    this.#order = Math.min(mostCoefficients, length - 1);
    let rest = 1;
    for (let i = 0; i < this.#order; i++) {
      // Section 3.2: k = (N - 127) / 128; inside of the unit circle the filter is stable.
      const k = Math.max(-0.98, Math.min(0.98, ((payload[start + 1 + i] as number) - 127) / 128));
      this.#reflection[i] = k;
      rest *= 1 - k * k;
    }
    const level = (payload[start] as number) & 0x7f;
    // Uniform noise of ±1 has a power of 1/3; the filter gives back what `rest` takes.
    this.#wantedGain = level >= quietest ? 0 : 32768 * 10 ** (-level / 20) * Math.sqrt(3 * rest);
  }

  generate(out: Int16Array, count: number): void {
    const delay = this.#delay;
    const order = this.#order;
    for (let n = 0; n < count; n++) {
      this.#gain += (this.#wantedGain - this.#gain) / 64;
      this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) | 0;
      let forward = (this.#seed / 0x8000_0000) * this.#gain;
      for (let i = order - 1; i >= 0; i--) {
        const k = this.#reflection[i] as number;
        forward -= k * (delay[i] as number);
        delay[i + 1] = (delay[i] as number) + k * forward;
      }
      delay[0] = forward;
      out[n] = Math.max(-32768, Math.min(32767, forward));
    }
  }
}
