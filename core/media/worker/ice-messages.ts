/** What the messages of `protocol.ts` say of browser legs: ICE, DTLS and the keys that come of it. */
import type { SrtpParameters } from '../../sdp/types.ts';
import type { StreamId } from './protocol.ts';

/** Our credentials, which our description told: checks are answered from the first moment (RFC 8445 7.3). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** A stream that is a browser leg. */
export interface BrowserLegOptions extends IceCredentials {
  /** From `configure` until a pair is nominated; else `iceFailed`. */
  readonly iceTimeoutMs: number;
  /** The port that all browser legs share: no socket is opened, `addPath` brings them. Absent: one of the range. */
  readonly port?: number;
}

export type IceTransport = 'udp' | 'tcp';

export type IceCommand =
  /** New credentials of ours, before they are in a description: the old pair goes on until a pair of theirs is nominated. */
  | { readonly kind: 'iceRestart'; readonly stream: StreamId; readonly credentials: IceCredentials }
  /** A DTLS packet for the peer: to the nominated address, before that to the one that DTLS came from last. */
  | { readonly kind: 'dtlsSend'; readonly stream: StreamId; readonly packet: Uint8Array }
  /** DTLS is done: from now on audio flows. Others later: the old ones are good for a while (`SrtpContext.rekey`). */
  | { readonly kind: 'secure'; readonly stream: StreamId; readonly srtp: SrtpParameters };

export type IceEvent =
  /** A DTLS packet of an address that passed a check. */
  | { readonly kind: 'dtlsReceived'; readonly stream: StreamId; readonly packet: Uint8Array }
  /** The browser nominated a pair, or changed to another one: where audio goes from now on. */
  | {
      readonly kind: 'iceSelected';
      readonly stream: StreamId;
      readonly address: string;
      readonly port: number;
      readonly transport: IceTransport;
    }
  /**
   * timeout: no pair was nominated in `media.iceTimeoutMs`; consent: the nominated pair was not checked for
   * 30 s (RFC 7675). `detail` says what did come. Nothing is sent any more; a pair that is nominated later heals it.
   */
  | {
      readonly kind: 'iceFailed';
      readonly stream: StreamId;
      readonly reason: 'timeout' | 'consent';
      readonly detail: string;
    };

/** What the browser legs of an engine met, each since its start. The names are those of `/metrics`. */
export interface IceTotals {
  /** Connectivity checks that were authentic. */
  readonly checks: number;
  /** Answered with 400: USERNAME or MESSAGE-INTEGRITY was missing, or an attribute was broken. */
  readonly badRequests: number;
  /** Answered with 401: another user name, or a wrong MESSAGE-INTEGRITY. */
  readonly unauthorized: number;
  /** Answered with 420: attributes that must be understood and are not. */
  readonly unknownAttributes: number;
  /** Answered with 487: the peer took the controlled role beside us. */
  readonly roleConflicts: number;
  /** Unanswered: no STUN, a wrong FINGERPRINT, no binding request. */
  readonly notStun: number;
  /** Unanswered: more checks in a second than anybody needs. */
  readonly checksOverLimit: number;
  /** Answered, not kept: more candidate pairs than anybody has. */
  readonly pairsOverLimit: number;
  readonly nominations: number;
  readonly restarts: number;
  readonly timeouts: number;
  readonly consentsLost: number;
  /** DTLS and SRTP of addresses that passed no check: dropped. */
  readonly strangers: number;
  /** By its first byte no STUN, DTLS, RTP or RTCP (RFC 7983): dropped. */
  readonly otherProtocols: number;
  /** RTP and RTCP before the keys: dropped. */
  readonly withoutKeys: number;
  readonly dtlsReceived: number;
  readonly dtlsSent: number;
  /** DTLS packets that were too many or too long, or had nowhere to go: dropped. */
  readonly dtlsDropped: number;
  /** Feedback of browsers in RTCP (NACK, PLI, FIR, REMB, transport-cc): read over. */
  readonly feedback: number;
}
