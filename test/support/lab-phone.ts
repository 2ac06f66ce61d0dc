/** `callbus phone` in this process, with a tone to play and a recording of what it hears. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '../../core/index.ts';
import { phoneCommand } from '../../di-modules/phone/command.ts';

export interface LabPhone {
  readonly port: Promise<number>;
  readonly code: Promise<number>;
  /** Of what it heard; written at its end. */
  readonly recording: string;
  summary(): { readonly endedBy?: string };
}

export interface LabPhones {
  /** Runs `callbus phone` with these arguments, for 220 s at most. */
  start(...args: readonly string[]): LabPhone;
  /** A file for `--play`. */
  tone(hz: number, seconds: number): string;
  /** Removes their files. */
  dispose(): void;
}

export function labPhones(): LabPhones {
  const folder = mkdtempSync(join(tmpdir(), 'callbus-lab-phones-'));
  let phones = 0;
  return {
    start(...args) {
      const recording = join(folder, `heard-${++phones}.wav`);
      const out: string[] = [];
      let listening: (port: number) => void = () => {};
      const port = new Promise<number>((resolve) => {
        listening = resolve;
      });
      const code = phoneCommand.run([...args, '--record', recording, '--seconds', '220'], {
        stdout: (text) => void out.push(text),
        stderr: (text) => {
          const found = /port (\d+)/.exec(text);
          if (found !== null) listening(Number(found[1]));
        },
        signal: AbortSignal.timeout(230_000),
      });
      return { port, code, recording, summary: () => JSON.parse(out.at(-1) ?? '{}') };
    },
    tone(hz, seconds) {
      const path = join(folder, `${hz}.wav`);
      const samples = Int16Array.from(
        { length: 8000 * seconds },
        (_, at) => 6000 * Math.sin((2 * Math.PI * hz * at) / 8000),
      );
      writeFileSync(path, encodeWav({ sampleRateHz: 8000, samples }));
      return path;
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Share of a recording's seconds in which each tone is in it. */
export function shares(path: string, frequenciesHz: readonly number[]): number[] {
  const { samples, sampleRateHz } = decodeWav(readFileSync(path));
  const seconds = Math.floor(samples.length / sampleRateHz);
  return frequenciesHz.map((hz) => {
    let heard = 0;
    for (let second = 0; second < seconds; second++) {
      let re = 0;
      let im = 0;
      for (let at = 0; at < sampleRateHz; at++) {
        const angle = (2 * Math.PI * hz * at) / sampleRateHz;
        const sample = samples[second * sampleRateHz + at] ?? 0;
        re += sample * Math.cos(angle);
        im += sample * Math.sin(angle);
      }
      if ((2 * Math.hypot(re, im)) / sampleRateHz > 300) heard++;
    }
    return heard / Math.max(1, seconds);
  });
}
