/** What a stream tells of itself in figures: counters, and reports of its quality. */

/** Per-stream counters (issue-wide names; also the `quality` event). */
export interface StreamStats {
  readonly packetsSent: number;
  readonly octetsSent: number;
  readonly packetsReceived: number;
  readonly octetsReceived: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly packetsDuplicate: number;
  readonly packetsFromStrangers: number;
  readonly packetsMalformed: number;
  readonly packetsUnknownPayload: number;
  /** SRTP and SRTCP: the tag was wrong or missing. */
  readonly packetsNotAuthentic: number;
  /** SRTP and SRTCP: there before, or too old to say. */
  readonly packetsReplayed: number;
  readonly sendErrors: number;
  readonly concealedMs: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  /** `PCMU/8000`, empty before the first configuration. */
  readonly codec: string;
  /** Of another SSRC than the one that is heard, from the peer's address: dropped. */
  readonly packetsOtherSource: number;
  /** How often the peer was found at another address after it had been locked. */
  readonly relearned: number;
  /** Mean power of what is received and sent in the last interval, dBov: 0 is full scale, -127 silence. */
  readonly rxLevelDb: number;
  readonly txLevelDb: number;
  /** Received samples at full scale, estimated from every eighth frame. */
  readonly clippedSamples: number;
  /** What is buffered now before it is played. */
  readonly playoutDelayMs: number;
  /** Lengthened and shortened by time stretching, and thrown away, to follow the network and the peer's clock. */
  readonly stretchedMs: number;
  readonly droppedMs: number;
  /** Of what we sent in the peer's last report interval, 0 to 1; null before its first report. */
  readonly remoteLossFraction: number | null;
  readonly remoteJitterMs: number | null;
  /** E-model, conversational: 1 to 4.5, of the whole stream; null when nothing was received. */
  readonly mos: number | null;
}

/** One interval of one stream, as it was heard here and, where the peer reports, there. */
export interface QualityReport {
  readonly intervalMs: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Came too late to be played. */
  readonly packetsLate: number;
  /** Lost or late, of what was expected, 0 to 1. */
  readonly lossFraction: number;
  /** Mean length of a run of losses, over what it would be were they independent: 1 is random (G.107 BurstR). */
  readonly burstRatio: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  readonly playoutDelayMs: number;
  readonly concealedMs: number;
  readonly rxLevelDb: number;
  readonly txLevelDb: number;
  readonly clippedSamples: number;
  readonly remoteLossFraction: number | null;
  readonly remoteJitterMs: number | null;
  /** E-model rating of G.107, 0 to 93.2; null when nothing was received. */
  readonly rFactor: number | null;
  /** What it means for a conversation, 1 to 4.5. */
  readonly mos: number | null;
  /** Of what the peer hears, from its reports; null without them. */
  readonly remoteMos: number | null;
}
