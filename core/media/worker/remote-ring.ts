/**
 * Audio between two threads over shared memory. A `SampleRing` has one writer and one reader, each
 * in a thread of its own; positions are counters that wrap at 2^32, changed by `Atomics` after the
 * samples they speak of. The writer owns `written` and `flushTo`, the reader `read` and `played`;
 * `flush` is set by the writer and cleared by the reader.
 *
 *   Int32 capacity │ ring to the stream: 8 × Int32 │ ring from the stream: 8 × Int32 │ samples │ samples
 */
import type { RemoteRing } from './protocol.ts';

const slots = 8;
const written = 0;
const read = 1;
const flushFlag = 2;
const flushTo = 3;
const played = 4;
const endFlag = 5;

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

  /** Writer: queues up to `count` samples of `input[from…]`; returns how many fitted. */
  write(input: Int16Array, from: number, count: number): number {
    const at = Atomics.load(this.#header, written);
    const free = this.#mask + 1 - ((at - Atomics.load(this.#header, read)) | 0);
    const take = Math.max(0, Math.min(count, free));
    for (let i = 0; i < take; i++) this.#samples[(at + i) & this.#mask] = input[from + i] as number;
    Atomics.store(this.#header, written, (at + take) | 0);
    return take;
  }

  /** Reader: takes up to `count` samples to `output[to…]`; returns how many there were. */
  read(output: Int16Array, to: number, count: number): number {
    this.#applyFlush();
    const at = Atomics.load(this.#header, read);
    const take = Math.min(count, (Atomics.load(this.#header, written) - at) | 0);
    for (let i = 0; i < take; i++) output[to + i] = this.#samples[(at + i) & this.#mask] as number;
    Atomics.store(this.#header, read, (at + take) | 0);
    Atomics.add(this.#header, played, take);
    return take;
  }

  /** Writer: what is queued now shall not be read any more. */
  flush(): void {
    Atomics.store(this.#header, flushTo, Atomics.load(this.#header, written));
    Atomics.store(this.#header, flushFlag, 1);
  }

  #applyFlush(): void {
    if (Atomics.load(this.#header, flushFlag) === 0) return;
    Atomics.store(this.#header, flushFlag, 0);
    const target = Atomics.load(this.#header, flushTo);
    if (((target - Atomics.load(this.#header, read)) | 0) > 0) Atomics.store(this.#header, read, target);
  }

  /** Samples that wait. */
  get waiting(): number {
    return (Atomics.load(this.#header, written) - Atomics.load(this.#header, read)) | 0;
  }

  /** Samples taken by `read`, without flushed ones; wraps at 2^32. */
  get playedCounter(): number {
    return Atomics.load(this.#header, played);
  }

  /** Samples accepted by `write`; wraps at 2^32. */
  get writtenCounter(): number {
    return Atomics.load(this.#header, written);
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
