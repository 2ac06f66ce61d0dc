/**
 * Makes waiting audio shorter or longer by one period of the voice (or of anything, where it is
 * quiet): the two pieces that come to lie on each other are cross-faded, so nothing is cut and no
 * pitch changes.
 */
import type { PlayoutLine } from './playout-line.ts';
import { findPitch, longestPeriodMs, powerOf, shortestPeriodMs } from './playout-pitch.ts';

/** Over so long the two pieces are compared and cross-faded. */
const fadeMs = 10;
/** Waiting audio that `shorten` needs at least: the longest period and the fade after it. */
export const shortenNeedsMs = longestPeriodMs + fadeMs;
/** Waiting audio that `lengthen` needs at least; it looks back for the rest. */
export const lengthenNeedsMs = fadeMs;
/** Below this (mean square, about -48 dB of full scale) any two pieces may be joined. */
const quietPower = 130 * 130;
/** Likeness that a voice must have, at leisure and in a hurry. */
const likeEnough = 0.85;
const likeEnoughInHaste = 0.6;

/** First samples of what waits, while it is moved. */
let saved = new Int16Array(480);

/**
 * Takes up to about `wanted` samples out of what waits. Returns how many: a multiple of `unit`; 0
 * where nothing repeats itself.
 */
export function shorten(
  line: PlayoutLine,
  wanted: number,
  unit: number,
  sampleRateHz: number,
  inHaste: boolean,
): number {
  const fade = (sampleRateHz * fadeMs) / 1000;
  const shortest = Math.round((sampleRateHz * shortestPeriodMs) / 1000);
  const longest = Math.min(Math.round((sampleRateHz * longestPeriodMs) / 1000), wanted, line.rest - fade);
  if (longest < shortest) return 0;
  const { samples, start } = line;
  const lag = chooseLag(samples, start, fade, 1, shortest, longest, unit, sampleRateHz, inHaste);
  if (lag === 0) return 0;
  for (let i = 0; i < fade; i++) {
    const weight = (i + 1) / (fade + 1);
    const at = start + lag + i;
    samples[at] = (samples[start + i] as number) * (1 - weight) + (samples[at] as number) * weight;
  }
  // What was given out stays right before what comes next.
  samples.copyWithin(start + lag - line.past, start - line.past, start);
  line.start += lag;
  return lag;
}

/** Puts about `wanted` samples in, at most. Returns how many: a multiple of `unit`; 0 where nothing repeats itself. */
export function lengthen(
  line: PlayoutLine,
  wanted: number,
  unit: number,
  sampleRateHz: number,
  inHaste: boolean,
): number {
  const fade = (sampleRateHz * fadeMs) / 1000;
  const shortest = Math.round((sampleRateHz * shortestPeriodMs) / 1000);
  const longest = Math.min(Math.round((sampleRateHz * longestPeriodMs) / 1000), wanted);
  if (longest < shortest || line.rest < fade || !line.reserve(longest)) return 0;
  const { samples, start } = line;
  const lag = chooseLag(samples, start, fade, -1, shortest, longest, unit, sampleRateHz, inHaste);
  if (lag === 0) return 0;
  if (saved.length < fade) saved = new Int16Array(fade);
  for (let i = 0; i < fade; i++) saved[i] = samples[start + i] as number;
  samples.copyWithin(start, start - lag, line.end);
  line.end += lag;
  for (let i = 0; i < fade; i++) {
    const weight = (i + 1) / (fade + 1);
    samples[start + i] = (saved[i] as number) * (1 - weight) + (samples[start + i] as number) * weight;
  }
  return lag;
}

function chooseLag(
  samples: Int16Array,
  at: number,
  length: number,
  direction: 1 | -1,
  shortest: number,
  longest: number,
  unit: number,
  sampleRateHz: number,
  inHaste: boolean,
): number {
  const whole = longest - (longest % unit);
  if (powerOf(samples, at, length) < quietPower && powerOf(samples, at + direction * whole, length) < quietPower) {
    return whole;
  }
  const favour = inHaste ? 0.05 : 0;
  const found = findPitch(samples, at, length, direction, shortest, longest, sampleRateHz, favour);
  if (found.likeness < (inHaste ? likeEnoughInHaste : likeEnough)) return 0;
  return Math.round(found.lag / unit) * unit;
}
