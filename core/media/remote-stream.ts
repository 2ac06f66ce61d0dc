import { CodedError } from '../runtime/index.ts';
import type { PlayRequest, RemoteStream } from './types.ts';
import { allocateRemoteRing, openRemoteRing, type SampleRing } from './worker/remote-ring.ts';

const defaultRateHz = 8000;
const defaultBufferMs = 2000;
const longestBufferMs = 600_000;

/** Who waits until a ring has so much room, or so many samples. */
class Waiters {
  readonly #ring: SampleRing;
  readonly #available: () => number;
  #list: { readonly samples: number; readonly resolve: (ready: boolean) => void }[] = [];
  /** It was played, and is no more. */
  #over = false;

  constructor(ring: SampleRing, available: () => number) {
    this.#ring = ring;
    this.#available = available;
  }

  wait(samples: number): Promise<boolean> {
    const wanted = Math.max(1, Math.min(Math.ceil(samples), this.#ring.capacity));
    if (this.#available() >= wanted) return Promise.resolve(true);
    if (this.#over) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#list.push({ samples: wanted, resolve });
      this.wake();
    });
  }

  /** Lets go whoever may go, and asks the other thread to wake us for the next. */
  wake(): void {
    this.#settle();
    if (this.#list.length === 0) return;
    this.#ring.want(Math.min(...this.#list.map(({ samples }) => samples)));
    this.#settle(); // what came between the look and the asking
  }

  /** It is played (again). */
  hold(): void {
    this.#over = false;
  }

  /** Nobody will wake us: false for all. */
  release(): void {
    this.#over = true;
    this.#ring.want(0);
    for (const { resolve } of this.#list.splice(0)) resolve(false);
  }

  #settle(): void {
    const available = this.#available();
    const waiting = this.#list;
    this.#list = waiting.filter(({ samples }) => samples > available);
    for (const { samples, resolve } of waiting) if (samples <= available) resolve(true);
  }
}

/** This thread's end of a ring: the speaking and hearing side of a `remote` playlist entry. */
class RingStream implements RemoteStream {
  readonly request: Extract<PlayRequest, { readonly kind: 'remote' }>;
  readonly sampleRateHz: number;
  readonly #toStream: SampleRing;
  readonly #fromStream: SampleRing;
  readonly #writers: Waiters;
  readonly #readers: Waiters;
  // The ring's counters wrap at 2^32; here they are added up.
  #lastPlayed = 0;
  #played = 0;
  #written = 0;

  constructor(sampleRateHz: number, bufferMs: number) {
    const ring = allocateRemoteRing(sampleRateHz, bufferMs);
    this.request = { kind: 'remote', ring };
    this.sampleRateHz = sampleRateHz;
    const { toStream, fromStream } = openRemoteRing(ring);
    this.#toStream = toStream;
    this.#fromStream = fromStream;
    this.#writers = new Waiters(toStream, () => toStream.free);
    this.#readers = new Waiters(fromStream, () => fromStream.waiting);
    remoteStreams.set(ring.buffer, this);
  }

  write(samples: Int16Array): number {
    const count = this.#toStream.write(samples, 0, samples.length);
    this.#written += count;
    this.#follow();
    return count;
  }

  writable(samples = this.#toStream.capacity >> 1): Promise<boolean> {
    return this.#writers.wait(samples);
  }

  async writeAll(samples: Int16Array): Promise<number> {
    let done = this.write(samples);
    while (done < samples.length) {
      const rest = samples.subarray(done);
      if (!(await this.writable(Math.min(rest.length, this.#toStream.capacity >> 1)))) break;
      done += this.write(rest);
    }
    return done;
  }

  read(samples: Int16Array): number {
    this.#follow();
    return this.#fromStream.read(samples, 0, samples.length);
  }

  readable(samples = this.sampleRateHz / 50): Promise<boolean> {
    return this.#readers.wait(samples);
  }

  flush(): void {
    this.#toStream.flush();
  }

  playedUpTo(): number {
    this.#follow();
    return this.#played;
  }

  writtenUpTo(): number {
    return this.#written;
  }

  get missedSamples(): number {
    return this.#fromStream.lostCounter;
  }

  wake(): void {
    this.#writers.wake();
    this.#readers.wake();
  }

  hold(): void {
    this.#writers.hold();
    this.#readers.hold();
  }

  release(): void {
    this.#writers.release();
    this.#readers.release();
  }

  #follow(): void {
    const now = this.#toStream.playedCounter;
    this.#played += (now - this.#lastPlayed) >>> 0;
    this.#lastPlayed = now;
  }
}

const remoteStreams = new WeakMap<SharedArrayBuffer, RingStream>();

/** The media thread says that a ring has what its owner waits for. */
export function wakeRemoteStream(buffer: SharedArrayBuffer): void {
  remoteStreams.get(buffer)?.wake();
}

/** A stream has the ring in its playlist. */
export function holdRemoteStream(buffer: SharedArrayBuffer): void {
  remoteStreams.get(buffer)?.hold();
}

/** Nobody plays the ring any more: whoever waits for it hears so. */
export function releaseRemoteStream(buffer: SharedArrayBuffer): void {
  remoteStreams.get(buffer)?.release();
}

/** Makes a remote stream. @throws CodedError `media.failed` for a rate or length that cannot be. */
export function createRemoteStream(
  options: { readonly sampleRateHz?: number; readonly bufferMs?: number } = {},
): RemoteStream {
  const { sampleRateHz = defaultRateHz, bufferMs = defaultBufferMs } = options;
  if (!(sampleRateHz >= 8000 && sampleRateHz <= 48_000 && sampleRateHz % 50 === 0)) {
    throw new CodedError('media.failed', `a remote stream at ${sampleRateHz} Hz; 8000 to 48000, a multiple of 50`);
  }
  if (!(bufferMs > 0 && bufferMs <= longestBufferMs)) {
    throw new CodedError('media.failed', `a remote stream with a buffer of ${bufferMs} ms; 1 to ${longestBufferMs}`);
  }
  return new RingStream(sampleRateHz, bufferMs);
}
