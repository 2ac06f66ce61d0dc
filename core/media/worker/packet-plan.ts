import type { CodecRecord } from './records.ts';

/** The engine's tick: what the playlist gives at once. */
export const tickFrameMs = 20;
const shortestPtimeMs = 10;
const longestPtimeMs = 60;
/**
 * Longest payload that is sent: an Ethernet frame of 1500 bytes less the headers of IPv6 (40), UDP (8)
 * and RTP (12), and what SRTP may put behind it (a tag of 16, an MKI of 4), rounded down.
 */
export const longestSentPayload = 1400;

/** How a codec's output becomes packets of the length that `a=ptime` wants. */
export interface PacketPlan {
  /** What one `encode` takes, ms. */
  readonly frameMs: number;
  /** Samples of that. */
  readonly frameSamples: number;
  /** Timestamp units of that. */
  readonly frameUnits: number;
  /** Timestamp units of a whole packet. */
  readonly packetUnits: number;
  /** A packet is one frame: it can be encoded straight into its place. */
  readonly isOneFrame: boolean;
  /** The stream of bytes is cut into packets of so many, whatever the frames; 0: frames stay whole. */
  readonly cutBytes: number;
  readonly framesPerPacket: number;
  /** Room for a whole packet's payload. */
  readonly payloadBytes: number;
}

/** `ptimeMs` out of 10 to 60 is brought there; what would not go through an Ethernet is made shorter. */
export function planPackets(record: CodecRecord, codecFrameMs: number | undefined, ptimeMs: number): PacketPlan {
  const frameMs = codecFrameMs ?? tickFrameMs;
  const frameSamples = Math.round((record.sampleRateHz * frameMs) / 1000);
  const frameUnits = (record.clockRateHz * frameMs) / 1000;
  const wantedMs = Number.isFinite(ptimeMs) ? Math.min(longestPtimeMs, Math.max(shortestPtimeMs, ptimeMs)) : frameMs;
  const { bytesPerSample } = record;
  if (bytesPerSample !== undefined && frameMs === tickFrameMs) {
    const samples = cutSamples(record, bytesPerSample, wantedMs);
    const bytes = Math.round(samples * bytesPerSample * record.channels);
    return {
      frameMs,
      frameSamples,
      frameUnits,
      packetUnits: (samples * record.clockRateHz) / record.sampleRateHz,
      isOneFrame: samples === frameSamples,
      cutBytes: bytes,
      framesPerPacket: 1,
      payloadBytes: bytes,
    };
  }
  const fitting = Math.floor(longestSentPayload / record.maxFrameBytes);
  const framesPerPacket = record.singleFrame ? 1 : Math.max(1, Math.min(Math.floor(wantedMs / frameMs), fitting));
  return {
    frameMs,
    frameSamples,
    frameUnits,
    packetUnits: frameUnits * framesPerPacket,
    isOneFrame: framesPerPacket === 1,
    cutBytes: 0,
    framesPerPacket,
    payloadBytes: record.maxFrameBytes * framesPerPacket,
  };
}

/** Samples of a packet that may be cut anywhere, or (a fraction of a byte a sample) every 10 ms. */
function cutSamples(record: CodecRecord, bytesPerSample: number, wantedMs: number): number {
  const step = record.sampleRateHz / 100;
  const bytesOf = (samples: number): number => samples * bytesPerSample * record.channels;
  const isWhole = Number.isInteger(bytesPerSample);
  let samples = Math.round((record.sampleRateHz * wantedMs) / 1000);
  if (!isWhole) samples = Math.max(step, Math.floor(samples / step) * step);
  if (bytesOf(samples) <= longestSentPayload) return samples;
  const steps = Math.floor(longestSentPayload / bytesOf(step));
  return steps > 0 ? steps * step : Math.floor(longestSentPayload / (bytesPerSample * record.channels));
}
