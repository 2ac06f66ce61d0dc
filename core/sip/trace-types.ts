/** What the stack keeps of its messages, as others read it. */
import type { Disposable } from '../runtime/index.ts';
import type { Flow } from './types.ts';

export type TraceDirection = 'in' | 'out';

/** A message that was received or sent. */
export interface TracedMessage {
  readonly unixMs: number;
  readonly direction: TraceDirection;
  readonly transport: Flow['transport'];
  readonly local: Flow['local'];
  readonly remote: Flow['remote'];
  /** As on the wire, Latin-1; what secrets were there are `*`. */
  readonly text: string;
}

export interface SipTrace {
  /** Call-IDs of the calls that have this Call-ID or tag. */
  find(tagOrCallId: string): readonly string[];
  /** In the order of time; empty when nothing is kept of the call. */
  messages(callId: string): readonly TracedMessage[];
  /** The messages of these calls as a pcap file, without secrets. */
  pcap(callIds: readonly string[]): Uint8Array;
  /**
   * Gives every further message as a packet of a pcap file (its header: `pcapHeader`), or those that
   * have `filter` somewhere in their text, until disposed.
   */
  capture(onPacket: (packet: Uint8Array) => void, filter?: string): Disposable;
}
