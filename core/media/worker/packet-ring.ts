import { BytesCopier } from './kernels.ts';
import { seqAdd } from './modular.ts';

/** Places of a ring to begin with; a packet's place is its sequence number modulo their number. */
export const ringSize = 32;
/** Places of a ring at most: what comes further ahead is another sequence. */
export const longestRing = 128;

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

  constructor(rings: number, slotBytes: number, places: number) {
    this.numbers = new Int32Array(rings * places * 4);
    this.bytes = new Uint8Array(rings * places * slotBytes);
  }
}

let chunk = new Chunk(ringsInChunk, usualPayloadBytes, ringSize);

/** The memory of a new ring: a part of the present chunk, or a chunk of its own. */
function memoryFor(slotBytes: number, places: number): { readonly chunk: Chunk; readonly index: number } {
  if (slotBytes !== usualPayloadBytes || places !== ringSize) {
    return { chunk: new Chunk(1, slotBytes, places), index: 0 };
  }
  if (chunk.used === ringsInChunk) chunk = new Chunk(ringsInChunk, usualPayloadBytes, ringSize);
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
  readonly #mask: number;

  constructor(slotBytes: number, places = ringSize) {
    const { chunk: memory, index } = memoryFor(slotBytes, places);
    this.slotBytes = slotBytes;
    this.#mask = places - 1;
    this.#numbers = memory.numbers;
    this.#numbersAt = index * places * 4;
    this.bytes = memory.bytes;
    this.#bytesAt = index * places * slotBytes;
  }

  /** Places: a power of two. */
  get places(): number {
    return this.#mask + 1;
  }

  /** Where in `bytes` the payload of a place begins. */
  payloadAt(place: number): number {
    return this.#bytesAt + place * this.slotBytes;
  }

  /** The place of `sequence` when a packet waits there, else -1. */
  find(sequence: number): number {
    const place = this.#numbersAt + (sequence & this.#mask) * 4;
    const kind = this.#numbers[place] as number;
    const waits = kind === inPlace.audio || kind === inPlace.placeholder;
    return waits && this.#numbers[place + 1] === sequence ? sequence & this.#mask : -1;
  }

  /** Was a packet of that number here, played or not? */
  knows(sequence: number): boolean {
    const place = this.#numbersAt + (sequence & this.#mask) * 4;
    return this.#numbers[place] !== inPlace.empty && this.#numbers[place + 1] === sequence;
  }

  /** Keeps a packet; `decoder` below zero: without its payload. */
  put(sequence: number, timestamp: number, packet: Uint8Array, start: number, length: number, decoder: number): void {
    const place = sequence & this.#mask;
    const at = this.#numbersAt + place * 4;
    this.#numbers[at] = decoder < 0 ? inPlace.placeholder : inPlace.audio;
    this.#numbers[at + 1] = sequence;
    this.#numbers[at + 2] = timestamp;
    this.#numbers[at + 3] = (length << 8) | Math.max(decoder, 0);
    if (decoder >= 0) copier.copy(packet, start, length, this.bytes, this.payloadAt(place));
  }

  /** A ring with the same packets, and room for more or longer ones. */
  grown(slotBytes: number, places: number): PacketRing {
    const ring = new PacketRing(Math.max(slotBytes, this.slotBytes), Math.max(places, this.places));
    for (let place = 0; place < this.places; place++) {
      const from = this.#numbersAt + place * 4;
      if (this.#numbers[from] === inPlace.empty) continue;
      const newPlace = (this.#numbers[from + 1] as number) & ring.#mask;
      for (let i = 0; i < 4; i++) ring.#numbers[ring.#numbersAt + newPlace * 4 + i] = this.#numbers[from + i] as number;
      const at = this.payloadAt(place);
      ring.bytes.set(this.bytes.subarray(at, at + this.slotBytes), ring.payloadAt(newPlace));
    }
    return ring;
  }

  isAudio(place: number): boolean {
    return this.#numbers[this.#numbersAt + place * 4] === inPlace.audio;
  }

  /** Is it audio of that timestamp, payload length (bytes) and decoder? */
  isUsual(place: number, timestamp: number, length: number, decoder: number): boolean {
    const at = this.#numbersAt + place * 4;
    const numbers = this.#numbers;
    return (
      numbers[at] === inPlace.audio && numbers[at + 2] === timestamp && numbers[at + 3] === ((length << 8) | decoder)
    );
  }

  sequence(place: number): number {
    return this.#numbers[this.#numbersAt + place * 4 + 1] as number;
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
    for (let place = 0; place <= this.#mask; place++) this.#numbers[this.#numbersAt + place * 4] = inPlace.empty;
  }

  /** The place of the first packet from number `sequence` on that waits, or -1. */
  firstFrom(sequence: number): number {
    for (let step = 0; step <= this.#mask; step++) {
      const place = this.find(seqAdd(sequence, step));
      if (place >= 0) return place;
    }
    return -1;
  }

  /** The place of `sequence` when its audio was taken and still lies there, else -1. */
  findPlayed(sequence: number): number {
    const place = this.#numbersAt + (sequence & this.#mask) * 4;
    return this.#numbers[place] === inPlace.played && this.#numbers[place + 1] === sequence
      ? sequence & this.#mask
      : -1;
  }
}
