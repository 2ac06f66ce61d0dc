/** Signals to put through codecs, and what to measure on what comes out. */

/** A vowel-like sound: harmonics of 150 Hz under a moving level; deterministic. */
export function voice(rateHz: number, lengthMs: number): Int16Array {
  return Int16Array.from({ length: (rateHz * lengthMs) / 1000 }, (_, index) => {
    const t = index / rateHz;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) {
      sum += Math.sin(2 * Math.PI * 150 * harmonic * t + harmonic * harmonic) / harmonic;
    }
    return 3000 * (0.7 + 0.3 * Math.sin(2 * Math.PI * 3 * t)) * sum;
  });
}

export function sine(rateHz: number, lengthMs: number, hz: number, amplitude = 8000): Int16Array {
  return Int16Array.from({ length: (rateHz * lengthMs) / 1000 }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * index) / rateHz)),
  );
}

/** Power of one frequency as a part of all power, 0 to 1 (Goertzel). */
export function purity(samples: Int16Array, rateHz: number, hz: number): number {
  const step = 2 * Math.cos((2 * Math.PI * hz) / rateHz);
  let s1 = 0;
  let s2 = 0;
  let energy = 0;
  for (const sample of samples) {
    const s0 = sample + step * s1 - s2;
    s2 = s1;
    s1 = s0;
    energy += sample * sample;
  }
  const power = s1 * s1 + s2 * s2 - step * s1 * s2;
  return energy === 0 ? 0 : (2 * power) / (samples.length * energy);
}

/** Mean level, dB over 1. */
export function levelDb(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return 10 * Math.log10(energy / samples.length + 1e-9);
}

/** How alike two signals are at their best shift up to `most` samples: the shift, and the correlation. */
export function bestShift(sent: Int16Array, heard: Int16Array, most: number): { shift: number; likeness: number } {
  let best = { shift: 0, likeness: -1 };
  for (let shift = 0; shift <= most; shift++) {
    let cross = 0;
    let a = 0;
    let b = 0;
    for (let i = 0; i + shift < heard.length && i < sent.length; i++) {
      const x = sent[i] ?? 0;
      const y = heard[i + shift] ?? 0;
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    const likeness = cross / (Math.sqrt(a * b) + 1e-9);
    if (likeness > best.likeness) best = { shift, likeness };
  }
  return best;
}
