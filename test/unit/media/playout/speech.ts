/**
 * Speech that the playout is judged on: recordings where `CALLBUS_CONFORMANCE` names them, else a
 * voice made here (glottal pulses through formants, with pauses, hiss and changing pitch).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeG711, ulawToLinear } from '../../../../core/media/index.ts';
import { ulawEncode } from './ulaw.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
export const speechName = root === undefined ? 'synthetic voice' : 'recorded speech';

/** 8000 Hz, as G.711 carries it: what a receiver could have at best. */
export function speech(seconds: number): Int16Array {
  const once = root === undefined ? syntheticVoice(20) : recordedSpeech(root);
  const samples = new Int16Array(seconds * 8000);
  for (let i = 0; i < samples.length; i++) samples[i] = once[i % once.length] ?? 0;
  const bytes = ulawEncode(samples);
  decodeG711(ulawToLinear, bytes, bytes.length, samples);
  return samples;
}

function recordedSpeech(folder: string): Int16Array {
  const files = ['codec/ilbc/iLBC.INP', 'codec/gsm/Seq01.inp', 'codec/gsm/Seq02.inp'];
  const parts = files.map((file) => {
    const bytes = readFileSync(join(folder, file));
    return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2));
  });
  const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    const peak = part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
    for (const sample of part) samples[at++] = Math.round((sample * 20_000) / peak);
  }
  return samples;
}

export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 0x100_0000;
  };
}

/** Numbers of a standard normal distribution. */
export function normalOf(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(random() + 1e-9)) * Math.cos(2 * Math.PI * random());
}

function syntheticVoice(seconds: number): Int16Array {
  const random = randomOf(7);
  const samples = new Int16Array(seconds * 8000);
  const vowels: readonly (readonly [number, number, number])[] = [
    [700, 1200, 2500],
    [400, 2000, 2600],
    [300, 2300, 3000],
    [500, 900, 2400],
    [350, 700, 2300],
  ];
  let at = 0;
  while (at < samples.length) {
    const formants = vowels[Math.floor(random() * vowels.length)] ?? [500, 1500, 2500];
    const voiced = Math.round(8000 * (0.1 + random() * 0.25));
    const hiss = random() < 0.4 ? Math.round(8000 * 0.08) : 0;
    const pause = random() < 0.3 ? Math.round(8000 * (0.1 + random() * 0.4)) : 0;
    const pitchHz = 90 + random() * 120;
    const state = formants.map(() => [0, 0]);
    let phase = 0;
    for (let i = 0; i < voiced + hiss + pause && at < samples.length; i++, at++) {
      const isVoiced = i < voiced;
      phase += (pitchHz * (1 + 0.1 * Math.sin(i / 900))) / 8000;
      const pulse = isVoiced && phase >= 1 ? 1 : 0;
      if (phase >= 1) phase -= 1;
      const noise = random() - 0.5;
      const edge = isVoiced ? Math.min(1, i / 240, (voiced - i) / 240) : 0;
      let sum = 0;
      formants.forEach((hz, index) => {
        const memory = state[index] ?? [0, 0];
        const radius = 0.97;
        const value =
          (pulse + noise * 0.02) * edge + 2 * radius * Math.cos((2 * Math.PI * hz) / 8000) * (memory[0] ?? 0);
        const next = value - radius * radius * (memory[1] ?? 0);
        memory[1] = memory[0] ?? 0;
        memory[0] = next;
        sum += next / (index + 1);
      });
      const isHiss = !isVoiced && i < voiced + hiss;
      const quiet = noise * 60;
      samples[at] = Math.max(-20_000, Math.min(20_000, sum * 2200 + (isHiss ? noise * 2500 : 0) + quiet));
    }
  }
  return samples;
}
