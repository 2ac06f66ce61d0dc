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
  /** Master key identifier (RFC 3711 3.1) in each packet that we send, hex of its 1 to 4 bytes; absent or '': none. */
  readonly sendMki?: string;
  /** In each that we receive. */
  readonly receiveMki?: string;
}

/** A certificate's hash as descriptions tell it (RFC 8122): upper-case hex with colons. */
export interface Fingerprint {
  readonly algorithm: 'sha-1' | 'sha-256' | 'sha-384' | 'sha-512';
  readonly value: string;
}

/** Where a browser may send its connectivity checks to: host candidates of ICE-lite (RFC 8445, RFC 6544). */
export interface IceCandidate {
  /** `tcp`: we are passive. */
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

/** Our side of a browser leg in descriptions: ICE-lite and DTLS (RFC 8839, RFC 8842). */
export interface LocalWebRtc {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprint: Fingerprint;
  /** Best first. */
  readonly candidates: readonly IceCandidate[];
  /** Of our DTLS association, for peers that know it (`a=tls-id`, RFC 8842 4). */
  readonly tlsId?: string;
}

/** What a browser leg agreed on: who may send to us, and whose keys are taken. */
export interface WebRtcParameters {
  readonly localUfrag: string;
  readonly localPassword: string;
  readonly remoteUfrag: string;
  readonly remotePassword: string;
  /** The peer's certificate must have one of them. */
  readonly fingerprints: readonly [Fingerprint, ...Fingerprint[]];
  /** Our part in the DTLS handshake: `active` sends the ClientHello (RFC 5763 5). */
  readonly setup: 'active' | 'passive';
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
  /**
   * Absent or null: no browser leg. Else ICE finds the peer (`remote` is only where the description says),
   * and DTLS gives the keys: `srtp` is null.
   */
  readonly webRtc?: WebRtcParameters | null;
}
