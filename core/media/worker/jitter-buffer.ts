/**
 * Puts packets back into order and turns them into a steady flow of frames. Playout starts `delayMs`
 * after the first packet and stays there: a packet may be that much later than the first one was.
 * Lost audio is the last packet repeated and faded; a sender's pause is silence.
 *
 *   arrivals (any order)              ring by sequence number             frames of 20 ms
 *   push(seq, ts, payload) ──────►  [ ][6][7][ ][9] …  ──────────────►  pull(): decode, conceal, cut
 *                                       ▲ next
 *
 * Positions are RTP timestamps (clock units); samples are at the stream's own rate.
 */
import { copySamples, decodeByTable } from './kernels.ts';
import { seqAdd, seqDiff, tsAdd, tsDiff } from './modular.ts';
import { PacketRing, ringSize, usualPayloadBytes } from './packet-ring.ts';
import type { PlayoutOptions } from './protocol.ts';
import type { Codec } from './records.ts';
import type { Resampler } from './resampler.ts';

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
const longestPacketMs = 120;

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

/** Everything as plain data. */
export interface JitterState {
  readonly playing: boolean;
  readonly waitMs: number;
  readonly next: number;
  readonly playTs: number;
  readonly anchored: boolean;
  readonly concealedMs: number;
  readonly starvedSamples: number;
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

export interface JitterBufferOptions {
  readonly playout: PlayoutOptions;
  /** Longest payload that is taken. */
  readonly longestBytes: number;
  /** Rate of the frames that `pull` gives. */
  readonly sampleRateHz: number;
  readonly decoders: readonly JitterDecoder[];
}

/** What a stream has that was not told otherwise. */
export const usualPlayout: PlayoutOptions = { type: 'adaptive', minMs: 20, maxMs: 1000, fixedMs: 60 };

const noDecoder: JitterDecoder = {
  codec: { encode: () => 0, decode: () => 0 },
  clockRateHz: 8000,
  sampleRateHz: 8000,
  table: null,
  resampler: null,
};

export class JitterBuffer {
  // What every packet needs comes first: fields that are used together lie together.
  #ring: PacketRing;
  /** Sequence number to be played next. */
  #next = 0;
  /** Timestamp of the next sample to be given out; without meaning while not anchored. */
  #playTs = 0;
  #newestTs = 0;
  #newestSequence = 0;
  /** Packets with audio or place-holders that wait. */
  #waiting = 0;
  /** A packet came since the last reset: `#next` has a meaning. */
  #primed = false;
  #playing = false;
  #anchored = false;
  /** Decoder of the last packet. */
  #decoder: JitterDecoder;
  #decoderIndex = 0;
  #restStart = 0;
  #restEnd = 0;
  /** Samples concealed in the present gap; -1: there is none. */
  #gapSamples = -1;
  /** Place in the ring of the last packet that was decoded by a table: what a gap repeats. */
  #lastPlace = -1;
  /** Samples given since the last packet ran out. */
  #starvedSamples = 0;
  #lateRun = 0;
  /** The last packet was a telephone-event: what follows is silence, not loss. */
  #inEvent = false;
  readonly #sampleRateHz: number;
  readonly #delayMs: number;
  readonly #decoders: readonly JitterDecoder[];
  /** Decoded at the codec's rate, before resampling. */
  readonly #raw: Int16Array;
  /** Decoded, at the stream's rate; `#restStart…#restEnd` was not given out yet. */
  readonly #rest: Int16Array;
  /** The last packet's audio, made when a gap begins. */
  readonly #last: Int16Array;
  #lastCount = 0;
  /** Until playout starts. */
  #waitMs = 0;
  concealedMs = 0;
  latePackets = 0;
  /** Audio that was added or taken out by stretching, ms. */
  stretchedMs = 0;
  /** Audio that came and was not played, ms. */
  droppedMs = 0;
  /** Longest payload that is taken. */
  readonly longestBytes: number;

  constructor({ playout, longestBytes, sampleRateHz, decoders }: JitterBufferOptions) {
    this.longestBytes = longestBytes;
    this.#ring = new PacketRing(usualPayloadBytes);
    this.#delayMs = playout.fixedMs;
    this.#sampleRateHz = sampleRateHz;
    this.#decoders = decoders;
    this.#decoder = decoders[0] ?? noDecoder;
    const fastest = decoders.reduce((rate, { resampler, sampleRateHz: rateHz }) => {
      return resampler === null ? rate : Math.max(rate, rateHz);
    }, 0);
    const samples = (sampleRateHz * longestPacketMs) / 1000;
    this.#raw = new Int16Array((fastest * longestPacketMs) / 1000);
    this.#rest = new Int16Array(samples);
    this.#last = new Int16Array(samples);
  }

  /** Present delay of the playout, ms: how much later a packet may come than the fastest one. */
  get delayMs(): number {
    return this.#playing ? this.#delayMs : 0;
  }

  /** The delay that is aimed at, ms. */
  get targetMs(): number {
    return this.#delayMs;
  }

  /** Forgets everything: another source begins. */
  reset(): void {
    this.#ring.clear();
    this.#waiting = 0;
    this.#playing = false;
    this.#anchored = false;
    this.#restStart = 0;
    this.#restEnd = 0;
    this.#gapSamples = -1;
    this.#starvedSamples = 0;
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
    const ahead = seqDiff(sequence, this.#next);
    if (ahead < 0) {
      if (this.#ring.knows(sequence)) return 'duplicate';
      if (ahead <= -ringSize) this.#restart(sequence);
      else if (!this.#playing && seqDiff(this.#newestSequence, sequence) < ringSize) {
        this.#next = sequence; // not yet played: an earlier one than the first that came
      } else {
        this.#late();
        return 'late';
      }
    } else if (ahead >= ringSize) this.#restart(sequence);
    else if (this.#ring.find(sequence) >= 0) return 'duplicate';
    if (length > this.#ring.slotBytes) this.#ring = this.#ring.grown(this.longestBytes);
    this.#ring.put(sequence, timestamp, packet, start, length, decoder);
    if (this.#waiting === 0 || seqDiff(sequence, this.#newestSequence) > 0) {
      this.#newestSequence = sequence;
      this.#newestTs = timestamp | 0;
    }
    this.#waiting++;
    return 'accepted';
  }

  /**
   * Writes the next `count` samples (20 ms) to `out`. False when there is nothing to hear: nothing
   * came yet, or the sender pauses; `out` is silence or untouched then.
   */
  pull(out: Int16Array, count: number): boolean {
    if (!this.#playing && !this.#mayStart((count * 1000) / this.#sampleRateHz)) return false;
    if (this.#waiting >= 4 && this.#anchored) this.#dropExcess();
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
        continue;
      }
      const wanted = count - filled;
      const place = this.#nextPlace();
      const gap = place < 0 ? this.#starve(wanted) : this.#gapBefore(place, wanted);
      if (gap === 0) {
        const written = this.#play(place, out, filled, wanted);
        if (written > 0) heard = true;
        filled += written;
        continue;
      }
      const step = Math.abs(gap);
      if (gap > 0 && this.#gapSamples < this.#toSamples(fadeMs)) heard = true;
      if (gap > 0) this.#conceal(out, filled, step);
      else out.fill(0, filled, filled + step);
      this.#advance(step);
      filled += step;
      if (!this.#playing) {
        out.fill(0, filled, count);
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

  #restart(sequence: number): void {
    this.reset();
    this.#begin(sequence);
  }

  /** Counts down to the start of playout, which has its delay from the first packet on. */
  #mayStart(frameMs: number): boolean {
    if (this.#waiting === 0) return false;
    this.#waitMs -= frameMs;
    if (this.#waitMs >= 0) return false;
    this.#playing = true;
    this.#anchored = false;
    return true;
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
    return (samples * this.#decoder.clockRateHz) / this.#sampleRateHz;
  }

  #toSamples(ms: number): number {
    return (ms * this.#sampleRateHz) / 1000;
  }

  /** Place of the next packet that waits, or -1: what is missing before it had its time. */
  #nextPlace(): number {
    if (this.#waiting === 0) return -1;
    const place = this.#ring.find(this.#next);
    if (place >= 0) return place;
    const next = this.#ring.firstFrom(this.#next);
    if (next < 0) {
      this.reset();
      return -1;
    }
    this.#next = next;
    if (!this.#inEvent && this.#gapSamples < 0) this.#beginGap();
    return this.#ring.find(next);
  }

  /**
   * What to fill in before the packet in `place`: so many samples to conceal (positive) or of
   * silence (negative), at most `wanted`; 0 when it is due.
   */
  #gapBefore(place: number, wanted: number): number {
    if (!this.#ring.isAudio(place)) return 0;
    const timestamp = this.#ring.timestamp(place);
    if (timestamp === this.#playTs) return 0;
    const decoder = this.#decoders[this.#ring.decoder(place)] ?? noDecoder;
    if (!this.#anchored || decoder !== this.#decoder) {
      this.#anchor(timestamp);
      return 0;
    }
    const units = tsDiff(timestamp, this.#playTs);
    if (units <= 0 || units > (decoder.clockRateHz * longestPauseMs) / 1000) return 0;
    const samples = Math.min(wanted, Math.floor((units * this.#sampleRateHz) / decoder.clockRateHz));
    return this.#gapSamples >= 0 ? samples : -samples;
  }

  #anchor(timestamp: number): void {
    this.#playTs = timestamp | 0;
    this.#anchored = true;
  }

  /** Decodes the packet in `place`: straight to `out` where it fits, else to the rest. Returns samples written. */
  #play(place: number, out: Int16Array, filled: number, wanted: number): number {
    const ring = this.#ring;
    const index = ring.decoder(place);
    const length = ring.length(place);
    const timestamp = ring.timestamp(place);
    const isAudio = ring.isAudio(place);
    ring.take(place);
    this.#waiting--;
    this.#next = seqAdd(this.#next, 1);
    if (!isAudio) {
      // An event's timestamp stands still; the next audio packet tells how long it was.
      this.#inEvent = true;
      return 0;
    }
    if (index !== this.#decoderIndex) {
      this.#decoderIndex = index;
      this.#decoder = this.#decoders[index] ?? noDecoder;
    }
    const { table } = this.#decoder;
    if (table !== null && timestamp === this.#playTs && length === wanted) {
      // The usual packet: in time, one frame long, at the stream's rate.
      decodeByTable(table, ring.bytes, ring.payloadAt(place), out, filled, wanted);
      this.#lastPlace = place;
      this.#anchored = true;
      this.#arrived();
      this.#advance(wanted);
      return wanted;
    }
    this.#decodeToRest(place, length, timestamp);
    return 0;
  }

  #decodeToRest(place: number, length: number, timestamp: number): void {
    const count = this.#decode(place, length);
    if (count === 0) return;
    const units = this.#toUnits(count);
    const behind = -tsDiff(timestamp, this.#playTs);
    if (behind >= units && behind <= (this.#decoder.clockRateHz * longestPauseMs) / 2000) {
      this.#late(); // its place was concealed before it came
      return;
    }
    this.#lastPlace = -1;
    copySamples(this.#rest, 0, this.#last, 0, count);
    this.#lastCount = count;
    this.#arrived();
    // Partly concealed already: the rest of it. A jump of the clock: a new beginning.
    const skip = behind > 0 && behind < units ? Math.round((behind * count) / units) : 0;
    if (skip === 0) this.#anchor(timestamp);
    this.#restStart = skip;
    this.#restEnd = count;
  }

  /** Decodes to the start of the rest; returns samples at the stream's rate. */
  #decode(place: number, length: number): number {
    const { codec, resampler } = this.#decoder;
    const at = this.#ring.payloadAt(place);
    const payload = this.#ring.bytes.subarray(at, at + length);
    const out = resampler === null ? this.#rest : this.#raw;
    const decoded = Math.max(0, Math.min(out.length, codec.decode(payload, length, out)));
    return resampler === null ? decoded : resampler.process(this.#raw, 0, decoded, this.#rest, 0);
  }

  #arrived(): void {
    this.#lateRun = 0;
    this.#starvedSamples = 0;
    this.#gapSamples = -1;
    this.#inEvent = false;
  }

  /** Nothing waits: conceal (silence in a key press), and after a while stop. */
  #starve(wanted: number): number {
    this.#starvedSamples += wanted;
    if (this.#starvedSamples <= this.#toSamples(starvedMs) && this.#playing) {
      if (this.#inEvent) return -wanted;
      if (this.#gapSamples < 0) this.#beginGap();
      return wanted;
    }
    this.#playing = false;
    this.#anchored = false;
    this.#starvedSamples = 0;
    this.#gapSamples = -1;
    this.#waitMs = this.#delayMs;
    return -wanted;
  }

  /** Drops what makes the buffer longer than it may be. */
  #dropExcess(): void {
    const { clockRateHz } = this.#decoder;
    if (tsDiff(this.#newestTs, this.#playTs) <= (longestMs * clockRateHz) / 1000) return;
    const keepFrom = tsAdd(this.#newestTs, -(this.#delayMs * clockRateHz) / 1000);
    while (this.#waiting > 1) {
      const place = this.#nextPlace();
      if (place < 0) return;
      if (tsDiff(this.#ring.timestamp(place), keepFrom) >= 0) break;
      this.#ring.take(place);
      this.#waiting--;
      this.#next = seqAdd(this.#next, 1);
      this.latePackets++;
    }
    this.#anchored = false;
    this.#gapSamples = -1;
    this.#restStart = this.#restEnd;
  }

  /** The last packet's audio is what a gap repeats. */
  #beginGap(): void {
    this.#gapSamples = 0;
    const { table } = this.#decoder;
    if (this.#lastPlace < 0 || table === null) return;
    const ring = this.#ring;
    this.#lastCount = Math.min(this.#last.length, ring.length(this.#lastPlace));
    decodeByTable(table, ring.bytes, ring.payloadAt(this.#lastPlace), this.#last, 0, this.#lastCount);
  }

  /** Repeats the last packet, fading. */
  #conceal(out: Int16Array, from: number, count: number): void {
    const length = Math.max(1, this.#lastCount);
    const fade = this.#toSamples(fadeMs);
    for (let i = 0; i < count; i++) {
      const at = this.#gapSamples + i;
      const gain = Math.max(0, 1 - at / fade);
      out[from + i] = this.#lastCount === 0 ? 0 : (this.#last[at % length] as number) * gain;
    }
    this.#gapSamples += count;
    this.concealedMs += (count * 1000) / this.#sampleRateHz;
  }

  state(): JitterState {
    const packets: JitterState['packets'][number][] = [];
    const ring = this.#ring;
    for (let step = 0; step < ringSize && this.#primed; step++) {
      const sequence = seqAdd(this.#next, step);
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
    return {
      playing: this.#playing,
      waitMs: this.#waitMs,
      next: this.#next,
      playTs: this.#playTs,
      anchored: this.#anchored,
      concealedMs: this.concealedMs,
      starvedSamples: this.#starvedSamples,
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
    this.#decoderIndex = Math.max(0, Math.min(state.decoder, this.#decoders.length - 1));
    this.#decoder = this.#decoders[this.#decoderIndex] ?? noDecoder;
    if (state.packets.length > 0 || state.playing) {
      this.#primed = true;
      this.#next = state.next;
      for (const { sequence, timestamp, decoder, payload } of state.packets) {
        const bytes = payload === null ? new Uint8Array(0) : Buffer.from(payload, 'base64');
        if (bytes.length > this.longestBytes || decoder >= this.#decoders.length) continue;
        this.push(sequence, timestamp, bytes, 0, bytes.length, decoder);
      }
    }
    this.#playing = state.playing;
    this.#waitMs = state.waitMs;
    this.#playTs = state.playTs | 0;
    this.#anchored = state.anchored;
    this.#starvedSamples = state.starvedSamples;
    this.#lateRun = state.lateRun;
    this.concealedMs = state.concealedMs;
    this.latePackets = state.latePackets;
    const rest = state.rest.slice(0, this.#rest.length);
    this.#rest.set(rest);
    this.#restStart = 0;
    this.#restEnd = rest.length;
  }
}
