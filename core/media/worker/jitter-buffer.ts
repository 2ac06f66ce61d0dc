/**
 * Puts packets back into order and turns them into a steady flow of frames. Playout starts `delayMs`
 * after the first packet and stays there: a packet may be that much later than the first one was.
 * Lost audio is the last audio repeated and faded; a sender's pause is silence.
 *
 *   arrivals (any order)              ring by sequence number             frames of 20 ms
 *   push(seq, ts, payload) ──────►  [ ][6][7][ ][9] …  ──────────────►  pull(): decode, conceal, cut
 *                                       ▲ next
 *
 * Positions are RTP timestamps (clock units); samples are at the stream's own rate.
 */
import { BytesCopier, copySamples } from './kernels.ts';
import { seqAdd, seqDiff, tsAdd, tsDiff } from './modular.ts';
import type { Codec } from './records.ts';
import type { Resampler } from './resampler.ts';

/** Slots; a packet further ahead than that starts the buffer anew. */
const slotCount = 32;
const slotMask = slotCount - 1;
/** Buffered beyond this, the oldest is dropped down to the delay: the sender's clock is faster, or a burst came. */
const longestMs = 240;
/** A timestamp that jumps further than this is a new beginning, not a pause. */
const longestPauseMs = 1000;
/** Repetitions fade out over this long, then it is silent. */
const fadeMs = 80;
/** Without a packet for this long playout ends, and the next packet starts it anew. */
const starvedMs = 120;
/** So many packets in a row that come too late: the delay moved, start anew. */
const lateInARow = 4;
/** Longest packet that is decoded, ms of audio. */
export const longestPacketMs = 120;

const empty = 0;
const audio = 1;
/** A packet without audio (telephone-event): keeps its place in the sequence. */
const placeholder = 2;
const played = 3;

const noPayload = new Uint8Array(0);
const copier = new BytesCopier();

export type PushResult = 'accepted' | 'duplicate' | 'late';

/** What decodes a packet: one entry for each payload number that was agreed. */
export interface JitterDecoder {
  readonly codec: Codec;
  readonly clockRateHz: number;
  readonly sampleRateHz: number;
  /** Bytes of one sample at the stream's rate; 0 where that cannot be said. */
  readonly bytesPerSample: number;
  /** To the stream's rate, where the codec has another. */
  readonly resampler: Resampler | null;
}

/** Everything as plain data. */
export interface JitterState {
  readonly playing: boolean;
  readonly waitMs: number;
  readonly next: number;
  readonly playTs: number;
  readonly anchored: boolean;
  readonly concealedMs: number;
  readonly starvedForMs: number;
  readonly lateRun: number;
  readonly latePackets: number;
  readonly decoder: number;
  /** Decoded and not yet given out. */
  readonly rest: readonly number[];
  readonly packets: readonly {
    readonly sequence: number;
    readonly timestamp: number;
    readonly decoder: number;
    readonly payload: string | null;
  }[];
}

export class JitterBuffer {
  readonly #delayMs: number;
  readonly #slotBytes: number;
  readonly #sampleRateHz: number;
  readonly #decoders: readonly JitterDecoder[];
  /** Four numbers a slot, side by side: kind, sequence, timestamp, and length and decoder in one. */
  readonly #slots = new Int32Array(slotCount * 4);
  readonly #payloads: Uint8Array[] = new Array<Uint8Array>(slotCount).fill(noPayload);
  /** Buffers that no slot uses, the last used one on top: the few that are in use stay in the cache. */
  readonly #free: Uint8Array[] = [];
  /** Decoded at the codec's rate, before resampling. */
  readonly #raw: Int16Array;
  /** Decoded, at the stream's rate; `#restStart…#restEnd` was not given out yet. */
  readonly #rest: Int16Array;
  #restStart = 0;
  #restEnd = 0;
  /** Packets with audio or place-holders that wait. */
  #waiting = 0;
  /** A packet came since the last reset: `#next` has a meaning. */
  #primed = false;
  #playing = false;
  /** Until playout starts. */
  #waitMs = 0;
  /** Sequence number to be played next. */
  #next = 0;
  /** Timestamp of the next sample to be given out; without meaning while not anchored. */
  #playTs = 0;
  #anchored = false;
  #newestTs = 0;
  #newestSequence = 0;
  #decoderIndex = 0;
  /** Of the present gap, for the fade. */
  #gapMs = 0;
  #starvedForMs = 0;
  #lateRun = 0;
  /** Slot of the packet that is to be decoded now; -1: none. */
  #due = -1;
  /** The last packet was a telephone-event: what follows is silence, not loss. */
  #inEvent = false;
  concealedMs = 0;
  latePackets = 0;

  /**
   * @param slotBytes longest payload that fits
   * @param sampleRateHz rate of the frames that `pull` gives
   */
  constructor(delayMs: number, slotBytes: number, sampleRateHz: number, decoders: readonly JitterDecoder[]) {
    this.#delayMs = delayMs;
    this.#slotBytes = slotBytes;
    this.#sampleRateHz = sampleRateHz;
    this.#decoders = decoders;
    const fastest = decoders.reduce((rate, decoder) => Math.max(rate, decoder.sampleRateHz), sampleRateHz);
    this.#raw = new Int16Array((fastest * longestPacketMs) / 1000);
    this.#rest = new Int16Array((sampleRateHz * longestPacketMs) / 1000);
  }

  /** Longest payload that fits. */
  get slotBytes(): number {
    return this.#slotBytes;
  }

  #kindOf(slot: number): number {
    return this.#slots[slot * 4] as number;
  }

  #sequenceOf(slot: number): number {
    return this.#slots[slot * 4 + 1] as number;
  }

  #timestampOf(slot: number): number {
    return this.#slots[slot * 4 + 2] as number;
  }

  #lengthOf(slot: number): number {
    return (this.#slots[slot * 4 + 3] as number) >> 8;
  }

  #decoderOf(slot: number): number {
    return (this.#slots[slot * 4 + 3] as number) & 0xff;
  }

  /** Forgets everything: another source begins. */
  reset(): void {
    for (let slot = 0; slot < slotCount; slot++) {
      this.#freePayload(slot);
      this.#slots[slot * 4] = empty;
    }
    this.#waiting = 0;
    this.#playing = false;
    this.#anchored = false;
    this.#restStart = 0;
    this.#restEnd = 0;
    this.#gapMs = 0;
    this.#starvedForMs = 0;
    this.#lateRun = 0;
    this.#inEvent = false;
    this.#primed = false;
  }

  /** A packet whose payload is `packet[start…start+length)`, for decoder number `decoder`; -1: no audio in it. */
  push(
    sequence: number,
    timestamp: number,
    packet: Uint8Array,
    start: number,
    length: number,
    decoder: number,
  ): PushResult {
    if (!this.#primed) this.#begin(sequence);
    let ahead = seqDiff(sequence, this.#next);
    if (ahead < 0) {
      const slot = sequence & slotMask;
      const isKnown = this.#kindOf(slot) !== empty && this.#sequenceOf(slot) === sequence;
      if (isKnown) return 'duplicate';
      if (!this.#playing && seqDiff(this.#newestSequence, sequence) < slotCount) {
        this.#next = sequence; // not yet played: an earlier one than the first that came
        ahead = 0;
      } else if (ahead <= -slotCount) {
        this.reset(); // the sequence starts anew
        this.#begin(sequence);
        ahead = 0;
      } else {
        this.#late();
        return 'late';
      }
    }
    if (ahead >= slotCount) {
      this.reset();
      this.#begin(sequence);
    }
    const slot = sequence & slotMask;
    const kind = this.#kindOf(slot);
    if (this.#sequenceOf(slot) === sequence && (kind === audio || kind === placeholder)) return 'duplicate';
    this.#slots[slot * 4] = decoder < 0 ? placeholder : audio;
    this.#slots[slot * 4 + 1] = sequence;
    this.#slots[slot * 4 + 2] = timestamp;
    this.#slots[slot * 4 + 3] = (length << 8) | Math.max(decoder, 0);
    if (decoder >= 0) {
      const buffer = this.#free.length > 0 ? (this.#free.pop() as Uint8Array) : new Uint8Array(this.#slotBytes);
      this.#payloads[slot] = buffer;
      copier.copy(packet, start, length, buffer);
    }
    if (this.#waiting === 0 || seqDiff(sequence, this.#newestSequence) > 0) {
      this.#newestSequence = sequence;
      this.#newestTs = timestamp | 0;
    }
    this.#waiting++;
    return 'accepted';
  }

  /**
   * Writes the next `count` samples (20 ms) to `out`, which must still hold the frame before.
   * False when there is nothing to hear: nothing came yet, or the sender pauses.
   */
  pull(out: Int16Array, count: number): boolean {
    const frameMs = (count * 1000) / this.#sampleRateHz;
    if (!this.#playing) {
      if (this.#waiting === 0) return false;
      this.#waitMs -= frameMs;
      if (this.#waitMs >= 0) return false;
      this.#playing = true;
      this.#anchored = false;
    }
    this.#dropExcess();
    let filled = 0;
    let heard = false;
    while (filled < count) {
      const rest = this.#restEnd - this.#restStart;
      if (rest > 0) {
        const take = Math.min(rest, count - filled);
        copySamples(this.#rest, this.#restStart, out, filled, take);
        this.#restStart += take;
        this.#advance(take);
        filled += take;
        heard = true;
        this.#gapMs = 0;
        continue;
      }
      const wanted = count - filled;
      this.#due = -1;
      const gap = this.#prepare(wanted);
      if (gap === 0) {
        if (this.#due < 0) continue;
        const decoded = this.#decode(this.#due, out, filled, wanted);
        filled += decoded;
        if (decoded > 0) heard = true;
        continue;
      }
      const step = gap < 0 ? -gap : gap;
      if (gap > 0) this.#conceal(out, filled, step);
      else for (let i = 0; i < step; i++) out[filled + i] = 0;
      if (gap > 0 && this.#gapMs <= fadeMs) heard = true;
      this.#advance(step);
      filled += step;
      if (!this.#playing) {
        for (let i = filled; i < count; i++) out[i] = 0;
        break;
      }
    }
    return heard;
  }

  #begin(sequence: number): void {
    this.#primed = true;
    this.#next = sequence;
    this.#waitMs = this.#delayMs;
  }

  #late(): void {
    this.latePackets++;
    this.#lateRun++;
    if (this.#lateRun >= lateInARow) this.reset();
  }

  #advance(samples: number): void {
    this.#playTs = tsAdd(this.#playTs, this.#toUnits(samples));
  }

  #toUnits(samples: number): number {
    return (samples * this.#clockRateHz()) / this.#sampleRateHz;
  }

  #clockRateHz(): number {
    return this.#decoders[this.#decoderIndex]?.clockRateHz ?? this.#sampleRateHz;
  }

  /**
   * Looks what comes next: a packet that is due (0: decode it, or look again), or what to fill in
   * before it: so many samples to conceal (positive) or of silence (negative), at most `wanted`.
   */
  #prepare(wanted: number): number {
    const slot = this.#next & slotMask;
    const isHere =
      this.#sequenceOf(slot) === this.#next && this.#kindOf(slot) !== empty && this.#kindOf(slot) !== played;
    if (!isHere) {
      if (this.#waiting === 0) return this.#starve(wanted);
      // What is missing here had its time: go on with the packet after the gap.
      if (!this.#skipToWaiting()) return -wanted;
      return this.#gapBefore(this.#next & slotMask, wanted, !this.#inEvent);
    }
    if (this.#kindOf(slot) === placeholder) {
      // An event's timestamp stands still; the next audio packet tells how long it was.
      this.#consume(slot);
      this.#inEvent = true;
      return 0;
    }
    const gap = this.#gapBefore(slot, wanted, this.#gapMs > 0);
    if (gap === 0) this.#due = slot;
    return gap;
  }

  /** Samples between the playout position and the packet in `slot`, 0 when it is due. */
  #gapBefore(slot: number, wanted: number, lost: boolean): number {
    const timestamp = this.#timestampOf(slot);
    const clockRateHz = this.#decoders[this.#decoderOf(slot)]?.clockRateHz ?? 8000;
    if (this.#kindOf(slot) === placeholder) return 0;
    if (!this.#anchored || this.#decoderOf(slot) !== this.#decoderIndex) {
      this.#anchor(timestamp);
      return 0;
    }
    const units = tsDiff(timestamp, this.#playTs);
    if (units <= 0 || units > (clockRateHz * longestPauseMs) / 1000) return 0;
    const samples = Math.min(wanted, Math.floor((units * this.#sampleRateHz) / clockRateHz));
    return lost ? samples : -samples;
  }

  #anchor(timestamp: number): void {
    this.#playTs = timestamp | 0;
    this.#anchored = true;
  }

  #decode(slot: number, out: Int16Array, filled: number, wanted: number): number {
    const timestamp = this.#timestampOf(slot);
    const index = this.#decoderOf(slot);
    const payload = this.#payloads[slot] as Uint8Array; // stays intact until the next push
    this.#decoderIndex = index;
    this.#consume(slot);
    const decoder = this.#decoders[index];
    if (decoder === undefined) return 0;
    const length = this.#lengthOf(slot);
    if (timestamp === this.#playTs && filled === 0 && length === wanted * decoder.bytesPerSample) {
      // The usual packet: in time, one frame long, at the stream's rate.
      decoder.codec.decode(payload, length, out);
      this.#arrived();
      this.#advance(wanted);
      return wanted;
    }
    let count: number;
    if (decoder.resampler === null) count = decoder.codec.decode(payload, length, this.#rest);
    else {
      count = Math.min(this.#raw.length, decoder.codec.decode(payload, length, this.#raw));
      count = decoder.resampler.process(this.#raw, 0, count, this.#rest, 0);
    }
    count = Math.max(0, Math.min(count, this.#rest.length));
    const units = this.#toUnits(count);
    const behind = -tsDiff(timestamp, this.#playTs);
    if (behind >= units && behind <= (decoder.clockRateHz * longestPauseMs) / 2000 && count > 0) {
      this.#late(); // its place was concealed before it came
      return 0;
    }
    this.#arrived();
    // Partly concealed already: the rest of it. A jump of the clock: a new beginning.
    const skip = behind > 0 && behind < units ? Math.round((behind * count) / units) : 0;
    if (skip === 0) this.#anchor(timestamp);
    this.#restStart = skip;
    this.#restEnd = count;
    return 0;
  }

  #arrived(): void {
    this.#lateRun = 0;
    this.#starvedForMs = 0;
    this.#gapMs = 0;
    this.#inEvent = false;
  }

  #freePayload(slot: number): void {
    const buffer = this.#payloads[slot] as Uint8Array;
    if (buffer === noPayload) return;
    this.#free.push(buffer);
    this.#payloads[slot] = noPayload;
  }

  #consume(slot: number): void {
    this.#freePayload(slot);
    this.#slots[slot * 4] = played;
    this.#waiting--;
    this.#next = seqAdd(this.#next, 1);
  }

  /** Nothing waits: conceal, and after a while stop. */
  #starve(wanted: number): number {
    const ms = (wanted * 1000) / this.#sampleRateHz;
    this.#starvedForMs += ms;
    if (this.#starvedForMs > starvedMs) {
      this.#playing = false;
      this.#anchored = false;
      this.#starvedForMs = 0;
      this.#gapMs = 0;
      this.#waitMs = this.#delayMs;
      return -wanted;
    }
    return this.#inEvent ? -wanted : wanted;
  }

  /** Moves `#next` to the earliest packet that waits; false (and all forgotten) when there is none. */
  #skipToWaiting(): boolean {
    for (let step = 1; step < slotCount; step++) {
      const sequence = seqAdd(this.#next, step);
      const slot = sequence & slotMask;
      const kind = this.#kindOf(slot);
      if (this.#sequenceOf(slot) === sequence && (kind === audio || kind === placeholder)) {
        this.#next = sequence;
        return true;
      }
    }
    this.reset();
    return false;
  }

  /** Drops what makes the buffer longer than it may be. */
  #dropExcess(): void {
    if (this.#waiting < 4 || !this.#anchored) return;
    const clockRateHz = this.#clockRateHz();
    const span = tsDiff(this.#newestTs, this.#playTs);
    if (span <= (longestMs * clockRateHz) / 1000) return;
    const keepFrom = tsAdd(this.#newestTs, -(this.#delayMs * clockRateHz) / 1000);
    while (this.#waiting > 1) {
      const slot = this.#next & slotMask;
      const isHere =
        this.#sequenceOf(slot) === this.#next && this.#kindOf(slot) !== played && this.#kindOf(slot) !== empty;
      if (isHere) {
        if (tsDiff(this.#timestampOf(slot), keepFrom) >= 0) break;
        this.#consume(slot);
        this.latePackets++;
      } else if (!this.#skipToWaiting()) return;
    }
    this.#anchored = false;
    this.#restStart = this.#restEnd;
  }

  /** Repeats the frame that `out` still holds, fading. */
  #conceal(out: Int16Array, from: number, count: number): void {
    const perMs = this.#sampleRateHz / 1000;
    const before = Math.max(0, 1 - this.#gapMs / fadeMs);
    this.#gapMs += count / perMs;
    const after = Math.max(0, 1 - this.#gapMs / fadeMs);
    // `out` was faded to `before` by the call before this one.
    const start = before > 0 ? 1 : 0;
    const end = before > 0 ? after / before : 0;
    const slope = (end - start) / count;
    for (let i = 0; i < count; i++) out[from + i] = (out[from + i] as number) * (start + slope * i);
    this.concealedMs += count / perMs;
  }

  state(): JitterState {
    const packets: JitterState['packets'][number][] = [];
    for (let step = 0; step < slotCount; step++) {
      const sequence = seqAdd(this.#next, step);
      const slot = sequence & slotMask;
      const kind = this.#kindOf(slot);
      if (this.#sequenceOf(slot) !== sequence || (kind !== audio && kind !== placeholder)) continue;
      const payload = this.#payloads[slot] as Uint8Array;
      packets.push({
        sequence,
        timestamp: this.#timestampOf(slot),
        decoder: kind === audio ? this.#decoderOf(slot) : -1,
        payload: kind === audio ? Buffer.from(payload.subarray(0, this.#lengthOf(slot))).toString('base64') : null,
      });
    }
    return {
      playing: this.#playing,
      waitMs: this.#waitMs,
      next: this.#next,
      playTs: this.#playTs,
      anchored: this.#anchored,
      concealedMs: this.concealedMs,
      starvedForMs: this.#starvedForMs,
      lateRun: this.#lateRun,
      latePackets: this.latePackets,
      decoder: this.#decoderIndex,
      rest: [...this.#rest.subarray(this.#restStart, this.#restEnd)],
      packets,
    };
  }

  /** Goes on from another buffer's `state`; both must have been made for the same parameters. */
  restore(state: JitterState): void {
    this.reset();
    this.#decoderIndex = Math.min(state.decoder, this.#decoders.length - 1);
    if (state.packets.length > 0 || state.playing) {
      this.#primed = true;
      this.#next = state.next;
      for (const { sequence, timestamp, decoder, payload } of state.packets) {
        const bytes = payload === null ? new Uint8Array(0) : Buffer.from(payload, 'base64');
        if (bytes.length > this.#slotBytes || decoder >= this.#decoders.length) continue;
        this.push(sequence, timestamp, bytes, 0, bytes.length, decoder);
      }
    }
    this.#playing = state.playing;
    this.#waitMs = state.waitMs;
    this.#playTs = state.playTs | 0;
    this.#anchored = state.anchored;
    this.#starvedForMs = state.starvedForMs;
    this.#lateRun = state.lateRun;
    this.concealedMs = state.concealedMs;
    this.latePackets = state.latePackets;
    const rest = state.rest.slice(0, this.#rest.length);
    this.#rest.set(rest);
    this.#restStart = 0;
    this.#restEnd = rest.length;
  }
}
