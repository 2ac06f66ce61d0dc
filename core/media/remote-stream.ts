import { CodedError } from '../runtime/index.ts';
import type { PlayRequest, RemoteStream } from './types.ts';
import { allocateRemoteRing, openRemoteRing, type SampleRing } from './worker/remote-ring.ts';

const defaultRateHz = 8000;
const defaultBufferMs = 2000;
const longestBufferMs = 600_000;

/** This thread's end of a ring: the speaking and hearing side of a `remote` playlist entry. */
class RingStream implements RemoteStream {
  readonly request: Extract<PlayRequest, { readonly kind: 'remote' }>;
  readonly sampleRateHz: number;
  readonly #toStream: SampleRing;
  readonly #fromStream: SampleRing;
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
  }

  write(samples: Int16Array): number {
    const count = this.#toStream.write(samples, 0, samples.length);
    this.#written += count;
    this.#follow();
    return count;
  }

  read(samples: Int16Array): number {
    this.#follow();
    return this.#fromStream.read(samples, 0, samples.length);
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

  #follow(): void {
    const now = this.#toStream.playedCounter;
    this.#played += (now - this.#lastPlayed) >>> 0;
    this.#lastPlayed = now;
  }
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
