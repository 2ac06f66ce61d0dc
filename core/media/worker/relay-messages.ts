/** What the messages of `protocol.ts` say of relays. */
import type { OpenedSockets } from './protocol.ts';

export type RelaySideName = 'a' | 'b';

/** Reply to `openRelayLine`. */
export interface OpenedRelayLine {
  readonly a: OpenedSockets;
  readonly b: OpenedSockets;
}

/** Where a side's peer wants its packets. `rtcpPort` equal to `rtpPort`: on one port (RFC 5761). */
export interface RelayRemote {
  readonly address: string;
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

export interface RelayLineOptions {
  /** `raw`: nothing of a packet is looked at (UDPTL); `rtp`: SRTP too, whose header is plain. */
  readonly transport: 'rtp' | 'raw';
  /** SSRC, sequence numbers and timestamps pass as they are; else each peer sees one source without gaps. */
  readonly transparent: boolean;
  /** No packet of a side for this long: `relayTimeout`. 0: never. */
  readonly rtpTimeoutMs: number;
  /** What peer a and peer b see as SSRC when the line is not transparent. */
  readonly ssrcs: readonly [number, number];
}

export interface RelaySideOptions {
  /** The source of the first packet takes the place of the described address, once. */
  readonly symmetric: boolean;
  /** Report telephone-events of this payload number that pass by. Not for SRTP. */
  readonly detectKeys?: { readonly payloadType: number; readonly clockRateHz?: number } | undefined;
  /** The peer has to send: else the line times out. Default: while `remote` is not null. */
  readonly expectsPackets?: boolean | undefined;
}

/** What one side of a relay line has seen; RTP and RTCP together. */
export interface RelaySideStats {
  /** From this side's peer. */
  readonly packetsReceived: number;
  /** To this side's peer. */
  readonly packetsSent: number;
  readonly octetsSent: number;
  /** Received, but not from the peer: dropped. */
  readonly packetsFromStrangers: number;
  /** Received without payload: dropped. */
  readonly packetsEmpty: number;
  /** Received, no RTP although it had to be rewritten: dropped. */
  readonly packetsMalformed: number;
  /** Received while the other side was held or not yet known: dropped. */
  readonly packetsHeld: number;
  /** For this side's peer, refused by the kernel. */
  readonly sendErrors: number;
}

export interface RelayLineStats {
  readonly a: RelaySideStats;
  readonly b: RelaySideStats;
}
