/**
 * Puts packets back into order and turns them into a steady flow of frames. How long they wait is
 * fixed, or follows the network (`playout-delay.ts`): audio is then stretched or shortened by
 * periods of the voice (`time-stretch.ts`). Lost audio is concealed (`conceal.ts`); a sender's pause
 * is silence.
 *
 *   arrivals (any order)              ring by sequence number             frames of 20 ms
 *   push(seq, ts, payload) ──────►  [ ][6][7][ ][9] …  ──────────────►  pull(): decode, conceal, cut
 *                                       ▲ next
 *
 * Positions are RTP timestamps (clock units); samples are at the stream's own rate.
 */
import { copySamples, decodeByTable } from './kernels.ts';
import { seqAdd, seqDiff, tsAdd, tsDiff } from './modular.ts';
import { longestRing, PacketRing, usualPayloadBytes } from './packet-ring.ts';
import { longestPayloadBytes } from './playout-decode.ts';
import { PlayoutDelay, startMs } from './playout-delay.ts';
import {
  type JitterBufferOptions,
  type JitterDecoder,
  type JitterState,
  noDecoder,
  type PushResult,
  waitingPackets,
} from './playout-state.ts';
import { PlayoutVoice } from './playout-voice.ts';

export { usualPlayout } from './playout-delay.ts';
export type { JitterDecoder, JitterState, PushResult } from './playout-state.ts';

/** A timestamp that jumps further than this is a new beginning, not a pause. */
const longestPauseMs = 1000;
/** Without a packet for this long playout ends, and the next packet starts it anew. */
const starvedMs = 120;
/** So many packets in a row that come too late: the delay moved, start anew. */
const lateInARow = 4;
/** Ticks between two stretches, at leisure and in a hurry, and after a packet came too late. */
const restTicks = 3;
const hasteTicks = 1;
const afterLateTicks = 25;
/** The buffer is this much too long or too short: hurry. */
const hasteMs = 60;

export class JitterBuffer {
  // What every packet needs comes first: fields that are used together lie together.
  #ring: PacketRing;
  readonly #delay: PlayoutDelay;
  /** Sequence number to be played next. */
  #next = 0;
  /** Timestamp of the next sample to be given out; without meaning while not anchored. */
  #playTs = 0;
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
  /** Samples given since the last packet ran out. */
  #starvedSamples = 0;
  #lateRun = 0;
  /** The last packet was a telephone-event: what follows is silence, not loss. */
  #inEvent = false;
  readonly #voice: PlayoutVoice;
  readonly #adaptive: boolean;
  /** A packet that should fill the present gap is lost: another one waits behind it. */
  #gapIsLoss = false;
  /** Ticks until audio may be stretched again. */
  #holdTicks = 0;
  readonly #sampleRateHz: number;
  readonly #startMs: number;
  readonly #decoders: readonly JitterDecoder[];
  /** Until playout starts, where the delay is fixed. */
  #waitMs = 0;
  latePackets = 0;
  /** Longest payload that is taken. */
  readonly longestBytes: number;

  constructor({ playout, longestBytes, sampleRateHz, decoders }: JitterBufferOptions) {
    this.longestBytes = Math.min(longestBytes, longestPayloadBytes);
    this.#ring = new PacketRing(usualPayloadBytes);
    this.#delay = new PlayoutDelay(playout, 20);
    this.#startMs = startMs(playout);
    this.#adaptive = playout.type === 'adaptive';
    this.#sampleRateHz = sampleRateHz;
    this.#decoders = decoders;
    this.#decoder = decoders[0] ?? noDecoder;
    this.#delay.setClock(this.#decoder.clockRateHz);
    this.#voice = new PlayoutVoice(sampleRateHz);
  }

  /** Present delay of the playout, ms: how much later a packet may come than the fastest one did. */
  get delayMs(): number {
    return this.#playing && this.#anchored ? this.#delay.lagMs(this.#playTs) : 0;
  }

  /** Timestamp of the next sample that is given out; null while nothing plays. */
  get position(): number | null {
    return this.#playing && this.#anchored ? this.#playTs : null;
  }

  /** The delay that is aimed at, ms. */
  get targetMs(): number {
    return this.#delay.targetMs;
  }

  get concealedMs(): number {
    return this.#voice.concealedMs;
  }

  /** Audio that was added or taken out by stretching, ms. */
  get stretchedMs(): number {
    return this.#voice.stretchedMs;
  }

  /** Audio that came and was not played, ms. */
  get droppedMs(): number {
    return this.#voice.droppedMs;
  }

  /** Forgets everything but what is known of the network: another source begins. */
  reset(): void {
    this.#ring.clear();
    this.#delay.forgetClock();
    this.#voice.clear();
    this.#waiting = 0;
    this.#playing = false;
    this.#anchored = false;
    this.#starvedSamples = 0;
    this.#lateRun = 0;
    this.#holdTicks = 0;
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
      if (ahead <= -longestRing) this.#begin(sequence);
      else if (!this.#playing && seqDiff(this.#newestSequence, sequence) < longestRing) {
        this.#next = sequence; // not yet played: an earlier one than the first that came
      } else {
        if (decoder >= 0) this.#delay.arrived(timestamp | 0);
        this.#late();
        return 'late';
      }
    } else if (ahead >= longestRing) this.#begin(sequence);
    else if (this.#ring.find(sequence) >= 0) return 'duplicate';
    if (length > this.#ring.slotBytes) this.#ring = this.#ring.grown(this.longestBytes, this.#ring.places);
    if (this.#waiting === 0 || seqDiff(sequence, this.#newestSequence) > 0) this.#newestSequence = sequence;
    if (seqDiff(this.#newestSequence, this.#next) >= this.#ring.places) {
      this.#ring = this.#ring.grown(this.#ring.slotBytes, longestRing);
    }
    this.#ring.put(sequence, timestamp, packet, start, length, decoder);
    if (decoder >= 0) this.#delay.arrived(timestamp | 0);
    this.#waiting++;
    return 'accepted';
  }

  /**
   * Writes the next `count` samples (20 ms) to `out`. False when there is nothing to hear: nothing
   * came yet, or the sender pauses; `out` is silence or untouched then.
   */
  pull(out: Int16Array, count: number): boolean {
    const delay = this.#delay;
    delay.tick();
    if (!this.#playing && !this.#mayStart((count * 1000) / this.#sampleRateHz)) return false;
    if (this.#anchored) {
      const lag = delay.lag(this.#playTs);
      if (lag > delay.shrinkAbove || lag < delay.growBelow) this.#adapt(lag);
      if (this.#anchored && this.#playUsual(out, count)) return true;
    }
    return this.#pullSlowly(out, count);
  }

  /** The usual packet: in time, one frame long, at the stream's rate, decoded by a table. */
  #playUsual(out: Int16Array, count: number): boolean {
    const { table } = this.#decoder;
    if (table === null || this.#voice.isBusy) return false;
    const ring = this.#ring;
    const place = ring.find(this.#next);
    if (place < 0 || !ring.isUsual(place, this.#playTs, count, this.#decoderIndex)) return false;
    decodeByTable(table, ring.bytes, ring.payloadAt(place), out, 0, count);
    ring.take(place);
    this.#waiting--;
    this.#next = seqAdd(this.#next, 1);
    this.#voice.straight++;
    this.#playTs = tsAdd(this.#playTs, count);
    this.#lateRun = 0;
    this.#starvedSamples = 0;
    this.#inEvent = false;
    return true;
  }

  #pullSlowly(out: Int16Array, count: number): boolean {
    const voice = this.#voice;
    const { line } = voice;
    this.#recall();
    let filled = 0;
    let heard = false;
    while (filled < count) {
      const wanted = count - filled;
      const take = Math.min(line.rest, wanted);
      if (take > 0) {
        copySamples(line.samples, line.start, out, filled, take);
        line.start += take;
        this.#advance(take);
        filled += take;
        heard = true;
        continue;
      }
      const place = this.#waiting === 0 ? -1 : this.#ring.firstFrom(this.#next);
      const gap = place < 0 ? this.#starve(wanted) : this.#gapBefore(place, wanted);
      if (gap === 0) this.#play(place);
      else if (gap > 0 && this.#fill(place, gap)) continue;
      else {
        const silent = Math.abs(gap);
        out.fill(0, filled, filled + silent);
        line.skip(silent);
        this.#advance(silent);
        filled += silent;
      }
      if (!this.#playing) {
        out.fill(0, filled, count);
        break;
      }
    }
    return heard;
  }

  #begin(sequence: number): void {
    if (this.#primed) this.reset();
    this.#primed = true;
    this.#next = sequence;
    this.#waitMs = this.#startMs;
  }

  /** May playout start? At a fixed time after the first packet, or when the first waited as long as it should. */
  #mayStart(frameMs: number): boolean {
    if (this.#waiting === 0) return false;
    if (this.#adaptive) {
      const place = this.#ring.firstFrom(this.#next);
      if (place >= 0 && this.#ring.isAudio(place) && this.#delay.isEarly(this.#ring.timestamp(place))) return false;
    } else {
      this.#waitMs -= frameMs;
      if (this.#waitMs >= 0) return false;
    }
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
    return Math.round((samples * this.#decoder.clockRateHz) / this.#sampleRateHz);
  }

  #toSamples(ms: number): number {
    return (ms * this.#sampleRateHz) / 1000;
  }

  /** The buffer is longer or shorter than it should be: stretches what comes next, or drops what is too much. */
  #adapt(lag: number): void {
    const delay = this.#delay;
    if (lag > delay.dropAbove) {
      this.#dropExcess();
      return;
    }
    if (this.#holdTicks > 0) this.#holdTicks--;
    const voice = this.#voice;
    if (this.#holdTicks > 0 || !this.#adaptive || voice.gapSamples >= 0) return;
    this.#recall();
    const excessMs = delay.toMs(lag) - delay.targetMs;
    const inHaste = Math.abs(excessMs) > hasteMs;
    while (voice.line.rest < voice.stretchNeeds(excessMs)) if (!this.#decodeNext()) return;
    const added = voice.stretch(this.#decoder, excessMs, inHaste);
    this.#holdTicks = voice.waitTicks;
    if (added === 0) return;
    this.#playTs = tsAdd(this.#playTs, -this.#toUnits(added));
    this.#holdTicks = inHaste ? hasteTicks : restTicks;
  }

  /** Appends the next packet to what waits, if it goes on where that ends. */
  #decodeNext(): boolean {
    const ring = this.#ring;
    const place = this.#waiting === 0 ? -1 : ring.find(this.#next);
    if (place < 0 || !ring.isAudio(place) || ring.decoder(place) !== this.#decoderIndex) return false;
    const end = tsAdd(this.#playTs, this.#toUnits(this.#voice.line.rest));
    if (Math.abs(tsDiff(ring.timestamp(place), end)) > 1) return false;
    this.#take(place);
    return this.#voice.decode(this.#decoder, ring, place) > 0;
  }

  /**
   * What to fill in before the packet in `place`: so many samples to conceal (positive) or of
   * silence (negative), at most `wanted`; 0 when it is due.
   */
  #gapBefore(place: number, wanted: number): number {
    const ring = this.#ring;
    if (!ring.isAudio(place)) return 0;
    const timestamp = ring.timestamp(place);
    if (timestamp === this.#playTs && this.#anchored) return 0;
    const { clockRateHz } = this.#decoders[ring.decoder(place)] ?? noDecoder;
    if (!this.#anchored || clockRateHz !== this.#decoder.clockRateHz) {
      if (this.#adaptive && this.#delay.isEarly(timestamp)) return -wanted;
      this.#anchor(timestamp);
      return 0;
    }
    const units = tsDiff(timestamp, this.#playTs);
    if (units <= 1 || units > (clockRateHz * longestPauseMs) / 1000) return 0;
    const samples = Math.max(1, Math.min(wanted, Math.floor((units * this.#sampleRateHz) / clockRateHz)));
    const isLoss = this.#voice.gapSamples >= 0 || (!this.#inEvent && ring.sequence(place) !== this.#next);
    if (isLoss) this.#gapIsLoss = true;
    return isLoss ? samples : -samples;
  }

  #anchor(timestamp: number): void {
    this.#playTs = timestamp | 0;
    this.#anchored = true;
  }

  #take(place: number): void {
    this.#next = seqAdd(this.#ring.sequence(place), 1);
    this.#ring.take(place);
    this.#waiting--;
  }

  /** Decodes the packet in `place`, which is due, into the line. */
  #play(place: number): void {
    const ring = this.#ring;
    const timestamp = ring.timestamp(place);
    const isAudio = ring.isAudio(place);
    this.#take(place);
    if (!isAudio) {
      // An event's timestamp stands still; the next audio packet tells how long it was.
      this.#inEvent = true;
      return;
    }
    const index = ring.decoder(place);
    if (index !== this.#decoderIndex) {
      this.#decoderIndex = index;
      this.#decoder = this.#decoders[index] ?? noDecoder;
      this.#delay.setClock(this.#decoder.clockRateHz);
    }
    const voice = this.#voice;
    const count = voice.decode(this.#decoder, ring, place);
    if (count === 0) return;
    const units = this.#toUnits(count);
    const behind = -tsDiff(timestamp, this.#playTs);
    const isMoved = behind < -1 || behind > (this.#decoder.clockRateHz * longestPauseMs) / 2000;
    if (behind > 0 && !isMoved && this.#adaptive && voice.gapSamples > 0 && !this.#gapIsLoss) {
      // It was on its way while the gap was filled: played whole, so that no word is lost. The delay grew.
      this.#holdTicks = afterLateTicks;
    } else if (behind >= units && !isMoved) {
      voice.line.end -= count;
      voice.drop(count);
      this.#late(); // its place was concealed before it came
      return;
    } else if (behind > 1 && !isMoved) {
      // Partly concealed already: the rest of it.
      const skipped = Math.min(count - 1, Math.round((behind * count) / units));
      voice.line.start += skipped;
      voice.drop(skipped);
      this.#arrived();
      return;
    }
    this.#anchor(timestamp);
    this.#arrived();
  }

  #arrived(): void {
    this.#voice.closeGap(this.#decoder);
    this.#lateRun = 0;
    this.#starvedSamples = 0;
    this.#gapIsLoss = false;
    this.#inEvent = false;
  }

  /** Nothing waits: conceal (silence in a key press), and after a while stop. */
  #starve(wanted: number): number {
    this.#starvedSamples += wanted;
    if (this.#starvedSamples <= this.#toSamples(starvedMs) && this.#playing) return this.#inEvent ? -wanted : wanted;
    this.#playing = false;
    this.#anchored = false;
    this.#starvedSamples = 0;
    this.#voice.gapSamples = -1;
    this.#gapIsLoss = false;
    this.#waitMs = this.#startMs;
    return -wanted;
  }

  /** Drops what makes the buffer longer than it may be, down to its delay. */
  #dropExcess(): void {
    const delay = this.#delay;
    this.#recall();
    const voice = this.#voice;
    voice.openGap();
    voice.drop(voice.line.rest);
    voice.line.end = voice.line.start;
    let keepFrom = this.#playTs;
    while (this.#waiting > 1) {
      const place = this.#ring.firstFrom(this.#next);
      if (place < 0) break;
      const timestamp = this.#ring.timestamp(place);
      if (this.#ring.isAudio(place)) {
        if (delay.toMs(delay.lag(timestamp)) <= delay.targetMs) break;
        voice.droppedMs += Math.max(0, delay.toMs(tsDiff(timestamp, keepFrom)));
        keepFrom = timestamp;
        this.latePackets++;
      }
      this.#take(place);
    }
    this.#anchored = false;
  }

  #recall(): void {
    if (this.#voice.straight > 0) this.#voice.recall(this.#decoder, this.#ring, this.#next);
  }

  /** Appends `count` samples in the place of what is missing before `place` (-1: nothing waits); false: silence. */
  #fill(place: number, count: number): boolean {
    const voice = this.#voice;
    const knows = place >= 0 && this.#ring.decoder(place) === this.#decoderIndex;
    if (knows && voice.recover(this.#decoder, this.#ring, place, this.#playTs, count)) return true;
    return voice.conceal(this.#decoder, count);
  }

  state(): JitterState {
    this.#recall();
    return {
      playing: this.#playing,
      waitMs: this.#waitMs,
      next: this.#next,
      playTs: this.#playTs,
      anchored: this.#anchored,
      inEvent: this.#inEvent,
      gapIsLoss: this.#gapIsLoss,
      holdTicks: this.#holdTicks,
      starvedSamples: this.#starvedSamples,
      lateRun: this.#lateRun,
      latePackets: this.latePackets,
      decoder: this.#decoderIndex,
      delay: this.#delay.state(),
      voice: this.#voice.state(),
      packets: this.#primed ? waitingPackets(this.#ring, this.#next) : [],
    };
  }

  /** Goes on from another buffer's `state`; both must have been made for the same parameters. */
  restore(state: JitterState): void {
    this.reset();
    this.#decoderIndex = Math.max(0, Math.min(state.decoder, this.#decoders.length - 1));
    this.#decoder = this.#decoders[this.#decoderIndex] ?? noDecoder;
    this.#delay.setClock(this.#decoder.clockRateHz);
    if (state.packets.length > 0 || state.playing) {
      this.#primed = true;
      this.#next = state.next & 0xffff;
      for (const { sequence, timestamp, decoder, payload } of state.packets) {
        const bytes = payload === null ? new Uint8Array(0) : Buffer.from(payload, 'base64');
        if (bytes.length > this.longestBytes || decoder >= this.#decoders.length) continue;
        this.push(sequence & 0xffff, timestamp | 0, bytes, 0, bytes.length, decoder);
      }
    }
    this.#playing = state.playing;
    this.#waitMs = state.waitMs;
    this.#playTs = state.playTs | 0;
    this.#anchored = state.anchored;
    this.#inEvent = state.inEvent;
    this.#gapIsLoss = state.gapIsLoss;
    this.#holdTicks = Math.round(state.holdTicks);
    this.#starvedSamples = state.starvedSamples;
    this.#lateRun = state.lateRun;
    this.latePackets = state.latePackets;
    this.#delay.restore(state.delay);
    this.#voice.restore(state.voice);
  }
}
