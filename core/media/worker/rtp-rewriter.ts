/**
 * One SSRC and one row of sequence numbers, whatever the sender does: a relay that is not transparent
 * looks to its receiver like one source. Losses and disorder of the sender stay visible.
 */
import { seqDiff } from './modular.ts';
import { readUint32, rtpHeaderBytes, writeUint32 } from './rtp.ts';

/** RFC 3550, appendix A.1: MAX_DROPOUT and MAX_MISORDER. Beyond them the sender started anew. */
const maxDropout = 3000;
const maxMisorder = 100;
const maxPacketBytes = 4096;
/** Timestamp units between packets until two were seen: 20 ms at 8000 Hz. */
const usualStep = 160;

/** Where the payload starts, -1 when it is not an RTP packet. Padding is not looked at: SRTP's last bytes are a tag. */
export function rtpHeaderEnd(packet: Uint8Array, length: number): number {
  if (length < rtpHeaderBytes) return -1;
  const first = packet[0] as number;
  if (first >> 6 !== 2) return -1;
  let end = rtpHeaderBytes + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (end + 4 > length) return -1;
    end += 4 + (((packet[end + 2] as number) << 8) | (packet[end + 3] as number)) * 4;
  }
  return end > length ? -1 : end;
}

export class RtpRewriter {
  readonly #ssrc: number;
  /** The packet as it leaves; the received one belongs to the socket. */
  readonly #out = new Uint8Array(maxPacketBytes);
  #started = false;
  #sourceSsrc = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;
  /** Newest packet, as received. */
  #sourceSequence = 0;
  #sourceTimestamp = 0;
  /** Newest packet, as sent. */
  #sequence: number;
  #timestamp: number;
  #step = usualStep;
  #lastMs = 0;
  /** Timestamp units a millisecond, as measured between the packets of one source. */
  #unitsPerMs = usualStep / 20;

  constructor(ssrc: number, sequence: number, timestamp: number) {
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    this.#timestamp = timestamp;
  }

  /** The packet as it is to be sent, valid until the next call; null when it is not RTP. */
  rewrite(packet: Uint8Array, length: number, nowMs: number): Uint8Array | null {
    if (length > maxPacketBytes || rtpHeaderEnd(packet, length) < 0) return null;
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    const timestamp = readUint32(packet, 4);
    const ssrc = readUint32(packet, 8);
    const ahead = seqDiff(sequence, this.#sourceSequence);
    if (!this.#started || ssrc !== this.#sourceSsrc || ahead > maxDropout || ahead < -maxMisorder) {
      this.#anchor(ssrc, sequence, timestamp, nowMs);
    } else if (ahead > 0) {
      this.#follow(ahead, sequence, timestamp, nowMs);
    }
    const { length: room } = this.#out;
    for (let i = 0; i < length && i < room; i++) this.#out[i] = packet[i] as number;
    const out = (sequence + this.#sequenceOffset) & 0xffff;
    this.#out[2] = out >> 8;
    this.#out[3] = out & 0xff;
    writeUint32(this.#out, 4, (timestamp + this.#timestampOffset) >>> 0);
    writeUint32(this.#out, 8, this.#ssrc);
    return this.#out;
  }

  /** A new source: it goes on where the last one stopped, its timestamp by the time that passed. */
  #anchor(ssrc: number, sequence: number, timestamp: number, nowMs: number): void {
    if (this.#started) {
      const passed = Math.round((nowMs - this.#lastMs) * this.#unitsPerMs);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#timestamp = (this.#timestamp + Math.max(this.#step, passed)) >>> 0;
    }
    this.#started = true;
    this.#sourceSsrc = ssrc;
    this.#sourceSequence = sequence;
    this.#sourceTimestamp = timestamp;
    this.#sequenceOffset = (this.#sequence - sequence) & 0xffff;
    this.#timestampOffset = (this.#timestamp - timestamp) >>> 0;
    this.#lastMs = nowMs;
  }

  #follow(ahead: number, sequence: number, timestamp: number, nowMs: number): void {
    const units = (timestamp - this.#sourceTimestamp) | 0;
    if (ahead === 1 && units > 0 && units < 0x1_0000) {
      this.#step = units;
      // Voice comes every 10 to 60 ms; anything else says nothing of the clock.
      const passedMs = nowMs - this.#lastMs;
      if (passedMs >= 10 && passedMs <= 60) this.#unitsPerMs += (units / passedMs - this.#unitsPerMs) / 16;
    }
    this.#sourceSequence = sequence;
    this.#sourceTimestamp = timestamp;
    this.#sequence = (sequence + this.#sequenceOffset) & 0xffff;
    this.#timestamp = (timestamp + this.#timestampOffset) >>> 0;
    this.#lastMs = nowMs;
  }
}
