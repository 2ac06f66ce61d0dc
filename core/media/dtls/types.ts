/**
 * DTLS handshakes of browser legs (RFC 5764): they give SRTP keys, nothing else passes through DTLS.
 * Packets go in and out by functions: the media worker owns the socket.
 */
import type { Fingerprint, SrtpParameters } from '../../sdp/types.ts';

export interface DtlsOptions {
  /** `active` sends the ClientHello. */
  readonly setup: 'active' | 'passive';
  /** The peer's certificate must have one of these. */
  readonly fingerprints: readonly Fingerprint[];
  /** A DTLS packet for the peer. */
  readonly send: (packet: Uint8Array) => void;
  /** The handshake is done and the certificate is the right one: keys from our side. Once. */
  readonly onKeys: (keys: SrtpParameters) => void;
  /** It will not come to keys, or the peer said close_notify after it had; `detail` says why, for logs and `call.ended`. Once, and the last. */
  readonly onEnd: (detail: string) => void;
}

export interface DtlsAssociation {
  /** A DTLS packet from the peer; whoever calls has checked that ICE knows its source. */
  receive(packet: Uint8Array): void;
  /** Frees it; nothing is told any more. Idempotent. */
  close(): void;
}

/** All handshakes of one process. */
export interface DtlsEngine {
  /** Of our certificate, made at the first use. @throws CodedError `media.dtls` (rejects). */
  fingerprint(): Promise<Fingerprint>;
  /** Somebody may need it soon: makes ready what the first handshake would wait for. Idempotent. */
  prepare(): void;
  open(options: DtlsOptions): DtlsAssociation;
  stop(): Promise<void>;
}
