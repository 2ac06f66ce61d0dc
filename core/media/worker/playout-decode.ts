/** From packets of the ring to audio in the line, at the stream's rate. Allocates nothing. */
import { copySamples, decodeByTable } from './kernels.ts';
import type { PacketRing } from './packet-ring.ts';
import type { PlayoutLine } from './playout-line.ts';
import type { JitterDecoder } from './playout-state.ts';

/** Longest packet that is decoded, ms of audio. */
const longestPacketMs = 120;
export const longestPayloadBytes = 2048;

/** Shared by all streams of the thread: a payload, and what was decoded from it. */
const payload = new Uint8Array(longestPayloadBytes);
const raw = new Int16Array((48_000 * longestPacketMs) / 1000);

/** Decodes the packet in `place` to the end of `line`; returns samples, 0 when it holds no audio. */
export function decodePacket(
  decoder: JitterDecoder,
  ring: PacketRing,
  place: number,
  line: PlayoutLine,
  sampleRateHz: number,
): number {
  const { table } = decoder;
  if (table === null) return append(decoder, line, sampleRateHz, decoder.codec.decode(payload, take(ring, place), raw));
  const count = Math.min(ring.length(place), (sampleRateHz * longestPacketMs) / 1000);
  if (!line.reserve(count)) return 0;
  decodeByTable(table, ring.bytes, ring.payloadAt(place), line.samples, line.end, count);
  line.end += count;
  return count;
}

/** Appends `count` samples of the codec's own concealment; false when it has none. */
export function concealByCodec(
  decoder: JitterDecoder,
  line: PlayoutLine,
  sampleRateHz: number,
  count: number,
): boolean {
  const { codec } = decoder;
  if (codec.conceal === undefined) return false;
  const codecCount = codecSamples(decoder, sampleRateHz, count);
  codec.conceal(raw, codecCount);
  return appendExactly(decoder, line, sampleRateHz, codecCount, count);
}

/** Appends the `count` samples before the packet in `place`, from what that one tells of them (FEC); false: nothing. */
export function recoverBefore(
  decoder: JitterDecoder,
  ring: PacketRing,
  place: number,
  line: PlayoutLine,
  sampleRateHz: number,
  count: number,
): boolean {
  const { codec } = decoder;
  if (codec.recover === undefined) return false;
  const codecCount = codecSamples(decoder, sampleRateHz, count);
  const decoded = codec.recover(payload, take(ring, place), raw, codecCount);
  return appendExactly(decoder, line, sampleRateHz, decoded, count);
}

/** The payload as codecs take it: from the first byte on. Returns its length. */
function take(ring: PacketRing, place: number): number {
  const length = Math.min(ring.length(place), longestPayloadBytes);
  const at = ring.payloadAt(place);
  for (let i = 0; i < length; i++) payload[i] = ring.bytes[at + i] as number;
  return length;
}

function codecSamples(decoder: JitterDecoder, sampleRateHz: number, count: number): number {
  return Math.min(raw.length, Math.ceil((count * decoder.sampleRateHz) / sampleRateHz));
}

function appendExactly(
  decoder: JitterDecoder,
  line: PlayoutLine,
  sampleRateHz: number,
  decoded: number,
  count: number,
): boolean {
  const appended = append(decoder, line, sampleRateHz, decoded);
  if (appended > count) line.end -= appended - count;
  return appended > 0;
}

/** Appends what a codec gave (in `raw`); returns samples. */
function append(decoder: JitterDecoder, line: PlayoutLine, sampleRateHz: number, decoded: number): number {
  const { resampler } = decoder;
  const given = Math.max(0, Math.min(decoded, raw.length, (decoder.sampleRateHz * longestPacketMs) / 1000));
  if (given === 0 || !line.reserve(Math.ceil((given * sampleRateHz) / decoder.sampleRateHz) + 1)) return 0;
  let count = given;
  if (resampler === null) copySamples(raw, 0, line.samples, line.end, given);
  else count = resampler.process(raw, 0, given, line.samples, line.end);
  line.end += count;
  return count;
}
