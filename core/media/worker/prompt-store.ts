import { CodedError } from '../../runtime/index.ts';
import { type EncodingTable, encodeG711, linearToAlaw, linearToUlaw } from './codecs/g711.ts';
import type { PromptId, SharedAudio } from './protocol.ts';
import type { AudioReader, DecodedAudio } from './records.ts';
import { Resampler } from './resampler.ts';

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
  let at = 0;
  return shareReader({
    sampleRateHz: decoded.sampleRateHz,
    maxSamples: decoded.samples.length,
    read(out) {
      const count = Math.min(out.length, decoded.samples.length - at);
      out.set(decoded.samples.subarray(at, at + count));
      at += count;
      return count;
    },
  });
}

/**
 * The same from a reader, piece by piece: nothing but the result is ever whole in memory.
 * @throws CodedError `file.tooLarge` for more than `maxMs` (0: no limit), before anything is decoded.
 */
export function shareReader(reader: AudioReader, maxMs = 0): SharedAudio {
  const lengthMs = (reader.maxSamples * 1000) / reader.sampleRateHz;
  if (maxMs > 0 && lengthMs > maxMs) {
    throw new CodedError('file.tooLarge', `${Math.round(lengthMs / 1000)} s of audio, the limit is ${maxMs / 1000} s`);
  }
  const fromHz = plainRateHz(reader.sampleRateHz);
  const sampleRateHz = keptRateHz(fromHz, lengthMs);
  const room = Math.ceil((reader.maxSamples * sampleRateHz) / fromHz) + 1;
  const samples = new Int16Array(new SharedArrayBuffer(room * 2));
  const narrow = new Int16Array(Math.ceil((room * 8000) / sampleRateHz) + 1);
  const toKept = fromHz === sampleRateHz ? null : new Resampler(fromHz, sampleRateHz);
  const toNarrow = sampleRateHz === 8000 ? null : new Resampler(sampleRateHz, 8000);
  const piece = new Int16Array(pieceSamples);
  let kept = 0;
  let narrowed = 0;
  for (let count = reader.read(piece); count > 0; count = reader.read(piece)) {
    const start = kept;
    if (toKept === null) {
      samples.set(piece.subarray(0, count), kept);
      kept += count;
    } else kept += toKept.process(piece, 0, count, samples, kept);
    if (toNarrow !== null) narrowed += toNarrow.process(samples, start, kept - start, narrow, narrowed);
  }
  const audio = toNarrow === null ? samples.subarray(0, kept) : narrow.subarray(0, narrowed);
  return {
    sampleRateHz,
    samples: kept === room ? sharedOf(samples) : sharedOf(samples).slice(0, kept * 2),
    pcmu: encoded(audio, linearToUlaw),
    pcma: encoded(audio, linearToAlaw),
  };
}

const pieceSamples = 4096;
/** Prompts longer than that (music on hold) are kept at 16 kHz at most: their memory, not their treble, matters. */
const longMs = 60_000;
const longRateHz = 16_000;

function keptRateHz(fromHz: number, lengthMs: number): number {
  const rateHz = keptRatesHz.find((rate) => rate >= fromHz) ?? 48_000;
  return lengthMs > longMs ? Math.min(rateHz, longRateHz) : rateHz;
}

/**
 * Odd rates are taken for the next multiple of 50: a filter for 47,999 to 48,000 Hz would have a
 * million coefficients.
 */
function plainRateHz(rateHz: number): number {
  return rateHz % 25 === 0 ? rateHz : Math.round(rateHz / 50) * 50;
}

function sharedOf(samples: Int16Array): SharedArrayBuffer {
  const { buffer } = samples;
  if (!(buffer instanceof SharedArrayBuffer)) throw new CodedError('media.failed', 'a prompt that is not shared');
  return buffer;
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
