/**
 * Bytes of a stream on their way to whole messages. Each byte is copied and looked at a bounded
 * number of times, however small the pieces are in which it comes.
 */
import { copyBytes } from '../runtime/index.ts';
import type { RefusalStatus } from './message.ts';
import { frameMessage, headLimitBytes } from './message-framing.ts';
import { endOfHead } from './parse-message.ts';

export type Taken =
  /** One message in memory of its own. */
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** So many CR and LF bytes between messages. */
  | { readonly kind: 'blank'; readonly length: number }
  | { readonly kind: 'incomplete' }
  /** Nobody knows where the next message begins; `bytes` is all that is there. */
  | { readonly kind: 'broken'; readonly status: RefusalStatus; readonly why: string; readonly bytes: Uint8Array };

const incomplete: Taken = { kind: 'incomplete' };
const firstCapacityBytes = 2048;
const nothing = new Uint8Array(0);

export class StreamBuffer {
  readonly #maxMessageBytes: number;
  #bytes: Uint8Array = nothing;
  /** The chunk of the network itself, into which nothing may be written. */
  #borrowed = true;
  #start = 0;
  #end = 0;
  /** Up to here there is no end of a head. */
  #scanned = 0;
  /** Length of the message at the front, once its head is there; 0: not known. */
  #wanted = 0;
  /** Octets copied and scanned so far: the cost, for tests. */
  workBytes = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#bytes = chunk;
      this.#borrowed = true;
      this.#start = 0;
      this.#end = chunk.length;
      this.#scanned = 0;
      return;
    }
    if (this.#borrowed || this.#end + chunk.length > this.#bytes.length) this.#grow(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
    this.workBytes += chunk.length;
  }

  /** The next thing at the front; call it until it is `incomplete`. */
  take(): Taken {
    const blank = this.#blankLength();
    if (blank > 0) {
      this.#advance(blank);
      return { kind: 'blank', length: blank };
    }
    if (this.length === 0) return incomplete;
    if (this.#wanted === 0) {
      const fault = this.#measure();
      if (fault !== null) return fault;
    }
    if (this.#wanted === 0 || this.length < this.#wanted) return incomplete;
    const bytes = copyBytes(this.#bytes.subarray(this.#start, this.#start + this.#wanted));
    this.workBytes += bytes.length;
    this.#advance(this.#wanted);
    this.#wanted = 0;
    return { kind: 'message', bytes };
  }

  clear(): void {
    this.#bytes = nothing;
    this.#borrowed = true;
    this.#start = 0;
    this.#end = 0;
  }

  /** Finds how long the message at the front is; the head is scanned once, from where the last look ended. */
  #measure(): Taken | null {
    const from = Math.max(this.#start, this.#scanned);
    const known = this.#bytes.subarray(0, this.#end);
    this.workBytes += this.#end - from;
    const head = endOfHead(known, from);
    // The blank line may have begun: LF, CR.
    if (head === null) this.#scanned = Math.max(this.#start, this.#end - 2);
    if (head === null && this.length <= headLimitBytes(this.#maxMessageBytes)) return null;
    const frame = frameMessage(known.subarray(this.#start), this.#maxMessageBytes);
    if (frame.kind === 'broken') {
      return { kind: 'broken', status: frame.status, why: frame.why, bytes: copyBytes(known.subarray(this.#start)) };
    }
    this.#wanted = frame.length ?? 0;
    return null;
  }

  #blankLength(): number {
    if (this.#wanted > 0) return 0;
    let at = this.#start;
    while (at < this.#end && (this.#bytes[at] === 13 || this.#bytes[at] === 10)) at++;
    return at - this.#start;
  }

  #advance(length: number): void {
    this.#start += length;
    this.#scanned = this.#start;
    if (this.#start === this.#end) this.clear();
  }

  /** Doubled, so that every byte moves only a few times. */
  #grow(moreBytes: number): void {
    const kept = this.#bytes.subarray(this.#start, this.#end);
    const grown = new Uint8Array(Math.max(firstCapacityBytes, 2 * (kept.length + moreBytes)));
    grown.set(kept);
    this.workBytes += kept.length;
    this.#scanned = Math.max(0, this.#scanned - this.#start);
    this.#bytes = grown;
    this.#borrowed = false;
    this.#start = 0;
    this.#end = kept.length;
  }
}
