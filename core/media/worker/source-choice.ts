import { seqAdd } from './modular.ts';

/** A source that was silent for so long has ended: whoever comes next takes its place at once. */
const endedMs = 60;
/** Else the next one must send so many packets in sequence while the present one sends none (RFC 3550, MIN_SEQUENTIAL). */
const inSequence = 2;
/** Sources that change this soon are two that speak at once: the present one is kept until it rests. */
const restlessMs = 1000;
const inSequenceWhenRestless = 10;

/**
 * Which of several SSRCs of one peer is heard. A new one takes over as soon as the old one is gone; one
 * that speaks into the present one (a stray or forged stream) is left aside.
 */
export class SourceChoice {
  #ssrcBits = 0;
  known = false;
  #heardMs = 0;
  #changedMs = Number.MIN_SAFE_INTEGER;
  #candidateBits = 0;
  /** Packets of the candidate in sequence; 0: there is none. */
  #run = 0;
  #next = 0;

  get ssrc(): number {
    return this.#ssrcBits >>> 0;
  }

  /** Is this the SSRC that is heard? */
  is(ssrc: number): boolean {
    return this.known && (ssrc | 0) === this.#ssrcBits;
  }

  /** A packet of the source that is heard. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
    this.#run = 0;
  }

  /** A packet of another source: is it the one to be heard from now on? */
  takesOver(ssrc: number, sequence: number, nowMs: number): boolean {
    const bits = ssrc | 0;
    const follows = this.#run > 0 && bits === this.#candidateBits && sequence === this.#next;
    this.#run = follows ? this.#run + 1 : 1;
    this.#candidateBits = bits;
    this.#next = seqAdd(sequence, 1);
    const wanted = nowMs - this.#changedMs < restlessMs ? inSequenceWhenRestless : inSequence;
    const ended = nowMs - this.#heardMs >= endedMs;
    if (this.known && !ended && this.#run < wanted) return false;
    if (this.known) this.#changedMs = nowMs;
    this.known = true;
    this.#ssrcBits = bits;
    this.heard(nowMs);
    return true;
  }

  /** The source said BYE. */
  end(): void {
    this.#heardMs = Number.MIN_SAFE_INTEGER;
  }

  restore(ssrc: number, known: boolean, nowMs: number): void {
    this.#ssrcBits = ssrc | 0;
    this.known = known;
    this.#heardMs = nowMs;
  }
}
