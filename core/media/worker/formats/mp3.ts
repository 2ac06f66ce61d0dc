/**
 * MP3 in (mpg123) and out (LAME), both as WebAssembly: memory of their own, no access to ours. The
 * packages are loaded when the first MP3 file is met.
 */
import type { MPEGDecoder } from 'mpg123-decoder';
import type { WasmMediaEncoder } from 'wasm-media-encoders';
import { CodedError } from '../../../runtime/index.ts';
import type { AudioReader, FormatRecord, FormatWriter, WriterOptions } from '../records.ts';
import { Resampler } from '../resampler.ts';
import { saturate } from '../saturate.ts';
import { impossible } from './damage.ts';
import { findFrames, frameAt, type Mp3Frames } from './mp3-frames.ts';
import { noHeader } from './raw.ts';
import { readAll } from './read-all.ts';

/** Bytes given to the decoder at once: a few frames. */
const feedBytes = 4096;

async function open(bytes: Uint8Array): Promise<AudioReader> {
  const frames = findFrames(bytes);
  const { MPEGDecoder } = await import('mpg123-decoder').catch(missing);
  const decoder = new MPEGDecoder();
  await decoder.ready;
  return new Mp3Reader(bytes, frames, decoder);
}

class Mp3Reader implements AudioReader {
  readonly sampleRateHz: number;
  readonly maxSamples: number;
  readonly #bytes: Uint8Array;
  readonly #frames: Mp3Frames;
  readonly #decoder: MPEGDecoder;
  #nextFrame = 0;
  #piece: Int16Array = new Int16Array(0);
  #given = 0;
  #total = 0;
  #resampler: Resampler | null = null;

  constructor(bytes: Uint8Array, frames: Mp3Frames, decoder: MPEGDecoder) {
    this.#bytes = bytes;
    this.#frames = frames;
    this.#decoder = decoder;
    this.sampleRateHz = frames.first.sampleRateHz;
    this.maxSamples = frames.maxSamples;
  }

  read(out: Int16Array): number {
    let filled = 0;
    while (filled < out.length && this.#total < this.maxSamples) {
      if (this.#given === this.#piece.length && !this.#decodeMore()) break;
      const take = Math.min(out.length - filled, this.#piece.length - this.#given, this.maxSamples - this.#total);
      out.set(this.#piece.subarray(this.#given, this.#given + take), filled);
      this.#given += take;
      this.#total += take;
      filled += take;
    }
    return filled;
  }

  dispose(): void {
    this.#decoder.free();
  }

  /** Decodes the next frames that lie side by side; false at the end. */
  #decodeMore(): boolean {
    const { starts } = this.#frames;
    while (this.#nextFrame < starts.length) {
      const start = starts[this.#nextFrame] as number;
      let end = this.#endOf(this.#nextFrame++);
      while (starts[this.#nextFrame] === end && end - start < feedBytes) end = this.#endOf(this.#nextFrame++);
      const decoded = quietly(() => this.#decoder.decode(this.#bytes.subarray(start, end)));
      if (decoded.samplesDecoded === 0) continue;
      this.#piece = this.#atFirstRate(mono(decoded.channelData, decoded.samplesDecoded), decoded.sampleRate);
      this.#given = 0;
      if (this.#piece.length > 0) return true;
    }
    return false;
  }

  #endOf(frame: number): number {
    const start = this.#frames.starts[frame] as number;
    return start + (frameAt(this.#bytes, start)?.bytes ?? 0);
  }

  /** A file may change its rate on the way; we do not. */
  #atFirstRate(samples: Int16Array, rateHz: number): Int16Array {
    if (rateHz === this.sampleRateHz || rateHz <= 0) return samples;
    if (this.#resampler?.fromHz !== rateHz) this.#resampler = new Resampler(rateHz, this.sampleRateHz);
    const out = new Int16Array(Math.ceil((samples.length * this.sampleRateHz) / rateHz) + 1);
    return out.subarray(0, this.#resampler.process(samples, 0, samples.length, out, 0));
  }
}

/** The library names what it stumbles over on the console; a listed damage is no news there. */
function quietly<T>(run: () => T): T {
  const { error } = console;
  console.error = () => {};
  try {
    return run();
  } finally {
    console.error = error;
  }
}

function mono(channels: readonly Float32Array[], count: number): Int16Array {
  const [left = new Float32Array(count), right = left] = channels;
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    const value = ((left[i] ?? 0) + (right[i] ?? 0)) * 16_384;
    samples[i] = saturate(Math.round(Number.isFinite(value) ? value : 0));
  }
  return samples;
}

/** Encoders that ended their work, for the next: an instance takes half a megabyte and 10 ms to make. */
const idleEncoders: WasmMediaEncoder<'audio/mpeg'>[] = [];
const maxIdleEncoders = 8;
/** What the format knows; other rates are refused. */
const rates: readonly number[] = [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** SEMS's 16 kbit/s at 8000 Hz (applications 12.6), and more for what needs it. */
function bitRate(sampleRateHz: number, channels: 1 | 2): 16 | 32 | 64 | 128 {
  if (sampleRateHz <= 8000) return channels === 1 ? 16 : 32;
  if (sampleRateHz <= 16_000) return channels === 1 ? 32 : 64;
  return channels === 1 ? 64 : 128;
}

async function writer(sampleRateHz: number, { channels = 1 }: WriterOptions = {}): Promise<FormatWriter> {
  if (!rates.includes(sampleRateHz)) throw impossible('MP3', `no rate of ${sampleRateHz} Hz`);
  const encoder = idleEncoders.pop() ?? (await newEncoder());
  encoder.configure({ sampleRate: sampleRateHz, channels, bitrate: bitRate(sampleRateHz, channels) });
  let pieces: Float32Array[] = [];
  return {
    header: noHeader,
    encode(samples, count) {
      const length = Math.floor(count / channels);
      if (pieces[0]?.length !== length) pieces = Array.from({ length: channels }, () => new Float32Array(length));
      pieces.forEach((piece, channel) => {
        for (let i = 0; i < length; i++) piece[i] = (samples[i * channels + channel] as number) / 32_768;
      });
      return length === 0 ? new Uint8Array(0) : encoder.encode(pieces).slice(); // what is given is the encoder's
    },
    finish: () => encoder.finalize().slice(),
    dispose() {
      if (idleEncoders.length < maxIdleEncoders) idleEncoders.push(encoder);
    },
  };
}

async function newEncoder(): Promise<WasmMediaEncoder<'audio/mpeg'>> {
  const { createMp3Encoder } = await import('wasm-media-encoders').catch(missing);
  return createMp3Encoder();
}

function missing(fault: unknown): never {
  throw new CodedError('file.format', `MP3: its library cannot be loaded: ${String(fault)}`, { cause: fault });
}

export const formats: readonly FormatRecord[] = [
  {
    extensions: ['mp3'],
    mime: 'audio/x-mp3',
    costly: true,
    open,
    decode: async (bytes) => readAll(await open(bytes)),
    writer,
  },
];
