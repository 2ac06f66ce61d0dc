/**
 * Audio between two threads over shared memory. A `SampleRing` has one writer and one reader, each
 * in a thread of its own; positions are counters that wrap at 2^32, changed by `Atomics` after the
 * samples they speak of. The writer owns `written`, `flushTo` and `lost`, the reader `read` and `played`;
 * `flush` is set by the writer and cleared by the reader, `wanted` is set by who waits and cleared by
 * who wakes him.
 *
 *   Int32 capacity │ ring to the stream: 12 × Int32 │ ring from the stream: 12 × Int32 │ samples │ samples
 */
import type { RemoteRing } from './protocol.ts';

const slots = 12;
const written = 0;
const read = 1;
const flushFlag = 2;
const flushTo = 3;
const played = 4;
const endFlag = 5;
const pauseFlag = 6;
const lost = 7;
const wanted = 8;

const preludeBytes = 4;
const headerBytes = slots * 4;

export class SampleRing {
  readonly #header: Int32Array;
  readonly #samples: Int16Array;
  readonly #mask: number;

  /** @param capacity samples, a power of two */
  constructor(buffer: SharedArrayBuffer, headerAt: number, samplesAt: number, capacity: number) {
    this.#header = new Int32Array(buffer, headerAt, slots);
    this.#samples = new Int16Array(buffer, samplesAt, capacity);
    this.#mask = capacity - 1;
  }

  /** A ring of its own that holds at least `samples`. */
  static allocate(samples: number): SharedArrayBuffer {
    return new SharedArrayBuffer(headerBytes + powerOfTwo(samples) * 2);
  }

  /** The ring in a buffer that `allocate` made. */
  static over(buffer: SharedArrayBuffer): SampleRing {
    return new SampleRing(buffer, 0, headerBytes, (buffer.byteLength - headerBytes) / 2);
  }

  get capacity(): number {
    return this.#mask + 1;
  }

  /** Writer: samples that fit now. */
  get free(): number {
    return this.capacity - this.waiting;
  }

  /** Samples that wait. */
  get waiting(): number {
    return (Atomics.load(this.#header, written) - Atomics.load(this.#header, read)) | 0;
  }

  /** Writer: queues up to `count` samples of `input[from…]`; returns how many fitted. */
  write(input: Int16Array, from: number, count: number): number {
    const at = Atomics.load(this.#header, written);
    const take = Math.max(0, Math.min(count, this.free));
    for (let i = 0; i < take; i++) this.#samples[(at + i) & this.#mask] = input[from + i] as number;
    Atomics.store(this.#header, written, (at + take) | 0);
    return take;
  }

  /** Writer: what does not fit, in whole blocks, is lost and counted. */
  writeBlocks(input: Int16Array, count: number, blockSamples: number): void {
    const fits = Math.min(count, Math.floor(this.free / blockSamples) * blockSamples);
    this.write(input, 0, fits);
    if (fits < count) Atomics.add(this.#header, lost, count - fits);
  }

  /** Reader: takes up to `count` samples to `output[to…]`; returns how many there were. */
  read(output: Int16Array, to: number, count: number): number {
    const at = Atomics.load(this.#header, read);
    const take = Math.min(count, (Atomics.load(this.#header, written) - at) | 0);
    for (let i = 0; i < take; i++) output[to + i] = this.#samples[(at + i) & this.#mask] as number;
    Atomics.store(this.#header, read, (at + take) | 0);
    return take;
  }

  /** Writer: what is queued now shall not be read any more. */
  flush(): void {
    Atomics.store(this.#header, flushTo, Atomics.load(this.#header, written));
    Atomics.store(this.#header, flushFlag, 1);
  }

  /** Reader: drops what the writer flushed; true when there was a flush since the last call. */
  applyFlush(): boolean {
    if (Atomics.load(this.#header, flushFlag) === 0) return false;
    Atomics.store(this.#header, flushFlag, 0);
    const target = Atomics.load(this.#header, flushTo);
    if (((target - Atomics.load(this.#header, read)) | 0) > 0) Atomics.store(this.#header, read, target);
    return true;
  }

  /** Reader: so many of the samples that were read have been played. */
  addPlayed(samples: number): void {
    Atomics.add(this.#header, played, samples);
  }

  /** Samples played, without flushed ones; wraps at 2^32. */
  get playedCounter(): number {
    return Atomics.load(this.#header, played);
  }

  /** Samples accepted by `write`; wraps at 2^32. */
  get writtenCounter(): number {
    return Atomics.load(this.#header, written) >>> 0;
  }

  /** Samples that `writeBlocks` had no room for. */
  get lostCounter(): number {
    return Atomics.load(this.#header, lost) >>> 0;
  }

  /** Who waits for room, or for samples, says for how many; 0: nobody does. */
  want(samples: number): void {
    Atomics.store(this.#header, wanted, samples);
  }

  /** Reader: there is now the room that the writer waits for. True once. */
  takeRoomWanted(): boolean {
    return this.#takeWanted(this.free);
  }

  /** Writer: there are now the samples that the reader waits for. True once. */
  takeSamplesWanted(): boolean {
    return this.#takeWanted(this.waiting);
  }

  #takeWanted(available: number): boolean {
    const samples = Atomics.load(this.#header, wanted);
    if (samples === 0 || available < samples) return false;
    return Atomics.compareExchange(this.#header, wanted, samples, 0) === samples;
  }

  /** Nothing more will come; the first who says so gives the reason (a number from 0). */
  end(reason: number): void {
    Atomics.compareExchange(this.#header, endFlag, 0, reason + 1);
  }

  get ended(): boolean {
    return Atomics.load(this.#header, endFlag) !== 0;
  }

  get endReason(): number {
    return Atomics.load(this.#header, endFlag) - 1;
  }

  /** A recording that stands still: what comes meanwhile is left out. Either end may say so. */
  get paused(): boolean {
    return Atomics.load(this.#header, pauseFlag) !== 0;
  }

  set paused(value: boolean) {
    Atomics.store(this.#header, pauseFlag, value ? 1 : 0);
  }
}

/** Allocates both directions, `bufferMs` each. */
export function allocateRemoteRing(sampleRateHz: number, bufferMs: number): RemoteRing {
  const capacity = powerOfTwo((sampleRateHz * bufferMs) / 1000);
  const buffer = new SharedArrayBuffer(preludeBytes + 2 * headerBytes + 4 * capacity);
  new Int32Array(buffer, 0, 1)[0] = capacity;
  return { buffer, sampleRateHz };
}

/** Both directions of a ring: to the stream (it plays) and from it (it hears). */
export function openRemoteRing(ring: RemoteRing): { readonly toStream: SampleRing; readonly fromStream: SampleRing } {
  const capacity = new Int32Array(ring.buffer, 0, 1)[0] ?? 0;
  const samplesAt = preludeBytes + 2 * headerBytes;
  return {
    toStream: new SampleRing(ring.buffer, preludeBytes, samplesAt, capacity),
    fromStream: new SampleRing(ring.buffer, preludeBytes + headerBytes, samplesAt + capacity * 2, capacity),
  };
}

function powerOfTwo(least: number): number {
  let size = 1024;
  while (size < least) size *= 2;
  return size;
}
