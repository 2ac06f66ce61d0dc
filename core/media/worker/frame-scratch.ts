import { newSockAddr, type SockAddr } from '../../runtime/index.ts';
import { rtpHeaderBytes } from './rtp.ts';

/** The highest rate of a codec, and so the longest frame of 20 ms. */
const longestFrame = 192_000 / 50;
const longestPayloadBytes = 4096;

/**
 * Buffers that streams use one after the other within a tick: few, and so always in the processor's
 * cache. A frame of `next` belongs to its stream until `reset`, the others until the next call.
 */
export class FrameScratch {
  /** What a stream plays. */
  readonly out = new Int16Array(longestFrame);
  /** A packet of one frame, and its payload part. */
  readonly packet = new Uint8Array(rtpHeaderBytes + longestPayloadBytes);
  readonly payload: Uint8Array = this.packet.subarray(rtpHeaderBytes);
  /** Where the packet goes. */
  readonly to: SockAddr = newSockAddr();
  readonly #frames: Int16Array[] = [];
  #used = 0;

  /** A frame for what a stream hears. */
  next(): Int16Array {
    let frame = this.#frames[this.#used];
    if (frame === undefined) {
      frame = new Int16Array(longestFrame);
      this.#frames.push(frame);
    }
    this.#used++;
    return frame;
  }

  reset(): void {
    this.#used = 0;
  }
}
