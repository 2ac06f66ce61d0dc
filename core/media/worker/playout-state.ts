/** What a jitter buffer decodes with, and everything of it as plain data. */
import { seqAdd } from './modular.ts';
import type { PacketRing } from './packet-ring.ts';
import type { DelayState } from './playout-delay.ts';
import type { VoiceState } from './playout-voice.ts';
import type { PlayoutOptions } from './protocol.ts';
import type { Codec } from './records.ts';
import type { Resampler } from './resampler.ts';

export type PushResult = 'accepted' | 'duplicate' | 'late';

/** What decodes a packet: one entry for each payload number that was agreed. */
export interface JitterDecoder {
  readonly codec: Codec;
  readonly clockRateHz: number;
  readonly sampleRateHz: number;
  /** Where the codec decodes each byte by itself and no resampling is needed. */
  readonly table: Int16Array | null;
  /** To the stream's rate, where the codec has another. */
  readonly resampler: Resampler | null;
}

export interface JitterBufferOptions {
  readonly playout: PlayoutOptions;
  /** Longest payload that is taken. */
  readonly longestBytes: number;
  /** Rate of the frames that `pull` gives. */
  readonly sampleRateHz: number;
  readonly decoders: readonly JitterDecoder[];
}

/** Everything as plain data. */
export interface JitterState {
  readonly playing: boolean;
  readonly waitMs: number;
  readonly next: number;
  readonly playTs: number;
  readonly anchored: boolean;
  readonly inEvent: boolean;
  readonly gapIsLoss: boolean;
  readonly holdTicks: number;
  readonly starvedSamples: number;
  readonly lateRun: number;
  readonly latePackets: number;
  readonly decoder: number;
  readonly delay: DelayState;
  readonly voice: VoiceState;
  readonly packets: readonly PacketState[];
}

/** A packet that waits; `payload` in base64, null (and `decoder` -1) where it has no audio. */
export interface PacketState {
  readonly sequence: number;
  readonly timestamp: number;
  readonly decoder: number;
  readonly payload: string | null;
}

/** All packets that wait, from number `next` on. */
export function waitingPackets(ring: PacketRing, next: number): readonly PacketState[] {
  const packets: PacketState[] = [];
  for (let step = 0; step < ring.places; step++) {
    const sequence = seqAdd(next, step);
    const place = ring.find(sequence);
    if (place < 0) continue;
    const at = ring.payloadAt(place);
    const isAudio = ring.isAudio(place);
    packets.push({
      sequence,
      timestamp: ring.timestamp(place),
      decoder: isAudio ? ring.decoder(place) : -1,
      payload: isAudio ? Buffer.from(ring.bytes.subarray(at, at + ring.length(place))).toString('base64') : null,
    });
  }
  return packets;
}

/** Stands for a decoder that was not agreed: silence. */
export const noDecoder: JitterDecoder = {
  codec: { encode: () => 0, decode: () => 0 },
  clockRateHz: 8000,
  sampleRateHz: 8000,
  table: null,
  resampler: null,
};
