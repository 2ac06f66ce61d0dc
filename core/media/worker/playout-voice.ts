/** The audio side of playout: what was decoded, what fills gaps, what is stretched; and how much of each there was. */
import { Concealer, type ConcealState, silentMs } from './conceal.ts';
import { seqAdd, tsDiff } from './modular.ts';
import type { PacketRing } from './packet-ring.ts';
import { concealByCodec, decodePacket, recoverBefore } from './playout-decode.ts';
import { PlayoutLine, pastMs } from './playout-line.ts';
import { searches } from './playout-pitch.ts';
import type { JitterDecoder } from './playout-state.ts';
import { lengthen, lengthenNeedsMs, shorten, shortenNeedsMs } from './time-stretch.ts';

/**
 * A period may be longer than what is to be put in by this. Not so what is taken out: where packets
 * come by ticks, a delay that is a little too short is as good as one that is a tick too short.
 */
const lengthenBeyondMs = 7;

export interface VoiceState {
  /** What was given out last, and what was decoded and not yet given out. */
  readonly line: readonly number[];
  readonly conceal: ConcealState | null;
  readonly gapSamples: number;
  /** Searches in a row that found nothing. */
  readonly vain: number;
  readonly concealedMs: number;
  readonly stretchedMs: number;
  readonly droppedMs: number;
}

/** So many searches in a row may be in vain before they are made less often; and how seldom at last. */
const vainAtOnce = 8;
const vainWaitTicks = 25;

export class PlayoutVoice {
  readonly line: PlayoutLine;
  /** Samples concealed in the present gap; -1: there is none. */
  gapSamples = -1;
  /** Packets that were decoded straight into frames since the line was last written: it lacks them. */
  straight = 0;
  readonly #rate: number;
  readonly #concealer: Concealer;
  /** Calls of `stretch` in a row that found nothing. */
  #vain = 0;
  concealedMs = 0;
  /** Audio that was added or taken out by stretching, ms. */
  stretchedMs = 0;
  /** Audio that came and was not played, ms. */
  droppedMs = 0;

  constructor(sampleRateHz: number) {
    this.#rate = sampleRateHz;
    this.line = new PlayoutLine(sampleRateHz);
    this.#concealer = new Concealer(sampleRateHz);
  }

  /** Something waits, or a gap is being filled: the next packet cannot go straight to a frame. */
  get isBusy(): boolean {
    return this.gapSamples >= 0 || this.line.rest > 0;
  }

  clear(): void {
    this.line.clear();
    this.gapSamples = -1;
    this.straight = 0;
  }

  /** What was decoded straight into frames is put where stretching and concealment look back. */
  recall(decoder: JitterDecoder, ring: PacketRing, next: number): void {
    const { line } = this;
    for (let back = Math.min(this.straight, Math.ceil(pastMs / 20)); back > 0; back--) {
      const place = ring.findPlayed(seqAdd(next, -back));
      if (place >= 0) this.decode(decoder, ring, place);
      line.start = line.end;
    }
    this.straight = 0;
  }

  /** Decodes a packet to the end of what waits; returns samples. */
  decode(decoder: JitterDecoder, ring: PacketRing, place: number): number {
    return decodePacket(decoder, ring, place, this.line, this.#rate);
  }

  /**
   * Takes audio out (`excessMs` above zero) or puts some in, at most about as much as that; returns
   * samples added. Enough must wait: `stretchNeeds`.
   */
  stretch(decoder: JitterDecoder, excessMs: number, inHaste: boolean): number {
    const { line } = this;
    const rate = this.#rate;
    const excess = this.#samples(Math.abs(excessMs));
    const unit = Math.max(1, Math.round(rate / decoder.clockRateHz));
    const added =
      excessMs > 0
        ? -shorten(line, excess, unit, rate, inHaste)
        : lengthen(line, excess + this.#samples(lengthenBeyondMs), unit, rate, inHaste);
    this.#vain = added === 0 ? this.#vain + 1 : 0;
    this.stretchedMs += (Math.abs(added) * 1000) / rate;
    return added;
  }

  /** Ticks to wait after `stretch` found nothing: what is no voice for long will be none in the next frame either. */
  get waitTicks(): number {
    return Math.max(searches.waitTicks, this.#vain > vainAtOnce ? Math.min(this.#vain, vainWaitTicks) : 0);
  }

  /** Samples that must wait before `stretch`. */
  stretchNeeds(excessMs: number): number {
    return this.#samples(excessMs > 0 ? shortenNeedsMs : lengthenNeedsMs);
  }

  openGap(): void {
    if (this.gapSamples >= 0) return;
    this.gapSamples = 0;
    this.#concealer.begin(this.line);
  }

  /** Appends `count` samples in the place of what is missing; false: by now that is silence. */
  conceal(decoder: JitterDecoder, count: number): boolean {
    const { line } = this;
    this.openGap();
    const isOver = this.gapSamples >= this.#samples(silentMs) || !line.reserve(count);
    if (!isOver && !concealByCodec(decoder, line, this.#rate, count)) this.#concealer.generate(line, count);
    this.gapSamples += count;
    this.concealedMs += (count * 1000) / this.#rate;
    return !isOver;
  }

  /** Appends the lost frame right before the packet in `place`, `units` long, if that one tells of it. */
  recover(decoder: JitterDecoder, ring: PacketRing, place: number, playTs: number, count: number): boolean {
    if (decoder.codec.recover === undefined || !ring.isAudio(place)) return false;
    if (tsDiff(ring.timestamp(place), playTs) > decoder.clockRateHz / 50) return false;
    return recoverBefore(decoder, ring, place, this.line, this.#rate, count);
  }

  /** After a gap, what waits fades in over what was repeated. */
  closeGap(decoder: JitterDecoder): void {
    if (this.gapSamples >= 0 && decoder.codec.conceal === undefined) {
      this.#concealer.merge(this.line, this.line.start);
    }
    this.gapSamples = -1;
  }

  drop(samples: number): void {
    this.droppedMs += (samples * 1000) / this.#rate;
  }

  #samples(ms: number): number {
    return Math.floor((ms * this.#rate) / 1000);
  }

  state(): VoiceState {
    return {
      line: this.line.state(),
      conceal: this.#concealer.state(),
      gapSamples: this.gapSamples,
      vain: this.#vain,
      concealedMs: this.concealedMs,
      stretchedMs: this.stretchedMs,
      droppedMs: this.droppedMs,
    };
  }

  restore(state: VoiceState): void {
    this.line.restore(state.line);
    this.#concealer.restore(state.conceal);
    this.gapSamples = Math.max(-1, Math.round(state.gapSamples));
    this.#vain = state.vain;
    this.concealedMs = state.concealedMs;
    this.stretchedMs = state.stretchedMs;
    this.droppedMs = state.droppedMs;
  }
}
