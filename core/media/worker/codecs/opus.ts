/**
 * Opus (RFC 6716, in RTP: RFC 7587) by libopus. `opus/48000/2` on the wire whatever we code; the engine
 * works at `media.opus.sampleRateHz`, in mono.
 */
import type { Codec, CodecOptions, CodecRecord, UnavailableCodec } from '../records.ts';
import {
  defaultOpusSettings,
  type OpusSettings,
  opusBandwidth,
  readOpusFormat,
  writeOpusFormat,
} from './opus-format.ts';
import {
  type OpusDecoder,
  type OpusEncoder,
  type OpusLibrary,
  opusLibrary,
  opusRequest,
  opusSignalVoice,
  opusUnavailable,
} from './opus-library.ts';
import { hasOpusFec } from './opus-packet.ts';

/** Packets of one frame of 60 ms at 128 kbit/s, four frames: well within a datagram. */
const longestFrameBytes = 365;
/** The longest Opus packet of one frame (RFC 6716, section 3.4), and what fits a datagram. */
const longestPacketBytes = 1275;
/** Without a packet for it, libopus writes one of two bytes at most (RFC 6716's DTX). */
const emptyPacketBytes = 2;
/** Frames longer than 20 ms cost less bandwidth and more delay: only where the peer asks for them. */
const frameLengths = [60, 40, 20, 10] as const;

class Opus implements Codec {
  readonly frameMs: number;
  readonly #encoder: OpusEncoder;
  readonly #decoder: OpusDecoder;
  /** Concealment comes in steps of 2.5 ms. */
  readonly #step: number;
  readonly #rest: Int16Array;
  #restEnd = 0;
  #isDisposed = false;

  constructor(library: OpusLibrary, settings: OpusSettings, options: CodecOptions | undefined) {
    const { sampleRateHz, bitrate, complexity, fec, dtx } = settings;
    const wishes = readOpusFormat(options?.fmtp ?? null);
    const ptimeMs = options?.ptimeMs ?? 20;
    this.frameMs = frameLengths.find((length) => length <= ptimeMs) ?? 10;
    this.#step = sampleRateHz / 400;
    this.#rest = new Int16Array(this.#step);
    this.#decoder = library.createDecoder(sampleRateHz);
    this.#encoder = library.createEncoder(sampleRateHz);
    const encoder = this.#encoder;
    encoder.control(opusRequest.setBitrate, Math.min(bitrate, wishes.maxAverageBitrate));
    encoder.control(opusRequest.setComplexity, complexity);
    encoder.control(opusRequest.setSignal, opusSignalVoice);
    encoder.control(opusRequest.setMaxBandwidth, opusBandwidth(Math.min(sampleRateHz, wishes.maxPlaybackRateHz)));
    encoder.control(opusRequest.setVbr, wishes.cbr ? 0 : 1);
    encoder.control(opusRequest.setInbandFec, fec && wishes.fec ? 1 : 0);
    encoder.control(opusRequest.setDtx, dtx && wishes.dtx ? 1 : 0);
  }

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    const length = this.#encoder.encode(samples, count, payload, longestPacketBytes);
    return length <= emptyPacketBytes ? 0 : length;
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    this.#restEnd = 0;
    // A payload of no bytes would be taken for a loss.
    if (length === 0) return 0;
    return Math.max(0, this.#decoder.decode(payload, length, samples, samples.length, false));
  }

  conceal(samples: Int16Array, count: number): void {
    const step = this.#step;
    const left = Math.min(this.#restEnd, count);
    for (let i = 0; i < left; i++) samples[i] = this.#rest[step - this.#restEnd + i] as number;
    this.#restEnd -= left;
    const whole = count - left - ((count - left) % step);
    if (whole > 0) this.#lost(left === 0 ? samples : samples.subarray(left), whole);
    const missing = count - left - whole;
    if (missing === 0) return;
    this.#lost(this.#rest, step);
    for (let i = 0; i < missing; i++) samples[left + whole + i] = this.#rest[i] as number;
    this.#restEnd = step - missing;
  }

  #lost(samples: Int16Array, count: number): void {
    if (this.#decoder.decode(null, 0, samples, count, false) < 0) samples.fill(0, 0, count);
  }

  recover(next: Uint8Array, length: number, samples: Int16Array, count: number): number {
    if (count % this.#step !== 0 || !hasOpusFec(next, length)) return 0;
    return Math.max(0, this.#decoder.decode(next, length, samples, count, true));
  }

  setPeerLoss(fraction: number): void {
    const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
    this.#encoder.control(opusRequest.setPacketLossPercent, percent);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#encoder.dispose();
    this.#decoder.dispose();
  }

  /**
   * Copies of both states in shared memory: another thread of this process goes on without a gap. They
   * do not survive as text: a fresh process begins anew, and its first frames lack their past.
   */
  snapshot(): unknown {
    return { encoder: this.#encoder.copy(), decoder: this.#decoder.copy() };
  }

  restore(state: unknown): void {
    if (typeof state !== 'object' || state === null) return;
    const { encoder, decoder } = { encoder: null, decoder: null, ...state };
    if (isShared(encoder)) this.#encoder.adopt(encoder);
    if (isShared(decoder)) this.#decoder.adopt(decoder);
  }
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return value instanceof SharedArrayBuffer;
}

/** The record for these settings and this library. */
export function opusRecord(settings: OpusSettings, library: () => OpusLibrary = opusLibrary): CodecRecord {
  const fmtp = writeOpusFormat(settings);
  return {
    name: 'opus',
    clockRateHz: 48_000,
    sampleRateHz: settings.sampleRateHz,
    channels: 2,
    staticPayloadType: null,
    fmtp,
    maxFrameBytes: longestFrameBytes,
    negotiate: () => ({ fmtp }),
    create: (options) => new Opus(library(), settings, options),
  };
}

/** Of this machine, with the configuration's settings. */
export function configureOpus(settings: OpusSettings): {
  readonly codecs: readonly CodecRecord[];
  readonly unavailable: readonly UnavailableCodec[];
} {
  const reason = opusUnavailable();
  return reason === null
    ? { codecs: [opusRecord(settings)], unavailable: [] }
    : { codecs: [], unavailable: [{ name: 'opus', reason }] };
}

export const { codecs, unavailable } = configureOpus(defaultOpusSettings);
