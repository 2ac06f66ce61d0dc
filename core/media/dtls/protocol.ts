/** Messages between `thread-engine.ts` and the thread of the handshakes. Both ends are of one program. */
import type { Fingerprint, SrtpParameters } from '../../sdp/types.ts';

/** Start value of the thread. */
export interface DtlsThreadStart {
  /** Our certificate and its key, PEM. */
  readonly certificate: string;
  readonly key: string;
}

export type DtlsRequest =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly setup: 'active' | 'passive';
      readonly fingerprints: readonly Fingerprint[];
    }
  | { readonly kind: 'packet'; readonly id: number; readonly packet: Uint8Array }
  | { readonly kind: 'close'; readonly id: number };

/** Why there are no keys, or the peer is gone: for counters. */
export type DtlsEnding = 'fingerprint' | 'proof' | 'refused' | 'broken' | 'closed';

export type DtlsReply =
  | { readonly kind: 'send'; readonly id: number; readonly packet: Uint8Array }
  /** `farewell` is our close_notify, ready to be sent. */
  | { readonly kind: 'keys'; readonly id: number; readonly keys: SrtpParameters; readonly farewell: Uint8Array }
  | { readonly kind: 'end'; readonly id: number; readonly ending: DtlsEnding; readonly detail: string };
