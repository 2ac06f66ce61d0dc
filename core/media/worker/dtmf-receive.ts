import { tsDiff } from './modular.ts';

/** Keys by event number (RFC 4733, section 3.2). */
export const dtmfKeys = '0123456789*#ABCD';

/**
 * RFC 4733, section 2.3:
 *
 *   |     event     |E|R| volume    |          duration             |
 */
export class DtmfPayload {
  event = 0;
  end = false;
  /** Power level, dBm0 without its sign: 0 is loudest. */
  volume = 0;
  /** In timestamp units. */
  duration = 0;
}

/** Reads a telephone-event payload; false when it is too short. The reserved bit is ignored. */
export function parseDtmf(packet: Uint8Array, start: number, length: number, payload: DtmfPayload): boolean {
  if (length < 4) return false;
  const flags = packet[start + 1] as number;
  payload.event = packet[start] as number;
  payload.end = (flags & 0x80) !== 0;
  payload.volume = flags & 0x3f;
  payload.duration = ((packet[start + 2] as number) << 8) | (packet[start + 3] as number);
  return true;
}

/** Fainter than that is no key: "-55 dBm0 must be rejected" (ITU-T Q.24, RFC 4733 section 2.3.3). */
const faintestVolume = 55;
/** A key without end packets ends when nothing came for this long; senders repeat every 20–50 ms. */
export const keySilenceMs = 160;
/**
 * A segment of a long event starts where the last one ended (RFC 4733, section 2.5.1.3): at 0xFFFF,
 * or a little earlier where a sender ends it with a whole packet.
 */
const segmentUnits = 0xffff;
const earliestSegment = segmentUnits - 8000;
/** A packet that many seconds older than the newest press is no late one: its sender's clock was set anew. */
const lateSeconds = 10;

/** Position as plain data. */
export interface DtmfReceiveState {
  readonly event: number;
  readonly timestamp: number;
  readonly durationUnits: number;
  readonly baseUnits: number;
  readonly silentMs: number;
  readonly done: boolean;
}

/**
 * One event for one key press, however many packets carry it or get lost. The RTP timestamp is the
 * press's identity; the E bit, another press, or silence ends it.
 */
export class DtmfReceiver {
  readonly #onKey: (key: string, durationMs: number) => void;
  readonly #payload = new DtmfPayload();
  /** Event number of the newest press, -1 before the first. */
  #event = -1;
  #timestamp = 0;
  #durationUnits = 0;
  /** Length of earlier segments of this press. */
  #baseUnits = 0;
  #silentMs = 0;
  /** The newest press was reported. */
  #done = true;
  clockRateHz = 8000;

  constructor(onKey: (key: string, durationMs: number) => void) {
    this.#onKey = onKey;
  }

  /** False when the packet is no usable telephone-event of a key. */
  push(packet: Uint8Array, start: number, length: number, timestamp: number): boolean {
    const payload = this.#payload;
    if (!parseDtmf(packet, start, length, payload)) return false;
    if (payload.event >= dtmfKeys.length || payload.volume >= faintestVolume) return false;
    if (this.#event >= 0) {
      const ahead = tsDiff(timestamp, this.#timestamp);
      if (ahead < 0 && ahead > -lateSeconds * this.clockRateHz) return true; // late packet of an earlier press
      if (ahead !== 0) {
        if (this.#continues(payload.event, ahead)) this.#baseUnits += ahead;
        else this.#start(payload.event);
      } else if (payload.event !== this.#event) this.#start(payload.event);
      else if (this.#done) return true; // end packets come three times
    } else this.#start(payload.event);
    this.#timestamp = timestamp | 0;
    this.#durationUnits = Math.max(this.#durationUnits, this.#baseUnits + payload.duration);
    this.#silentMs = 0;
    if (payload.end) this.#report();
    return true;
  }

  /** Is what began `ahead` of the newest press its next segment? */
  #continues(event: number, ahead: number): boolean {
    return !this.#done && event === this.#event && ahead >= earliestSegment && ahead <= segmentUnits;
  }

  /** A key is down: time passing may end it. */
  get pressed(): boolean {
    return !this.#done;
  }

  /** Time passes without a packet. */
  tick(elapsedMs: number): void {
    if (this.#done) return;
    this.#silentMs += elapsedMs;
    if (this.#silentMs > keySilenceMs) this.#report();
  }

  /** The source changed: what is pending is reported, and timestamps start anew. */
  reset(): void {
    if (!this.#done) this.#report();
    this.#event = -1;
  }

  state(): DtmfReceiveState {
    return {
      event: this.#event,
      timestamp: this.#timestamp,
      durationUnits: this.#durationUnits,
      baseUnits: this.#baseUnits,
      silentMs: this.#silentMs,
      done: this.#done,
    };
  }

  restore(state: DtmfReceiveState): void {
    this.#event = state.event;
    this.#timestamp = state.timestamp;
    this.#durationUnits = state.durationUnits;
    this.#baseUnits = state.baseUnits;
    this.#silentMs = state.silentMs;
    this.#done = state.done;
  }

  #start(event: number): void {
    if (!this.#done) this.#report();
    this.#event = event;
    this.#durationUnits = 0;
    this.#baseUnits = 0;
    this.#done = false;
  }

  #report(): void {
    this.#done = true;
    const durationMs = this.clockRateHz > 0 ? Math.round((this.#durationUnits * 1000) / this.clockRateHz) : 0;
    this.#onKey(dtmfKeys.charAt(this.#event), durationMs);
  }
}
