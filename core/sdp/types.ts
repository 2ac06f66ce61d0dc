/**
 * Session descriptions as plain data (RFC 4566/8866), and the result of negotiation (RFC 3264).
 * Parsing, printing and offer/answer are pure functions over these (`parse.ts`, `print.ts`,
 * `negotiate.ts`).
 */
import type { Endpoint } from '../runtime/index.ts';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface SdpAttribute {
  readonly name: string;
  /** Null for a flag such as `a=sendrecv`. */
  readonly value: string | null;
}

export interface SdpConnection {
  readonly family: 4 | 6;
  readonly address: string;
}

export interface SdpMedia {
  readonly kind: string;
  readonly port: number;
  readonly portCount: number;
  /** `RTP/AVP`, `RTP/SAVPF`, … */
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly title: string | null;
  readonly connection: SdpConnection | null;
  readonly bandwidth: readonly { readonly type: string; readonly kbps: number }[];
  readonly attributes: readonly SdpAttribute[];
}

export interface SessionDescription {
  readonly origin: {
    readonly user: string;
    readonly sessionId: string;
    readonly version: string;
    readonly connection: SdpConnection;
  };
  readonly name: string;
  readonly information: string | null;
  /** `u=`: the page that controls a conference travels here. */
  readonly uri: string | null;
  readonly connection: SdpConnection | null;
  readonly bandwidth: readonly { readonly type: string; readonly kbps: number }[];
  /** Lines that pass through unread: `e=`, `p=`, `t=`, `r=`, `z=`, `k=`, in order. */
  readonly otherLines: readonly string[];
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly SdpMedia[];
}

/** A codec as the media engine offers it: data published by the pool at start. */
export interface CodecCapability {
  /** Encoding name of RFC 3551, for example `PCMU`. */
  readonly name: string;
  /** Clock rate in SDP (G.722: 8000). */
  readonly clockRateHz: number;
  readonly channels: number;
  /** Null: a dynamic number is chosen. */
  readonly staticPayloadType: number | null;
  readonly fmtp: string | null;
  /** As `CodecRecord.negotiate`: may that offer be taken, and what is answered? */
  readonly negotiate?: ((offered: string | null) => { readonly fmtp: string | null } | null) | undefined;
}

/** What this server can do on one audio line. */
export interface MediaCapabilities {
  /** In order of preference. */
  readonly codecs: readonly CodecCapability[];
  readonly ptimeMs: number;
}

/** A codec as agreed for one stream. */
export interface NegotiatedCodec {
  readonly name: string;
  readonly clockRateHz: number;
  readonly channels: number;
  /** The number that we must put on packets that we send. */
  readonly sendPayloadType: number;
  /** The number on packets that we receive. */
  readonly receivePayloadType: number;
  readonly fmtp: string | null;
}

/** Crypto suites of SDES (RFC 4568 6.2, RFC 6188, RFC 7714 14.2) and, by their parts, of DTLS-SRTP. */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** Keys of one stream, however they were agreed. */
export interface SrtpParameters {
  readonly suite: SrtpSuite;
  /** Master key and master salt, one behind the other, base64: of what we send. */
  readonly sendKey: string;
  /** Of what we receive. */
  readonly receiveKey: string;
}

/** What a media stream needs to know after offer and answer. */
export interface AudioParameters {
  /** Where to send RTP; null while on hold to 0.0.0.0 or when the line is disabled. */
  readonly remote: Endpoint | null;
  /** Where to send RTCP; null: RTP port + 1. */
  readonly remoteRtcp: Endpoint | null;
  /** From our side: `sendonly` means that we send and they only listen. */
  readonly direction: Direction;
  /** The first is what we send with. */
  readonly codecs: readonly [NegotiatedCodec, ...NegotiatedCodec[]];
  /** telephone-event payload numbers, null when not agreed. */
  readonly telephoneEvent: {
    readonly sendPayloadType: number;
    readonly receivePayloadType: number;
    /** Default 8000. */
    readonly clockRateHz?: number;
  } | null;
  readonly ptimeMs: number;
  /** RTCP on the RTP port both ways (RFC 5761). */
  readonly rtcpMux?: boolean;
  /** Comfort noise (RFC 3389) payload numbers; absent or null: not agreed. */
  readonly comfortNoise?: { readonly sendPayloadType: number; readonly receivePayloadType: number } | null;
  /** Absent or null: plain RTP. */
  readonly srtp?: SrtpParameters | null;
}
