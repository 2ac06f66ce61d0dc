import { type EncodingTable, encodeG711, linearToAlaw, linearToUlaw } from './codecs/g711.ts';
import type { PromptId, SharedAudio } from './protocol.ts';
import type { DecodedAudio } from './records.ts';
import { resample } from './resampler.ts';

/** Rates that prompts are kept at; others are converted once, when loaded. */
const keptRatesHz = [8000, 16_000, 24_000, 32_000, 48_000];

/** A prompt as this thread sees it: views on memory that all threads share. */
export interface StoredPrompt {
  readonly sampleRateHz: number;
  readonly samples: Int16Array;
  readonly pcmu: Uint8Array;
  readonly pcma: Uint8Array;
}

/** The prompts of one engine. */
export class PromptStore {
  readonly #prompts = new Map<PromptId, StoredPrompt>();

  define(prompt: PromptId, audio: SharedAudio): void {
    this.#prompts.set(prompt, {
      sampleRateHz: audio.sampleRateHz,
      samples: new Int16Array(audio.samples),
      pcmu: new Uint8Array(audio.pcmu),
      pcma: new Uint8Array(audio.pcma),
    });
  }

  drop(prompt: PromptId): void {
    this.#prompts.delete(prompt);
  }

  get(prompt: PromptId): StoredPrompt | null {
    return this.#prompts.get(prompt) ?? null;
  }
}

/** Copies decoded audio into shared memory and makes its G.711 forms, so that nobody encodes it again. */
export function shareAudio(decoded: DecodedAudio): SharedAudio {
  const sampleRateHz = keptRatesHz.find((rateHz) => rateHz >= decoded.sampleRateHz) ?? 48_000;
  const samples = resample(decoded.samples, decoded.sampleRateHz, sampleRateHz);
  const narrow = resample(samples, sampleRateHz, 8000);
  const shared = new SharedArrayBuffer(samples.length * 2);
  new Int16Array(shared).set(samples);
  return {
    sampleRateHz,
    samples: shared,
    pcmu: encoded(narrow, linearToUlaw),
    pcma: encoded(narrow, linearToAlaw),
  };
}

function encoded(samples: Int16Array, table: EncodingTable): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(samples.length);
  encodeG711(table, samples, samples.length, new Uint8Array(shared));
  return shared;
}

/** The prompt's bytes for a codec's name, or null. */
export function encodedPrompt(prompt: StoredPrompt, codecName: string): Uint8Array | null {
  return codecName === 'PCMU' ? prompt.pcmu : codecName === 'PCMA' ? prompt.pcma : null;
}
