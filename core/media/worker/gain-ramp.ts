import { saturate } from './saturate.ts';

/**
 * A gain that never jumps: each change is spread over a frame, so that who joins, leaves, is muted
 * or made louder is not heard as a click.
 */
export class GainRamp {
  /** At the end of the last frame. */
  value: number;

  constructor(value: number) {
    this.value = value;
  }

  /** Would `apply` change anything? */
  isIdle(target: number): boolean {
    return this.value === 1 && target === 1;
  }

  /** `out = in · gain`, from the last frame's gain to `target`; both may be one buffer. */
  apply(input: Int16Array, out: Int16Array, count: number, target: number): void {
    const step = (target - this.value) / count;
    let gain = this.value;
    for (let i = 0; i < count; i++) {
      gain += step;
      out[i] = saturate(Math.round((input[i] as number) * gain));
    }
    this.value = target;
  }
}
