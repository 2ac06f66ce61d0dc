import { fieldOf, restoreIntegers } from './integers.ts';

/** Samples that the long-term predictor looks back, and the longest lag. */
export const longestLag = 120;
export const frameSamples = 160;

/** What the encoder of GSM 06.10 keeps between frames. */
export class GsmEncoderState {
  /** Offset compensation (section 4.2.2): z1, L_z2; pre-emphasis (4.2.3): mp. */
  readonly input = new Int32Array(3);
  /** Short-term analysis filter (4.2.10). */
  readonly lattice = new Int32Array(8);
  /** Decoded log area ratios of the last frame. */
  readonly ratios = new Int32Array(8);
  /** Reconstructed short-term residual: 120 samples of the past, then this frame's 160. */
  readonly residual = new Int32Array(longestLag + frameSamples);

  reset(): void {
    this.input.fill(0);
    this.lattice.fill(0);
    this.ratios.fill(0);
    this.residual.fill(0);
  }

  state(): unknown {
    return {
      input: Array.from(this.input),
      lattice: Array.from(this.lattice),
      ratios: Array.from(this.ratios),
      residual: Array.from(this.residual),
    };
  }

  restore(state: unknown): void {
    restoreIntegers(this.input, fieldOf(state, 'input'));
    restoreIntegers(this.lattice, fieldOf(state, 'lattice'));
    restoreIntegers(this.ratios, fieldOf(state, 'ratios'));
    restoreIntegers(this.residual, fieldOf(state, 'residual'));
  }
}

/** What the decoder keeps between frames. */
export class GsmDecoderState {
  /** De-emphasis (section 4.3.5): msr; and the lag that was last valid (4.3.2): nrp. */
  readonly output = Int32Array.of(0, 40);
  /** Short-term synthesis filter (4.3.4). */
  readonly lattice = new Int32Array(9);
  readonly ratios = new Int32Array(8);
  readonly residual = new Int32Array(longestLag + frameSamples);

  reset(): void {
    this.output[0] = 0;
    this.output[1] = 40;
    this.lattice.fill(0);
    this.ratios.fill(0);
    this.residual.fill(0);
  }

  state(): unknown {
    return {
      output: Array.from(this.output),
      lattice: Array.from(this.lattice),
      ratios: Array.from(this.ratios),
      residual: Array.from(this.residual),
    };
  }

  restore(state: unknown): void {
    restoreIntegers(this.output, fieldOf(state, 'output'));
    const lag = this.output[1] as number;
    if (lag < 40 || lag > longestLag) this.output[1] = 40;
    restoreIntegers(this.lattice, fieldOf(state, 'lattice'));
    restoreIntegers(this.ratios, fieldOf(state, 'ratios'));
    restoreIntegers(this.residual, fieldOf(state, 'residual'));
  }
}
