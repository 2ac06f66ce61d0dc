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

/** Payload of 20 ms of G.711: what a ring has room for until a longer one comes. */
export const usualPayloadBytes = 160;
const ringsInChunk = 16;

/**
 * Memory of several rings. Rings of usual size share it, so that the arrays' own descriptions are
 * few and stay in the cache; it is freed when the last of its rings is.
 */
class Chunk {
  readonly numbers: Int32Array;
  readonly bytes: Uint8Array;
  used = 0;

  constructor(rings: number, slotBytes: number) {
    this.numbers = new Int32Array(rings * ringSize * 4);
    this.bytes = new Uint8Array(rings * ringSize * slotBytes);
  }
}

let chunk = new Chunk(ringsInChunk, usualPayloadBytes);

/** The memory of a new ring: a part of the present chunk, or a chunk of its own. */
function memoryFor(slotBytes: number): { readonly chunk: Chunk; readonly index: number } {
  if (slotBytes !== usualPayloadBytes) return { chunk: new Chunk(1, slotBytes), index: 0 };
  if (chunk.used === ringsInChunk) chunk = new Chunk(ringsInChunk, usualPayloadBytes);
  return { chunk, index: chunk.used++ };
}

/**
 * Packets by sequence number. All payloads lie in one piece of memory and all numbers in another:
 * what is far apart in memory costs more than what is done with it.
 */
export class PacketRing {
  /** Four numbers a place, from `#numbersAt` on: kind, sequence, timestamp, and length and decoder in one. */
  readonly #numbers: Int32Array;
  readonly #numbersAt: number;
  /** Payloads, `slotBytes` a place; see `payloadAt`. */
  readonly bytes: Uint8Array;
  readonly #bytesAt: number;
  readonly slotBytes: number;

  constructor(slotBytes: number) {
    const { chunk: memory, index } = memoryFor(slotBytes);
    this.slotBytes = slotBytes;
    this.#numbers = memory.numbers;
    this.#numbersAt = index * ringSize * 4;
    this.bytes = memory.bytes;
    this.#bytesAt = index * ringSize * slotBytes;
  }

  /** Where in `bytes` the payload of a place begins. */
  payloadAt(place: number): number {
    return this.#bytesAt + place * this.slotBytes;
  }

  /** The place of `sequence` when a packet waits there, else -1. */
  find(sequence: number): number {
    const place = this.#numbersAt + (sequence & mask) * 4;
    const kind = this.#numbers[place] as number;
    const waits = kind === inPlace.audio || kind === inPlace.placeholder;
    return waits && this.#numbers[place + 1] === sequence ? sequence & mask : -1;
  }

  /** Was a packet of that number here, played or not? */
  knows(sequence: number): boolean {
    const place = this.#numbersAt + (sequence & mask) * 4;
    return this.#numbers[place] !== inPlace.empty && this.#numbers[place + 1] === sequence;
  }

  /** Keeps a packet; `decoder` below zero: without its payload. */
  put(sequence: number, timestamp: number, packet: Uint8Array, start: number, length: number, decoder: number): void {
    const place = sequence & mask;
    const at = this.#numbersAt + place * 4;
    this.#numbers[at] = decoder < 0 ? inPlace.placeholder : inPlace.audio;
    this.#numbers[at + 1] = sequence;
    this.#numbers[at + 2] = timestamp;
    this.#numbers[at + 3] = (length << 8) | Math.max(decoder, 0);
    if (decoder >= 0) copier.copy(packet, start, length, this.bytes, this.payloadAt(place));
  }

  /** A ring with the same packets and room for longer ones. */
  grown(slotBytes: number): PacketRing {
    const ring = new PacketRing(slotBytes);
    ring.#numbers.set(this.#numbers.subarray(this.#numbersAt, this.#numbersAt + ringSize * 4), ring.#numbersAt);
    for (let place = 0; place < ringSize; place++) {
      const at = this.payloadAt(place);
      ring.bytes.set(this.bytes.subarray(at, at + this.slotBytes), ring.payloadAt(place));
    }
    return ring;
  }

  isAudio(place: number): boolean {
    return this.#numbers[this.#numbersAt + place * 4] === inPlace.audio;
  }

  timestamp(place: number): number {
    return this.#numbers[this.#numbersAt + place * 4 + 2] as number;
  }

  /** Bytes of the payload. */
  length(place: number): number {
    return (this.#numbers[this.#numbersAt + place * 4 + 3] as number) >> 8;
  }

  decoder(place: number): number {
    return (this.#numbers[this.#numbersAt + place * 4 + 3] as number) & 0xff;
  }

  /** The packet was taken; its payload stays until another one comes to the place. */
  take(place: number): void {
    this.#numbers[this.#numbersAt + place * 4] = inPlace.played;
  }

  clear(): void {
    for (let place = 0; place < ringSize; place++) this.#numbers[this.#numbersAt + place * 4] = inPlace.empty;
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
