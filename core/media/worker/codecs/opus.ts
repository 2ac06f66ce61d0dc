/**
 * Opus (RFC 6716, in RTP: RFC 7587) by libopus. `opus/48000/2` on the wire whatever we code; the engine
 * works at `media.opus.sampleRateHz`, in mono.
 */
import type { Codec, CodecOptions, CodecRecord, ConfiguredCodecs } from '../records.ts';
import { type OpusSettings, type OpusWishes, opusBandwidth, readOpusFormat, writeOpusFormat } from './opus-format.ts';
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
  readonly #library: () => OpusLibrary;
  readonly #settings: OpusSettings;
  readonly #wishes: OpusWishes;
  /** Made when they are first needed: most of what is agreed is never used. */
  #encoder: OpusEncoder | null = null;
  #decoder: OpusDecoder | null = null;
  #peerLossPercent = 0;
  /** Concealment comes in steps of 2.5 ms. */
  readonly #step: number;
  readonly #rest: Int16Array;
  #restEnd = 0;
  #isDisposed = false;

  constructor(library: () => OpusLibrary, settings: OpusSettings, options: CodecOptions | undefined) {
    const ptimeMs = options?.ptimeMs ?? 20;
    this.#library = library;
    this.#settings = settings;
    this.#wishes = readOpusFormat(options?.fmtp ?? null);
    this.frameMs = frameLengths.find((length) => length <= ptimeMs) ?? 10;
    this.#step = settings.sampleRateHz / 400;
    this.#rest = new Int16Array(this.#step);
  }

  #startEncoder(): OpusEncoder {
    const { sampleRateHz, bitrate, complexity, fec, dtx } = this.#settings;
    const wishes = this.#wishes;
    const encoder = this.#library().createEncoder(sampleRateHz);
    encoder.control(opusRequest.setBitrate, Math.min(bitrate, wishes.maxAverageBitrate));
    encoder.control(opusRequest.setComplexity, complexity);
    encoder.control(opusRequest.setSignal, opusSignalVoice);
    encoder.control(opusRequest.setMaxBandwidth, opusBandwidth(Math.min(sampleRateHz, wishes.maxPlaybackRateHz)));
    encoder.control(opusRequest.setVbr, wishes.cbr ? 0 : 1);
    encoder.control(opusRequest.setInbandFec, fec && wishes.fec ? 1 : 0);
    encoder.control(opusRequest.setPacketLossPercent, this.#peerLossPercent);
    encoder.control(opusRequest.setDtx, dtx && wishes.dtx ? 1 : 0);
    this.#encoder = encoder;
    return encoder;
  }

  #startDecoder(): OpusDecoder {
    this.#decoder = this.#library().createDecoder(this.#settings.sampleRateHz);
    return this.#decoder;
  }

  encode(samples: Int16Array, count: number, payload: Uint8Array): number {
    if (this.#isDisposed) return 0;
    const length = (this.#encoder ?? this.#startEncoder()).encode(samples, count, payload, longestPacketBytes);
    return length <= emptyPacketBytes ? 0 : length;
  }

  decode(payload: Uint8Array, length: number, samples: Int16Array): number {
    this.#restEnd = 0;
    // A payload of no bytes would be taken for a loss.
    if (length === 0 || this.#isDisposed) return 0;
    return Math.max(0, (this.#decoder ?? this.#startDecoder()).decode(payload, length, samples, samples.length, false));
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
    const written = this.#isDisposed
      ? -1
      : (this.#decoder ?? this.#startDecoder()).decode(null, 0, samples, count, false);
    if (written < 0) samples.fill(0, 0, count);
  }

  recover(next: Uint8Array, length: number, samples: Int16Array, count: number): number {
    if (this.#isDisposed || count % this.#step !== 0 || !hasOpusFec(next, length)) return 0;
    return Math.max(0, (this.#decoder ?? this.#startDecoder()).decode(next, length, samples, count, true));
  }

  setPeerLoss(fraction: number): void {
    const percent = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
    if (percent === this.#peerLossPercent || this.#isDisposed) return;
    this.#peerLossPercent = percent;
    this.#encoder?.control(opusRequest.setPacketLossPercent, percent);
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#encoder?.dispose();
    this.#decoder?.dispose();
    this.#encoder = null;
    this.#decoder = null;
  }

  /**
   * Copies of both states in shared memory: another thread of this process goes on without a gap. They
   * do not survive as text: a fresh process begins anew, and its first frames lack their past.
   */
  snapshot(): unknown {
    return { encoder: this.#encoder?.copy() ?? null, decoder: this.#decoder?.copy() ?? null };
  }

  restore(state: unknown): void {
    if (typeof state !== 'object' || state === null) return;
    const { encoder, decoder } = { encoder: null, decoder: null, ...state };
    if (isShared(encoder)) (this.#encoder ?? this.#startEncoder()).adopt(encoder);
    if (isShared(decoder)) (this.#decoder ?? this.#startDecoder()).adopt(decoder);
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
    singleFrame: true,
    negotiate: () => ({ fmtp }),
    create: (options) => new Opus(library, settings, options),
  };
}

/** Of this machine, with the configuration's settings. */
export function configureOpus(settings: OpusSettings): ConfiguredCodecs {
  const reason = opusUnavailable();
  return reason === null
    ? { codecs: [opusRecord(settings)], unavailable: [] }
    : { codecs: [], unavailable: [{ name: 'opus', reason }] };
}
