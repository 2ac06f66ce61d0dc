/** iLBC (RFC 3951, in RTP: RFC 3952): 20 ms frames of 38 bytes or 30 ms frames of 50. Ours, in TypeScript. */
import type { Codec, CodecOptions, CodecRecord } from '../records.ts';
import { IlbcDecoder, type IlbcDecoderState } from './ilbc-decoder.ts';
import { IlbcEncoder, type IlbcEncoderState } from './ilbc-encoder.ts';
import { type IlbcMode, mode20, mode30 } from './ilbc-frame.ts';

/** What `a=fmtp` says of the frames; 30 ms when it says nothing (RFC 3952, section 5: mode is optional, 30 the older). */
export function ilbcMode(fmtp: string | null): 20 | 30 | null {
  const found = /(?:^|[;\s])mode\s*=\s*([^;\s]*)/i.exec(fmtp ?? '');
  if (found === null) return 30;
  return found[1] === '20' ? 20 : found[1] === '30' ? 30 : null;
}

const modeOf = (frameMs: 20 | 30): IlbcMode => (frameMs === 20 ? mode20 : mode30);

/** As plain data. */
interface IlbcState {
  readonly decoderMs: 20 | 30;
  readonly encoder: IlbcEncoderState;
  readonly decoder: IlbcDecoderState;
  readonly rest: readonly number[];
}

class Ilbc implements Codec {
  readonly frameMs: 20 | 30;
  readonly #mode: IlbcMode;
  #encoder: IlbcEncoder | null = null;
  /** Of the frames that come: mostly the same, but the peer's frames tell. */
  #decoder: IlbcDecoder | null = null;
  /** Concealed and not asked for yet. */
  #rest: Int16Array = new Int16Array(0);
  #restStart = 0;

  constructor(frameMs: 20 | 30) {
    this.frameMs = frameMs;
    this.#mode = modeOf(frameMs);
  }

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    if (count < this.#mode.samples) return 0;
    this.#encoder ??= new IlbcEncoder(this.#mode);
    return this.#encoder.encode(samples, 0, payload);
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    this.#restStart = this.#rest.length;
    const mode = this.#frameOf(length);
    if (mode === null) return 0;
    const decoder = this.#decoder?.mode === mode ? this.#decoder : new IlbcDecoder(mode);
    this.#decoder = decoder;
    let written = 0;
    for (let at = 0; at + mode.bytes <= length && written + mode.samples <= samples.length; at += mode.bytes) {
      decoder.decode(payload, at, samples, written);
      written += mode.samples;
    }
    return written;
  }

  /** Whole frames of the agreed length, else of the other; null: neither. */
  #frameOf(length: number): IlbcMode | null {
    if (length === 0) return null;
    const own = this.#mode;
    if (length % own.bytes === 0) return own;
    const other = own === mode20 ? mode30 : mode20;
    return length % other.bytes === 0 ? other : null;
  }

  conceal(samples: Int16Array, count: number): void {
    this.#decoder ??= new IlbcDecoder(this.#mode);
    const decoder = this.#decoder;
    const frame = decoder.mode.samples;
    if (this.#rest.length !== frame) {
      this.#rest = new Int16Array(frame);
      this.#restStart = frame;
    }
    for (let i = 0; i < count; i++) {
      if (this.#restStart >= frame) {
        decoder.conceal(this.#rest, 0);
        this.#restStart = 0;
      }
      samples[i] = this.#rest[this.#restStart++] as number;
    }
  }

  snapshot(): unknown {
    const encoder = this.#encoder ?? new IlbcEncoder(this.#mode);
    const decoder = this.#decoder ?? new IlbcDecoder(this.#mode);
    const state: IlbcState = {
      decoderMs: decoder.mode.frameMs,
      encoder: encoder.snapshot(),
      decoder: decoder.snapshot(),
      rest: [...this.#rest.subarray(this.#restStart)],
    };
    return state;
  }

  /** A state that is not one is left alone: the codec begins anew. */
  restore(state: unknown): void {
    if (!isState(state)) return;
    this.#encoder = new IlbcEncoder(this.#mode);
    this.#encoder.restore(state.encoder);
    const mode = modeOf(state.decoderMs);
    this.#decoder = new IlbcDecoder(mode);
    this.#decoder.restore(state.decoder);
    const frame = mode.samples;
    const rest = state.rest.slice(0, frame);
    this.#rest = new Int16Array(frame);
    this.#restStart = frame - rest.length;
    this.#rest.set(rest, this.#restStart);
  }
}

/** Compares a value from outside with the shape of one of ours: same keys, finite numbers, lists as long. */
function isLike(value: unknown, model: unknown): boolean {
  if (typeof model === 'number') return typeof value === 'number' && Number.isFinite(value);
  if (typeof model === 'boolean') return typeof value === 'boolean';
  if (Array.isArray(model)) {
    return Array.isArray(value) && value.length === model.length && value.every((item) => isLike(item, 0));
  }
  if (typeof value !== 'object' || value === null || typeof model !== 'object' || model === null) return false;
  const fields: { readonly [key: string]: unknown } = Object.fromEntries(Object.entries(value));
  return Object.entries(model).every(([key, part]) => isLike(fields[key], part));
}

function isState(value: unknown): value is IlbcState {
  if (typeof value !== 'object' || value === null) return false;
  const fields: { readonly [key: string]: unknown } = Object.fromEntries(Object.entries(value));
  const { decoderMs, encoder, decoder, rest } = fields;
  if (decoderMs !== 20 && decoderMs !== 30) return false;
  const mode = modeOf(decoderMs);
  return (
    isLike(encoder, new IlbcEncoder(mode).snapshot()) &&
    isLike(decoder, new IlbcDecoder(mode).snapshot()) &&
    Array.isArray(rest) &&
    rest.every((sample) => isLike(sample, 0))
  );
}

export const codecs: readonly CodecRecord[] = [
  {
    name: 'iLBC',
    clockRateHz: 8000,
    sampleRateHz: 8000,
    channels: 1,
    staticPayloadType: null,
    fmtp: 'mode=20',
    maxFrameBytes: mode30.bytes,
    /** RFC 3952, section 5: when the two differ, the lower rate is taken, which is that of 30 ms. */
    negotiate(offered) {
      const mode = ilbcMode(offered);
      return mode === null ? null : { fmtp: `mode=${mode}` };
    },
    create: (options?: CodecOptions) => new Ilbc(options === undefined ? 20 : (ilbcMode(options.fmtp) ?? 30)),
  },
];
