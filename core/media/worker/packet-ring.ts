import { BytesCopier } from './kernels.ts';
import { seqAdd } from './modular.ts';

/** Places; a packet's place is its sequence number modulo this. */
export const ringSize = 32;
const mask = ringSize - 1;

/** What lies in a place. */
export const inPlace = {
  empty: 0,
  audio: 1,
  /** A packet without audio (telephone-event): keeps its place in the sequence. */
  placeholder: 2,
  played: 3,
} as const;

const copier = new BytesCopier();

/**
 * Packets by sequence number. All payloads lie in one piece of memory and all numbers in another:
 * what is far apart in memory costs more than what is done with it.
 */
export class PacketRing {
  /** Four numbers a place: kind, sequence, timestamp, and length and decoder in one. */
  readonly #numbers = new Int32Array(ringSize * 4);
  /** Payloads, `slotBytes` a place. */
  readonly bytes: Uint8Array;
  readonly slotBytes: number;

  constructor(slotBytes: number) {
    this.slotBytes = slotBytes;
    this.bytes = new Uint8Array(ringSize * slotBytes);
  }

  /** The place of `sequence` when a packet waits there, else -1. */
  find(sequence: number): number {
    const place = (sequence & mask) * 4;
    const kind = this.#numbers[place] as number;
    const waits = kind === inPlace.audio || kind === inPlace.placeholder;
    return waits && this.#numbers[place + 1] === sequence ? sequence & mask : -1;
  }

  /** Was a packet of that number here, played or not? */
  knows(sequence: number): boolean {
    const place = (sequence & mask) * 4;
    return this.#numbers[place] !== inPlace.empty && this.#numbers[place + 1] === sequence;
  }

  /** Keeps a packet; `decoder` below zero: without its payload. */
  put(sequence: number, timestamp: number, packet: Uint8Array, start: number, length: number, decoder: number): void {
    const place = sequence & mask;
    const at = place * 4;
    this.#numbers[at] = decoder < 0 ? inPlace.placeholder : inPlace.audio;
    this.#numbers[at + 1] = sequence;
    this.#numbers[at + 2] = timestamp;
    this.#numbers[at + 3] = (length << 8) | Math.max(decoder, 0);
    if (decoder >= 0) copier.copy(packet, start, length, this.bytes, place * this.slotBytes);
  }

  /** A ring with the same packets and room for longer ones. */
  grown(slotBytes: number): PacketRing {
    const ring = new PacketRing(slotBytes);
    ring.#numbers.set(this.#numbers);
    for (let place = 0; place < ringSize; place++) {
      ring.bytes.set(this.bytes.subarray(place * this.slotBytes, (place + 1) * this.slotBytes), place * slotBytes);
    }
    return ring;
  }

  isAudio(place: number): boolean {
    return this.#numbers[place * 4] === inPlace.audio;
  }

  timestamp(place: number): number {
    return this.#numbers[place * 4 + 2] as number;
  }

  /** Bytes of the payload. */
  length(place: number): number {
    return (this.#numbers[place * 4 + 3] as number) >> 8;
  }

  decoder(place: number): number {
    return (this.#numbers[place * 4 + 3] as number) & 0xff;
  }

  /** The packet was taken; its payload stays until another one comes to the place. */
  take(place: number): void {
    this.#numbers[place * 4] = inPlace.played;
  }

  clear(): void {
    for (let place = 0; place < ringSize; place++) this.#numbers[place * 4] = inPlace.empty;
  }

  /** The first number from `sequence` on whose packet waits, or -1. */
  firstFrom(sequence: number): number {
    for (let step = 0; step < ringSize; step++) {
      const number = seqAdd(sequence, step);
      if (this.find(number) >= 0) return number;
    }
    return -1;
  }
}
