/**
 * Packets on a TCP connection, each behind its length (RFC 4571, section 2; ICE-TCP uses it for all
 * that UDP would carry: RFC 6544, section 3).
 *
 *    0                   1
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7
 *   +-------------------------------+---------------------------+
 *   |            LENGTH             |  RTP, RTCP, STUN or DTLS  |
 *   +-------------------------------+---------------------------+
 */

/** Longer frames end the connection: no packet of voice, STUN or DTLS is near this. */
export const maxFrameBytes = 4096;
export const frameHeaderBytes = 2;

/** What a connection has read and not sent of frames, while it moves to another thread. */
export interface FrameRest {
  /** The beginning of a frame, with its header. */
  readonly received: Uint8Array;
  /** The end of a frame whose beginning is sent. */
  readonly unsent: Uint8Array;
}

const nothing = new Uint8Array(0);
/** Of a connection between two frames. */
export const noFrameRest: FrameRest = { received: nothing, unsent: nothing };

/** Puts frames together out of pieces of any length, in one buffer that is made once. */
export class FrameReader {
  /** The frame itself, without header; an ArrayBuffer of its own. */
  readonly #frame = new Uint8Array(maxFrameBytes);
  readonly #take: (frame: Uint8Array, length: number) => void;
  /** Bytes of the header that are there: 2 means that `#length` is known. */
  #header = 0;
  #length = 0;
  #filled = 0;

  /** `take` gets each frame; its bytes are reused when it returns. Empty frames are left out. */
  constructor(take: (frame: Uint8Array, length: number) => void, received: Uint8Array = nothing) {
    this.#take = take;
    this.push(received, received.length);
  }

  /** How many bytes end the header, or the frame, that is being read. */
  get missing(): number {
    return this.#header < frameHeaderBytes ? frameHeaderBytes - this.#header : this.#length - this.#filled;
  }

  /** Takes in `length` bytes; false: a frame is too long, and nothing after it can be understood. */
  push(bytes: Uint8Array, length: number): boolean {
    for (let at = 0; at < length; ) {
      if (this.#header < frameHeaderBytes) {
        this.#length = (this.#length << 8) | (bytes[at++] as number);
        this.#header++;
        if (this.#header < frameHeaderBytes) continue;
        if (this.#length > maxFrameBytes) return false;
      } else {
        const count = Math.min(this.#length - this.#filled, length - at);
        for (let i = 0; i < count; i++) this.#frame[this.#filled + i] = bytes[at + i] as number;
        this.#filled += count;
        at += count;
      }
      if (this.#filled === this.#length) this.#finish();
    }
    return true;
  }

  #finish(): void {
    const length = this.#length;
    this.#header = 0;
    this.#length = 0;
    this.#filled = 0;
    if (length > 0) this.#take(this.#frame, length);
  }

  /** The beginning of a frame, as it came. */
  rest(): Uint8Array {
    if (this.#header < frameHeaderBytes) return new Uint8Array(this.#header === 0 ? [] : [this.#length]);
    const rest = new Uint8Array(frameHeaderBytes + this.#filled);
    writeFrameHeader(rest, this.#length);
    rest.set(this.#frame.subarray(0, this.#filled), frameHeaderBytes);
    return rest;
  }
}

function writeFrameHeader(target: Uint8Array, length: number): void {
  target[0] = length >> 8;
  target[1] = length & 0xff;
}

/** Writes a packet as a frame; `target` has room for it. Returns the frame's length. */
export function writeFrame(target: Uint8Array, packet: Uint8Array, length: number): number {
  writeFrameHeader(target, length);
  for (let i = 0; i < length; i++) target[frameHeaderBytes + i] = packet[i] as number;
  return frameHeaderBytes + length;
}
