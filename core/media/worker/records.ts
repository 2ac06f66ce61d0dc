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
  /** Longest payload of one frame (20 ms, or `Codec.frameMs` if longer), bytes. */
  readonly maxFrameBytes: number;
  /**
   * Set where a payload may be cut: at any sample for a whole number (G.711, L16), every 10 ms for a
   * fraction (G.722: 0.5, G.726-32: 0.5). Any ptime can then be sent.
   */
  readonly bytesPerSample?: number;
  /**
   * A packet is exactly one frame, which cannot be joined with another (Opus, Speex): the codec chooses
   * its frame by `CodecOptions.ptimeMs`. Absent: as many frames as `a=ptime` wants, one behind the other.
   */
  readonly singleFrame?: true;
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

/**
 * The configuration's part for codecs (`media.opus`, …). A codec module that has use for it exports
 * `configureCodecs(settings): ConfiguredCodecs` beside `codecs`, which counts without settings.
 */
export interface CodecSettings {
  readonly opus: {
    readonly sampleRateHz: 8000 | 16000 | 24000 | 48000;
    readonly bitrate: number;
    readonly complexity: number;
    readonly fec: boolean;
    readonly dtx: boolean;
  };
}

/** What a codec module has on this machine, and what it lacks. */
export interface ConfiguredCodecs {
  readonly codecs: readonly CodecRecord[];
  readonly unavailable: readonly UnavailableCodec[];
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

/** A file's audio piece by piece, one channel: memory and time stay bounded however long it is. */
export interface AudioReader {
  readonly sampleRateHz: number;
  /** How many samples it has at most. */
  readonly maxSamples: number;
  /** Fills `out` from its start; returns how many samples, 0 at the end. @throws CodedError `file.format`. */
  read(out: Int16Array): number;
  /** Frees memory outside of the heap. */
  dispose?(): void;
}

export interface FormatRecord {
  /** Lower-case file extensions without dot. */
  readonly extensions: readonly string[];
  readonly mime: string;
  /** What may follow the name of a recording (`x.wav|A-Law`); the first one is the default. */
  readonly subtypes?: readonly string[];
  /** Decoding takes long: never done in a thread that has a tick to keep. */
  readonly costly?: boolean;
  /** @throws CodedError `file.format` with what is wrong and at which byte. */
  decode(bytes: Uint8Array): DecodedAudio | Promise<DecodedAudio>;
  /** The same piece by piece. @throws CodedError `file.format`. */
  open?(bytes: Uint8Array): AudioReader | Promise<AudioReader>;
  /** Set where files of this format have one rate only: recordings are converted to it. */
  readonly writerRateHz?: number;
  /** Absent: read only. @throws CodedError `file.format` for what this format cannot hold. */
  writer?(sampleRateHz: number, options?: WriterOptions): FormatWriter | Promise<FormatWriter>;
}

export interface WriterOptions {
  /** 2: interleaved, left first. Default 1. */
  readonly channels?: 1 | 2;
  /** One of the record's subtypes. */
  readonly subtype?: string;
}

/** Writes a file piece by piece: pieces are appended, the header is rewritten after each and at the end. */
export interface FormatWriter {
  /** Bytes at the start of the file, for `dataBytes` of audio so far; always of the same length. */
  header(dataBytes: number): Uint8Array;
  /** The bytes of `count` samples (of all channels together); the caller may keep them. */
  encode(samples: Int16Array, count: number): Uint8Array;
  /** What is left at the end. */
  finish?(): Uint8Array;
  /** Set where a sample of each channel together takes always so many bytes: the file may be cut there. */
  readonly blockBytes?: number;
  /** Frees memory outside of the heap. */
  dispose?(): void;
}
