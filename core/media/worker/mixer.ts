/**
 * N-1 mixing: everyone hears the sum of all others. Sums are 32-bit; what exceeds 16 bits is
 * clipped (saturated), never wrapped. `step` is called once a frame and needs no clock.
 */
import { addToSum, beginSum, clipSum, clipSumWithout, encodeSumWithout, isQuiet, takeFromSum } from './kernels.ts';

/** A sample this close to zero is G.711's silence in either law. */
const quietest = 8;

/** One input and output of a mixer. */
export class MixerPort {
  /** This frame's samples at the mixer's rate, or null: has nothing to say. */
  input: Int16Array | null = null;
  /** Was mixed in by the last step; otherwise it hears the common sum. */
  active = false;
}

export class Mixer {
  readonly #sum: Int32Array;
  readonly #count: number;
  #part: Int32Array | null = null;
  /** Ports mixed in by the last step. */
  active = 0;

  /** @param count samples a frame */
  constructor(count: number) {
    this.#sum = new Int32Array(count);
    this.#count = count;
  }

  get frameSamples(): number {
    return this.#count;
  }

  /** Sums up the inputs, `extra` among them. Digital silence counts as nothing to say. */
  step(ports: readonly MixerPort[], extra: MixerPort | null = null): void {
    const sum = this.#sum;
    const count = this.#count;
    let active = 0;
    if (extra !== null) {
      extra.active = extra.input !== null;
      if (extra.input !== null) beginSum(sum, extra.input, count);
      active = extra.input === null ? 0 : 1;
    }
    for (let p = 0; p < ports.length; p++) {
      const port = ports[p] as MixerPort;
      const input = port.input;
      port.active = input !== null && !isQuiet(input, count, quietest);
      if (input === null || !port.active) continue;
      if (active === 0) beginSum(sum, input, count);
      else addToSum(sum, input, count);
      active++;
    }
    if (active === 0) sum.fill(0);
    this.active = active;
  }

  /** Nobody, or nobody but `port`, was mixed in: `port` hears silence. */
  hearsSilence(port: MixerPort): boolean {
    return this.active === 0 || (this.active === 1 && port.active);
  }

  /** What `port` hears: the sum without its own samples. */
  writeFor(port: MixerPort, out: Int16Array): void {
    const own = port.input;
    if (own === null || !port.active) clipSum(this.#sum, out, this.#count);
    else clipSumWithout(this.#sum, own, out, this.#count);
  }

  /** What `port` hears when it does not hear `excluded` either. */
  writeWithout(port: MixerPort, excluded: readonly MixerPort[], out: Int16Array): void {
    const count = this.#count;
    this.#part ??= new Int32Array(count);
    const part = this.#part;
    part.set(this.#sum);
    if (port.active && port.input !== null) takeFromSum(part, port.input, count);
    for (let p = 0; p < excluded.length; p++) {
      const other = excluded[p] as MixerPort;
      if (other.active && other.input !== null && other !== port) takeFromSum(part, other.input, count);
    }
    clipSum(part, out, count);
  }

  /** What a port that was mixed in hears, encoded by a table; returns the bytes written. */
  encodeFor(
    port: MixerPort,
    table: { readonly codes: Uint8Array; readonly shift: number },
    payload: Uint8Array,
  ): number {
    const own = port.input;
    if (own === null) return 0;
    encodeSumWithout(this.#sum, own, table.codes, table.shift, payload, this.#count);
    return this.#count;
  }

  /** The common sum, for all that are not mixed in. */
  writeSum(out: Int16Array): void {
    clipSum(this.#sum, out, this.#count);
  }

  /** The common sum without those. */
  writeSumWithout(excluded: readonly MixerPort[], out: Int16Array): void {
    const count = this.#count;
    this.#part ??= new Int32Array(count);
    const part = this.#part;
    part.set(this.#sum);
    for (let p = 0; p < excluded.length; p++) {
      const other = excluded[p] as MixerPort;
      if (other.active && other.input !== null) takeFromSum(part, other.input, count);
    }
    clipSum(part, out, count);
  }
}
