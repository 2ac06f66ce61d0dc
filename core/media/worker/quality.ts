/** From a stream's counters to what they are worth: pure, and the state that an interval needs. */
import type { QualityReport } from './protocol.ts';
import { burstRatioOf, mosOf, rFactor } from './quality-score.ts';

/** Sums since the start of a stream. */
export interface QualityTotals {
  readonly atMs: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly lossRuns: number;
  readonly lostInRuns: number;
  readonly concealedMs: number;
  readonly clippedSamples: number;
}

/** What is as it is now. */
export interface QualityNow {
  /** Encoding name. */
  readonly codec: string;
  readonly packetMs: number;
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  readonly playoutDelayMs: number;
  readonly rxLevelDb: number;
  readonly txLevelDb: number;
  readonly remoteLossFraction: number | null;
  readonly remoteJitterMs: number | null;
  /** What the peer itself says (RFC 3611). */
  readonly remoteMos: number | null;
}

/** The mixing tick: a frame waits so long on its way through. */
const tickMs = 20;
/** A peer's buffer, where it says nothing of it: twice its jitter, and this at least. */
const peerBufferMs = 40;

/** What happened between `before` and `totals`. */
export function qualityReport(before: QualityTotals, totals: QualityTotals, now: QualityNow): QualityReport {
  const since = (figure: (of: QualityTotals) => number): number => Math.max(0, figure(totals) - figure(before));
  const packetsReceived = since((of) => of.packetsReceived);
  const packetsLost = since((of) => of.packetsLost);
  const packetsLate = since((of) => of.packetsLate);
  const expected = packetsReceived + packetsLost;
  const lossFraction = expected === 0 ? 0 : Math.min(1, (packetsLost + packetsLate) / expected);
  const burstRatio = burstRatioOf(
    since((of) => of.lostInRuns),
    since((of) => of.lossRuns),
    lossFraction,
  );
  const { codec, packetMs, jitterMs, roundTripMs, playoutDelayMs, remoteLossFraction, remoteJitterMs } = now;
  const onTheWayMs = (roundTripMs ?? 0) / 2 + packetMs;
  const rating =
    packetsReceived === 0
      ? null
      : rFactor({ codec, lossFraction, burstRatio, delayMs: onTheWayMs + playoutDelayMs + tickMs });
  return {
    intervalMs: Math.round(totals.atMs - before.atMs),
    packetsReceived,
    packetsLost,
    packetsLate,
    lossFraction: rounded(lossFraction, 10_000),
    burstRatio: rounded(burstRatio, 100),
    jitterMs,
    roundTripMs,
    playoutDelayMs: Math.round(playoutDelayMs),
    concealedMs: Math.round(since((of) => of.concealedMs)),
    rxLevelDb: now.rxLevelDb,
    txLevelDb: now.txLevelDb,
    clippedSamples: since((of) => of.clippedSamples),
    remoteLossFraction: remoteLossFraction === null ? null : rounded(remoteLossFraction, 10_000),
    remoteJitterMs,
    rFactor: rating === null ? null : rounded(rating, 10),
    mos: rating === null ? null : rounded(mosOf(rating), 100),
    remoteMos: now.remoteMos ?? guessRemoteMos(codec, remoteLossFraction, remoteJitterMs, onTheWayMs),
  };
}

/** What the peer hears of us, by its reports. */
function guessRemoteMos(codec: string, loss: number | null, jitterMs: number | null, wayMs: number): number | null {
  if (loss === null) return null;
  const bufferMs = Math.max(peerBufferMs, 2 * (jitterMs ?? 0));
  return rounded(mosOf(rFactor({ codec, lossFraction: loss, burstRatio: 1, delayMs: wayMs + bufferMs + tickMs })), 100);
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}

export function noTotals(atMs: number): QualityTotals {
  return {
    atMs,
    packetsSent: 0,
    packetsReceived: 0,
    packetsLost: 0,
    packetsLate: 0,
    lossRuns: 0,
    lostInRuns: 0,
    concealedMs: 0,
    clippedSamples: 0,
  };
}
