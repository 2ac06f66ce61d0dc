/** DTMF keys as RFC 4733 events: a plan of what goes out in which 20 ms frame, and its opposite. */

const keyCodes = '0123456789*#ABCD';
/** A key is held for 8 frames of 20 ms, then rests for 5; a comma waits for 50. */
const heldFrames = 8;
const restFrames = 5;
const commaFrames = 50;
/** "the final packet SHOULD be sent a total of three times" (2.5.1.4). */
const endPackets = 3;

/** What the frame carries instead of audio. */
export interface KeyFrame {
  readonly marker: boolean;
  /** Frame in which the press began: its RTP timestamp. */
  readonly startFrame: number;
  readonly payload: Uint8Array;
}

/** True when all of `keys` can be pressed. */
export function areKeys(keys: string): boolean {
  return [...keys.toUpperCase()].every((key) => key === ',' || keyCodes.includes(key));
}

/** Frames of `keys`, the first press at `firstFrame`; `samplesPerFrame` is the unit of durations. */
export function planKeys(keys: string, firstFrame: number, samplesPerFrame: number): ReadonlyMap<number, KeyFrame> {
  const plan = new Map<number, KeyFrame>();
  let frame = firstFrame;
  for (const key of keys.toUpperCase()) {
    if (key === ',') {
      frame += commaFrames;
      continue;
    }
    const code = keyCodes.indexOf(key);
    const last = heldFrames + endPackets - 1;
    for (let at = 0; at < last; at++) {
      const ends = at >= heldFrames - 1;
      const duration = Math.min(at + 1, heldFrames) * samplesPerFrame;
      const payload = Uint8Array.of(code, (ends ? 0x80 : 0) | 10, duration >> 8, duration & 0xff);
      plan.set(frame + at, { marker: at === 0, startFrame: frame, payload });
    }
    frame += last + restFrames;
  }
  return plan;
}

/** One key for one press, however many packets carry it: the timestamp is the press. */
export class KeyReader {
  #timestamp: number | null = null;

  /** The key that begins with this packet, or null. */
  read(timestamp: number, payload: Uint8Array): string | null {
    const key = keyCodes.charAt(payload[0] ?? keyCodes.length);
    if (payload.length < 4 || key === '' || timestamp === this.#timestamp) return null;
    this.#timestamp = timestamp;
    return key;
  }
}
