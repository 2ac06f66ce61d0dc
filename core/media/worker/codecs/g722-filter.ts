/** The 24-tap quadrature mirror filters of ITU-T G.722 (sections 3.1 and 4.4), by halves of 12 taps. */

const taps = 12;
/** How many pairs of samples are run at once: 20 ms. */
export const linePairs = 160;
const lineSamples = linePairs + taps;

/** Samples of both parities; the window of the last twelve moves up, and starts over where the line ends. */
export class DelayLine {
  readonly even = new Int32Array(lineSamples);
  readonly odd = new Int32Array(lineSamples);
  /** Behind the newest. */
  end = taps;

  push(first: number, second: number): void {
    if (this.end === lineSamples) this.#rewind();
    this.even[this.end] = first;
    this.odd[this.end] = second;
    this.end++;
  }

  #rewind(): void {
    this.even.copyWithin(0, this.end - taps, this.end);
    this.odd.copyWithin(0, this.end - taps, this.end);
    this.end = taps;
  }

  /** The window, even samples first. */
  state(): readonly number[] {
    const { even, odd, end } = this;
    return [...even.subarray(end - taps, end), ...odd.subarray(end - taps, end)];
  }

  restore(state: unknown): void {
    if (!Array.isArray(state) || state.length !== 2 * taps) return;
    if (!state.every((each) => typeof each === 'number')) return;
    this.end = taps;
    this.even.set(state.slice(0, taps));
    this.odd.set(state.slice(taps));
  }
}

/** The sum over the twelve samples before `end`, coefficients (table 11, times 2^13) as printed. */
export function forward(x: Int32Array, end: number): number {
  return (
    (Math.imul(x[end - 12] as number, 3) +
      Math.imul(x[end - 11] as number, -11) +
      Math.imul(x[end - 10] as number, 12) +
      Math.imul(x[end - 9] as number, 32) +
      Math.imul(x[end - 8] as number, -210) +
      Math.imul(x[end - 7] as number, 951) +
      Math.imul(x[end - 6] as number, 3876) +
      Math.imul(x[end - 5] as number, -805) +
      Math.imul(x[end - 4] as number, 362) +
      Math.imul(x[end - 3] as number, -156) +
      Math.imul(x[end - 2] as number, 53) +
      Math.imul(x[end - 1] as number, -11)) |
    0
  );
}

/** The other parity's: the same coefficients from the last to the first. */
export function backward(x: Int32Array, end: number): number {
  return (
    (Math.imul(x[end - 12] as number, -11) +
      Math.imul(x[end - 11] as number, 53) +
      Math.imul(x[end - 10] as number, -156) +
      Math.imul(x[end - 9] as number, 362) +
      Math.imul(x[end - 8] as number, -805) +
      Math.imul(x[end - 7] as number, 3876) +
      Math.imul(x[end - 6] as number, 951) +
      Math.imul(x[end - 5] as number, -210) +
      Math.imul(x[end - 4] as number, 32) +
      Math.imul(x[end - 3] as number, 12) +
      Math.imul(x[end - 2] as number, -11) +
      Math.imul(x[end - 1] as number, 3)) |
    0
  );
}
