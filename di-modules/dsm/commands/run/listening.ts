/** Finding in what a phone heard what it should have heard. */

const rateHz = 8000;
const windowMs = 200;
/** A tone of this peak is heard. */
const toneLevel = 500;
/** Of two pieces of audio that are the same but for the codec's noise. */
const likeness = 0.85;
/** Long enough to tell prompts of one voice apart. */
const pieceMs = 250;

/** Peak level of one frequency in the last 200 ms. */
export function toneIn(heard: Int16Array, frequencyHz: number): boolean {
  const samples = heard.subarray(-Math.round((windowMs * rateHz) / 1000));
  if (samples.length < 800) return false;
  let [re, im] = [0, 0];
  for (const [i, sample] of samples.entries()) {
    const phase = (2 * Math.PI * frequencyHz * i) / rateHz;
    re += sample * Math.cos(phase);
    im += sample * Math.sin(phase);
  }
  return (2 * Math.hypot(re, im)) / samples.length > toneLevel;
}

/** Nothing but silence in the last 200 ms. */
export function silenceIn(heard: Int16Array): boolean {
  const samples = heard.subarray(-Math.round((windowMs * rateHz) / 1000));
  return samples.length >= 800 && samples.every((sample) => Math.abs(sample) < 50);
}

/** The loudest quarter of a second: that part of a prompt which is looked for. */
export function mainPiece(samples: Int16Array): Int16Array {
  const length = Math.min(samples.length, (pieceMs * rateHz) / 1000);
  let energy = 0;
  let [best, at] = [-1, 0];
  for (let i = 0; i < samples.length; i++) {
    energy += (samples[i] ?? 0) ** 2;
    if (i >= length) energy -= (samples[i - length] ?? 0) ** 2;
    if (i >= length - 1 && energy > best) [best, at] = [energy, i - length + 1];
  }
  return samples.subarray(at, at + length);
}

/**
 * Where the piece is in `heard`, at or after `from`: the index behind it, or -1. By normalized correlation, first at
 * every second sample of the piece and every offset.
 */
export function findPiece(heard: Int16Array, piece: Int16Array, from: number): number {
  const length = piece.length;
  if (length === 0) return -1;
  const ownEnergy = energyOf(piece, 0, length);
  let energy = energyOf(heard, from, length);
  for (let at = from; at + length <= heard.length; at++) {
    if (energy > ownEnergy / 8 && energy < ownEnergy * 8) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += (piece[i] as number) * (heard[at + i] as number);
      if (sum > 0 && sum * sum > likeness * likeness * ownEnergy * energy) return at + length;
    }
    energy += (heard[at + length] ?? 0) ** 2 - (heard[at] ?? 0) ** 2;
  }
  return -1;
}

function energyOf(samples: Int16Array, from: number, length: number): number {
  let energy = 0;
  for (let i = from; i < from + length; i++) energy += (samples[i] ?? 0) ** 2;
  return energy;
}
