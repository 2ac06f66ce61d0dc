/**
 * What a codec or file-format module exports: records of pure functions. Ours come through the same
 * door as a plug-in's (design, section 2): `export const codecs: CodecRecord[]`, respectively
 * `export const formats: FormatRecord[]`.
 */
export interface CodecRecord {
  /** Encoding name of RFC 3551. */
  readonly name: string;
  /** Clock rate in SDP. */
  readonly clockRateHz: number;
  /** Rate of the samples that encode takes and decode gives. */
  readonly sampleRateHz: number;
  readonly channels: 1 | 2;
  readonly staticPayloadType: number | null;
  readonly fmtp: string | null;
  /** Longest payload of one 20 ms frame, bytes. */
  readonly maxFrameBytes: number;
  /** Set where every sample has its own bytes, so that a payload may be cut anywhere (G.711, L16). */
  readonly bytesPerSample?: number;
  /**
   * Set where a sample's code depends on that sample only (G.711): `codes[(sample >> shift) & mask]`.
   * The mixer then encodes while it mixes.
   */
  readonly encodingTable?: { readonly codes: Uint8Array; readonly shift: number };
  /** Its counterpart: the sample of each of the 256 bytes. */
  readonly decodingTable?: Int16Array;
  /**
   * May an offer with these format parameters be taken, and what do we answer? Null: refuse. Absent:
   * everything is taken, and `fmtp` is answered.
   */
  negotiate?(offered: string | null): { readonly fmtp: string | null } | null;
  create(options?: CodecOptions): Codec;
}

/** What offer and answer agreed on for one codec of one stream. */
export interface CodecOptions {
  /** The peer's `a=fmtp`: how it wants to be sent to. */
  readonly fmtp: string | null;
  /** `a=ptime`: a hint for codecs with a choice of frames. */
  readonly ptimeMs: number;
}

/** A codec that this machine lacks the library for: its module exports a list of them as `unavailable`. Named at start. */
export interface UnavailableCodec {
  readonly name: string;
  readonly reason: string;
}

/** One direction pair of one stream. Buffers belong to the caller; nothing is allocated per frame. */
export interface Codec {
  /** Length of what one `encode` takes, ms: 20 when absent. The sender collects so much before it encodes. */
  readonly frameMs?: number;
  /** Encodes `count` samples; returns bytes written to `payload`; 0: this frame need not be sent (DTX). */
  encode(samples: Int16Array, count: number, payload: Uint8Array): number;
  /** Decodes `length` bytes; returns samples written to `samples`. */
  decode(payload: Uint8Array, length: number, samples: Int16Array): number;
  /** Writes `count` samples for a lost frame; absent: the engine's own concealment. */
  conceal?(samples: Int16Array, count: number): void;
  /**
   * A lost frame from what the packet after it tells of it (in-band FEC); returns samples written, 0
   * when it tells nothing.
   */
  recover?(next: Uint8Array, length: number, samples: Int16Array, count: number): number;
  /** How much of what we send the peer loses, 0 to 1, as its reports say. */
  setPeerLoss?(fraction: number): void;
  /** Frees memory outside of the heap. The codec is not used again. */
  dispose?(): void;
  /** Plain data for moving a stream between workers; absent: stateless. */
  snapshot?(): unknown;
  restore?(state: unknown): void;
}

export interface DecodedAudio {
  readonly sampleRateHz: number;
  /** Mono. */
  readonly samples: Int16Array;
}

export interface FormatRecord {
  /** Lower-case file extensions without dot. */
  readonly extensions: readonly string[];
  readonly mime: string;
  /** @throws CodedError `file.format` with what is wrong and at which byte. */
  decode(bytes: Uint8Array): DecodedAudio;
  /** Absent: read only. */
  writer?(sampleRateHz: number): FormatWriter;
}

/** Writes a file piece by piece: pieces are appended, the header is rewritten at the end. */
export interface FormatWriter {
  /** Bytes at the start of the file, for `dataBytes` of audio so far. */
  header(dataBytes: number): Uint8Array;
  /** The audio bytes of `count` samples. */
  encode(samples: Int16Array, count: number): Uint8Array;
}
