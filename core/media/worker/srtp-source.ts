/**
 * Packet indices of one SSRC (RFC 3711 3.3.1 and 3.3.2): which roll-over counter belongs to a
 * sequence number, and which packets were there already. An index is a whole number of up to 48
 * bits: roll-over counter times 2^16 plus sequence number; of SRTCP, its 31 bits.
 */

/** "The replay list … window size MUST be at least 64": the packets of 2.5 s at 20 ms. */
export const replayWindow = 128;
const windowWords = replayWindow / 32;

/** As plain data. */
export interface SourceState {
  readonly ssrc: number;
  /** -1: none yet. */
  readonly highest: number;
  /** Bits of the window, 32 a number; bit i of the whole belongs to the indices that are i modulo its length. */
  readonly window: readonly number[];
}

export class SrtpSource {
  readonly ssrc: number;
  /** The highest index that was seen; -1: none yet. */
  highest = -1;
  readonly #window = new Int32Array(windowWords);
  /** When it was last used: higher is later. */
  used = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  /**
   * The index of `sequence` nearest to the highest one; may be negative right after the start, when
   * the packet is older than the first wrap.
   */
  estimate(sequence: number): number {
    if (this.highest < 0) return sequence;
    const highestSequence = this.highest % 0x1_0000;
    const base = this.highest - highestSequence;
    if (highestSequence < 0x8000) {
      return sequence - highestSequence > 0x8000 ? base - 0x1_0000 + sequence : base + sequence;
    }
    return highestSequence - 0x8000 > sequence ? base + 0x1_0000 + sequence : base + sequence;
  }

  /** Not seen before, and not too old to say. */
  isNew(index: number): boolean {
    if (index > this.highest) return true;
    if (index < 0 || this.highest - index >= replayWindow) return false;
    const bit = index % replayWindow;
    return (((this.#window[bit >> 5] as number) >>> (bit & 31)) & 1) === 0;
  }

  /** Seen for certain: it lies in the window. */
  wasSeen(index: number): boolean {
    return this.highest - index < replayWindow && !this.isNew(index);
  }

  /** The packet of that index was authentic. */
  accept(index: number): void {
    if (index > this.highest) {
      const passed = this.highest < 0 ? replayWindow : index - this.highest;
      if (passed >= replayWindow) this.#window.fill(0);
      else for (let gone = this.highest + 1; gone < index; gone++) this.#set(gone, false);
      this.highest = index;
    }
    this.#set(index, true);
  }

  #set(index: number, seen: boolean): void {
    const bit = index % replayWindow;
    const word = this.#window[bit >> 5] as number;
    this.#window[bit >> 5] = seen ? word | (1 << (bit & 31)) : word & ~(1 << (bit & 31));
  }

  state(): SourceState {
    return { ssrc: this.ssrc, highest: this.highest, window: [...this.#window] };
  }

  restore({ highest, window }: SourceState): void {
    this.highest = Number.isSafeInteger(highest) && highest >= 0 ? highest : -1;
    for (let i = 0; i < windowWords; i++) this.#window[i] = window[i] ?? 0;
  }
}

/**
 * Sources by SSRC. Few: a peer that changes its SSRC again and again must not fill the memory, so the
 * one that was silent longest makes room.
 */
export class SrtpSources {
  readonly #sources: SrtpSource[] = [];
  #last: SrtpSource | null = null;
  #clock = 0;

  /** Null: none of its packets was authentic yet. */
  find(ssrc: number): SrtpSource | null {
    if (this.#last !== null && this.#last.ssrc === ssrc) return this.#last;
    for (const source of this.#sources) {
      if (source.ssrc !== ssrc) continue;
      this.#last = source;
      source.used = ++this.#clock;
      return source;
    }
    return null;
  }

  add(ssrc: number): SrtpSource {
    const source = new SrtpSource(ssrc);
    source.used = ++this.#clock;
    if (this.#sources.length < maxSources) this.#sources.push(source);
    else this.#sources[this.#oldest()] = source;
    this.#last = source;
    return source;
  }

  #oldest(): number {
    let oldest = 0;
    this.#sources.forEach(({ used }, index) => {
      if (used < (this.#sources[oldest]?.used ?? 0)) oldest = index;
    });
    return oldest;
  }

  state(): readonly SourceState[] {
    return [...this.#sources].sort((a, b) => a.used - b.used).map((source) => source.state());
  }

  restore(states: readonly SourceState[]): void {
    this.#sources.length = 0;
    this.#last = null;
    for (const state of states.slice(-maxSources)) this.add(state.ssrc).restore(state);
  }
}

export const maxSources = 8;
