/** Speex (in RTP: RFC 5574), narrow band at 8000 Hz and wide band at 16000 Hz, by libspeex. */
import type { Codec, CodecOptions, CodecRecord, UnavailableCodec } from '../records.ts';
import { countSpeexFrames } from './speex-frames.ts';
import { type SpeexLibrary, type SpeexState, speexLibrary, speexRequest } from './speex-library.ts';

const frameMs = 20;
/** The best modes have 62 bytes (narrow) and 106 bytes (wide) a frame. */
const longestFrameBytes = 110;
/** What we prefer to get: 15 kbit/s in narrow band, 27.8 kbit/s in wide band. */
const preferred = { 8000: 5, 16000: 8 } as const;
const complexity = 3;

/** What a peer wants (RFC 5574, section 6): a mode of narrow band, a quality of wide band. */
export interface SpeexWishes {
  readonly mode: number;
  readonly vbr: 'on' | 'off' | 'vad';
  readonly comfortNoise: boolean;
}

/** Reads `a=fmtp`: `mode="4,any";vbr=on`. What makes no sense counts as absent. */
export function readSpeexFormat(fmtp: string | null, rateHz: 8000 | 16000): SpeexWishes {
  const value = (name: string): string | undefined =>
    new RegExp(`(?:^|[;\\s])${name}\\s*=\\s*"?([a-z0-9,]{1,40})`, 'i').exec(fmtp ?? '')?.[1]?.toLowerCase();
  const most = rateHz === 8000 ? 8 : 10;
  const first = (value('mode') ?? '').split(',').find((mode) => /^\d{1,2}$/.test(mode) && Number(mode) <= most);
  const vbr = value('vbr');
  return {
    // Mode 0 is silence: nobody means that.
    mode: first === undefined || (rateHz === 8000 && first === '0') ? preferred[rateHz] : Number(first),
    vbr: vbr === 'on' || vbr === 'vad' ? vbr : 'off',
    comfortNoise: value('cng') === 'on',
  };
}

class Speex implements Codec {
  readonly frameMs: number;
  readonly #library: SpeexLibrary;
  readonly #rateHz: 8000 | 16000;
  readonly #wishes: SpeexWishes;
  /** Made when they are first needed: most of what is agreed is never used. */
  #encoder: SpeexState | null = null;
  #decoder: SpeexState | null = null;
  readonly #frame: Int16Array;
  /** Concealed samples of `#frame` that were not asked for yet. */
  #left = 0;
  #isDisposed = false;

  constructor(library: SpeexLibrary, rateHz: 8000 | 16000, options: CodecOptions | undefined) {
    this.#library = library;
    this.#rateHz = rateHz;
    this.#wishes = readSpeexFormat(options?.fmtp ?? null, rateHz);
    // Frames of a payload follow each other bit by bit: the codec packs them, not the sender.
    this.frameMs = Math.max(1, Math.min(3, Math.floor((options?.ptimeMs ?? frameMs) / frameMs))) * frameMs;
    this.#frame = new Int16Array((rateHz * frameMs) / 1000);
  }

  #startEncoder(): SpeexState {
    const { mode, vbr, comfortNoise } = this.#wishes;
    const isNarrow = this.#rateHz === 8000;
    const encoder = this.#library.createEncoder(isNarrow ? 0 : 1);
    const set = (request: number, value: number): void => this.#library.controlEncoder(encoder, request, value);
    set(speexRequest.setComplexity, complexity);
    set(isNarrow ? speexRequest.setMode : speexRequest.setQuality, mode);
    set(speexRequest.setVbr, vbr === 'on' ? 1 : 0);
    if (vbr === 'vad' || comfortNoise) set(speexRequest.setVad, 1);
    if (comfortNoise) set(speexRequest.setDtx, 1);
    this.#encoder = encoder;
    return encoder;
  }

  #startDecoder(): SpeexState {
    const decoder = this.#library.createDecoder(this.#rateHz === 8000 ? 0 : 1);
    this.#library.controlDecoder(decoder, speexRequest.setEnhancement, 1);
    this.#decoder = decoder;
    return decoder;
  }

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    if (this.#isDisposed) return 0;
    const library = this.#library;
    const frame = this.#frame;
    const encoder = this.#encoder ?? this.#startEncoder();
    library.clear();
    let isSpeech = false;
    for (let at = 0; at + frame.length <= count; at += frame.length) {
      for (let i = 0; i < frame.length; i++) frame[i] = samples[at + i] as number;
      if (library.encode(encoder, frame)) isSpeech = true;
    }
    this.#left = 0;
    return isSpeech ? library.finish(payload) : 0;
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    const library = this.#library;
    const frame = this.#frame;
    this.#left = 0;
    let frames = countSpeexFrames(payload, length);
    if (frames === 0 || this.#isDisposed) return 0;
    const decoder = this.#decoder ?? this.#startDecoder();
    library.load(payload, length);
    let written = 0;
    for (; frames > 0 && written + frame.length <= samples.length; frames--) {
      if (!library.decode(decoder, frame)) break;
      for (let i = 0; i < frame.length; i++) samples[written + i] = frame[i] as number;
      written += frame.length;
    }
    return written;
  }

  conceal(samples: Int16Array, count: number): void {
    const frame = this.#frame;
    if (this.#isDisposed) {
      samples.fill(0, 0, count);
      return;
    }
    const decoder = this.#decoder ?? this.#startDecoder();
    for (let i = 0; i < count; i++) {
      if (this.#left === 0) {
        this.#library.conceal(decoder, frame);
        this.#left = frame.length;
      }
      samples[i] = frame[frame.length - this.#left] as number;
      this.#left--;
    }
  }

  /** Its memory is full of pointers and stays in its thread: a stream that moves begins anew, with a short fade. */
  snapshot(): null {
    return null;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#encoder !== null) this.#library.destroyEncoder(this.#encoder);
    if (this.#decoder !== null) this.#library.destroyDecoder(this.#decoder);
    this.#encoder = null;
    this.#decoder = null;
  }
}

const record = (library: SpeexLibrary, rateHz: 8000 | 16000): CodecRecord => {
  const fmtp = `mode="${preferred[rateHz]},any"`;
  return {
    name: 'speex',
    clockRateHz: rateHz,
    sampleRateHz: rateHz,
    channels: 1,
    staticPayloadType: null,
    fmtp,
    maxFrameBytes: longestFrameBytes,
    singleFrame: true,
    negotiate: () => ({ fmtp }),
    create: (options) => new Speex(library, rateHz, options),
  };
};

const library = speexLibrary();

export const codecs: readonly CodecRecord[] = library === null ? [] : [record(library, 16_000), record(library, 8000)];

export const unavailable: readonly UnavailableCodec[] =
  library === null
    ? [{ name: 'speex', reason: 'libspeex (apt install libspeex1) or the package koffi is not installed' }]
    : [];
