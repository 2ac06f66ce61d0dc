import type { Receiver } from './receiver.ts';
import type { CodecRecord } from './records.ts';
import type { Sender } from './sender.ts';
import type { SrtpContext } from './srtp.ts';
import type { StreamStats } from './stream-figures.ts';
import type { StreamQuality } from './stream-quality.ts';

/** The counters of a stream as they are told. `codec`: what it sends with. */
export function streamStats(of: {
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly srtp: SrtpContext | null;
  readonly overall: ReturnType<StreamQuality['overall']>;
  readonly codec: CodecRecord | null;
}): StreamStats {
  const { receiver, sender, srtp, overall, codec } = of;
  const { statistics } = receiver;
  return {
    packetsSent: sender.packets,
    octetsSent: sender.octets,
    packetsReceived: statistics.packets,
    octetsReceived: statistics.octets,
    packetsLost: statistics.lost,
    packetsLate: receiver.latePackets,
    packetsDuplicate: statistics.duplicates,
    packetsFromStrangers: receiver.fromStrangers,
    packetsMalformed: receiver.malformed,
    packetsUnknownPayload: receiver.unknownPayloads,
    packetsNotAuthentic: srtp?.notAuthentic ?? 0,
    packetsReplayed: srtp?.replayed ?? 0,
    sendErrors: sender.errors,
    concealedMs: Math.round(receiver.concealedMs),
    jitterMs: Math.round((statistics.jitter * 10_000) / (codec?.clockRateHz ?? 8000)) / 10,
    roundTripMs: overall.roundTripMs,
    codec: codec === null ? '' : `${codec.name}/${codec.clockRateHz}`,
    packetsOtherSource: receiver.otherSources,
    relearned: receiver.search.found,
    rxLevelDb: overall.rxLevelDb,
    txLevelDb: overall.txLevelDb,
    clippedSamples: overall.clippedSamples,
    playoutDelayMs: overall.playoutDelayMs,
    stretchedMs: Math.round(receiver.stretchedMs),
    droppedMs: Math.round(receiver.droppedMs),
    remoteLossFraction: overall.remoteLossFraction,
    remoteJitterMs: overall.remoteJitterMs,
    mos: overall.mos,
  };
}
