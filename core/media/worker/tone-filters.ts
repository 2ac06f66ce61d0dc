/** Filters of the detection of keys: Goertzel's, four side by side, and what stands before them. */

/**
 * The powers of four frequencies in `line[from…]` to `powers[to…]`; a coefficient is twice the cosine
 * of the angle of one sample. A sine of amplitude a has the power (a n / 2)².
 */
export function filterFour(
  line: Float64Array,
  from: number,
  count: number,
  coefficients: Float64Array,
  first: number,
  powers: Float64Array,
  to: number,
): void {
  const c0 = coefficients[first] as number;
  const c1 = coefficients[first + 1] as number;
  const c2 = coefficients[first + 2] as number;
  const c3 = coefficients[first + 3] as number;
  let p0 = 0;
  let p1 = 0;
  let p2 = 0;
  let p3 = 0;
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let i = 0; i < count; i++) {
    const sample = line[from + i] as number;
    const r0 = c0 * p0 - q0 + sample;
    const r1 = c1 * p1 - q1 + sample;
    const r2 = c2 * p2 - q2 + sample;
    const r3 = c3 * p3 - q3 + sample;
    q0 = p0;
    q1 = p1;
    q2 = p2;
    q3 = p3;
    p0 = r0;
    p1 = r1;
    p2 = r2;
    p3 = r3;
  }
  powers[to] = p0 * p0 + q0 * q0 - c0 * p0 * q0;
  powers[to + 1] = p1 * p1 + q1 * q1 - c1 * p1 * q1;
  powers[to + 2] = p2 * p2 + q2 * q2 - c2 * p2 * q2;
  powers[to + 3] = p3 * p3 + q3 * q3 - c3 * p3 * q3;
}

/** Sum of squares, to `energies[to]`: a fraction that a function returns may be an object on the heap. */
export function putEnergy(line: Float64Array, from: number, count: number, energies: Float64Array, to: number): void {
  let even = 0;
  let odd = 0;
  for (let i = from; i + 1 < from + count; i += 2) {
    even += (line[i] as number) ** 2;
    odd += (line[i + 1] as number) ** 2;
  }
  energies[to] = count % 2 === 0 ? even + odd : even + odd + (line[from + count - 1] as number) ** 2;
}

/** Weights of a low-pass filter that leaves every `factor`-th sample: what lies above 4000 Hz says nothing of a key. */
export function thinningFilter(factor: number): Float64Array {
  const length = 4 * factor + 1;
  const middle = 2 * factor;
  const taps = Float64Array.from({ length }, (_, index) => {
    const x = (index - middle) / factor;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * (index - middle)) / (middle + 1)));
  });
  const sum = taps.reduce((all, tap) => all + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** Power response of `taps` at `hz`. */
export function responseOf(taps: Float64Array, hz: number, rateHz: number): number {
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < taps.length; i++) {
    const angle = (2 * Math.PI * hz * i) / rateHz;
    real += (taps[i] as number) * Math.cos(angle);
    imaginary += (taps[i] as number) * Math.sin(angle);
  }
  return real * real + imaginary * imaginary;
}

/** Dial tones: 350 and 440 Hz together, or one of 400 to 450 Hz; two notches take them all. */
const notchesHz = [350, 440];
/** How wide the notches are: poles at this distance from zero. */
const notchRadius = 0.9;

/** Takes dial tones out of what is pushed; its memory is four numbers for each notch. */
export class DialFilter {
  /** Twice the cosine, squared radius, gain that leaves high frequencies as they are. */
  readonly #of: Float64Array;
  readonly memory = new Float64Array(4 * notchesHz.length);

  constructor(rateHz: number) {
    this.#of = Float64Array.from(notchesHz, (hz) => 2 * Math.cos((2 * Math.PI * hz) / rateHz));
  }

  push(sample: number): number {
    const { memory } = this;
    let value = sample;
    for (let notch = 0; notch < notchesHz.length; notch++) {
      const at = notch * 4;
      const c = this.#of[notch] as number;
      const zeroes = value - c * (memory[at] as number) + (memory[at + 1] as number);
      const poles =
        notchRadius * c * (memory[at + 2] as number) - notchRadius * notchRadius * (memory[at + 3] as number);
      memory[at + 1] = memory[at] as number;
      memory[at] = value;
      value = zeroes + poles;
      memory[at + 3] = memory[at + 2] as number;
      memory[at + 2] = value;
    }
    return value;
  }

  /** Power response at `hz`. */
  response(hz: number, rateHz: number): number {
    const angle = (2 * Math.PI * hz) / rateHz;
    const size = (c: number, radius: number): number => {
      const real = 1 - radius * c * Math.cos(angle) + radius * radius * Math.cos(2 * angle);
      const imaginary = radius * c * Math.sin(angle) - radius * radius * Math.sin(2 * angle);
      return real * real + imaginary * imaginary;
    };
    return this.#of.reduce((all, c) => (all * size(c, 1)) / size(c, notchRadius), 1);
  }
}
