import { dtmfKeys } from './dtmf-receive.ts';
import { tsAdd } from './modular.ts';

const maxQueuedKeys = 256;
const endPackets = 3;
const longestMs = 60_000;
/** Power level of a sent key: -10 dBm0. */
const volume = 10;
/** Longest duration that the field holds; longer presses are cut into segments. */
const segmentUnits = 0xffff;

/** Writes a telephone-event payload (RFC 4733, section 2.3) at `start`. Returns its 4 bytes. */
export function writeDtmf(packet: Uint8Array, start: number, event: number, end: boolean, duration: number): number {
  packet[start] = event;
  packet[start + 1] = (end ? 0x80 : 0) | volume;
  packet[start + 2] = duration >> 8;
  packet[start + 3] = duration & 0xff;
  return 4;
}

/** One queued key. */
export interface QueuedKey {
  readonly event: number;
  readonly durationMs: number;
  readonly gapMs: number;
}

/** Position as plain data. */
export interface DtmfSendState {
  readonly queue: readonly QueuedKey[];
  readonly phase: 'idle' | 'pressed' | 'ending' | 'gap';
  readonly timestamp: number;
  readonly elapsedUnits: number;
  readonly endsLeft: number;
  readonly gapLeftMs: number;
}

/**
 * Keys to be sent, one after the other. `step` is called once per packet interval and says what the
 * packet of this interval is: a key takes the place of audio (RFC 4733, section 2.1).
 */
export class DtmfSender {
  #queue: QueuedKey[] = [];
  #phase: DtmfSendState['phase'] = 'idle';
  /** Start of the press (or of its present segment). */
  #timestamp = 0;
  #elapsedUnits = 0;
  #endsLeft = 0;
  #gapLeftMs = 0;
  // What the packet of this interval carries, valid after `step` returned true.
  packetTimestamp = 0;
  packetMarker = false;
  packetEvent = 0;
  packetEnd = false;
  packetDuration = 0;

  /** Letters that are no keys are left out; returns how many keys were queued. */
  push(keys: string, durationMs: number, gapMs: number): number {
    let queued = 0;
    for (const key of keys.toUpperCase()) {
      const event = dtmfKeys.indexOf(key);
      if (event < 0 || this.#queue.length >= maxQueuedKeys) continue;
      this.#queue.push({ event, durationMs: bounded(durationMs, 40), gapMs: bounded(gapMs, 0) });
      queued++;
    }
    return queued;
  }

  get busy(): boolean {
    return this.#phase !== 'idle' || this.#queue.length > 0;
  }

  clear(): void {
    this.#queue = [];
    this.#phase = 'idle';
  }

  /**
   * One packet interval of `unitsPerStep` timestamp units, whose audio would be stamped `timestamp`.
   * True: send the packet described by the `packet…` fields instead of audio.
   */
  step(timestamp: number, unitsPerStep: number, stepMs: number): boolean {
    if (this.#phase === 'gap') {
      this.#gapLeftMs -= stepMs;
      if (this.#gapLeftMs >= 0) return false;
      this.#phase = 'idle';
    }
    const key = this.#queue[0];
    if (key === undefined) return false;
    this.packetEvent = key.event;
    this.packetMarker = false;
    if (this.#phase === 'idle') {
      // "The RTP marker bit indicates the beginning of a new event." (section 2.2.2)
      this.packetMarker = true;
      this.#phase = 'pressed';
      this.#timestamp = timestamp;
      this.#elapsedUnits = 0;
    }
    if (this.#phase === 'pressed') this.#press(key, unitsPerStep, stepMs);
    else this.#repeatEnd(key);
    return true;
  }

  #press(key: QueuedKey, unitsPerStep: number, stepMs: number): void {
    this.#elapsedUnits += unitsPerStep;
    const totalUnits = Math.round((key.durationMs * unitsPerStep) / stepMs);
    const pressedUnits = Math.min(this.#elapsedUnits, totalUnits);
    this.packetEnd = this.#elapsedUnits >= totalUnits;
    // Section 2.5.1.3: a segment's duration is 0xFFFF at most; the next segment starts there.
    const segment = Math.max(0, Math.ceil(pressedUnits / segmentUnits) - 1);
    this.packetTimestamp = tsAdd(this.#timestamp, segment * segmentUnits);
    this.packetDuration = pressedUnits - segment * segmentUnits;
    if (this.packetEnd) {
      this.#phase = 'ending';
      this.#elapsedUnits = totalUnits;
      this.#endsLeft = endPackets - 1;
    }
  }

  /** "The final packet for each event … SHOULD be sent a total of three times" (section 2.5.1.4). */
  #repeatEnd(key: QueuedKey): void {
    this.packetEnd = true;
    this.#endsLeft--;
    if (this.#endsLeft > 0) return;
    this.#queue.shift();
    this.#phase = 'gap';
    this.#gapLeftMs = key.gapMs;
  }

  state(): DtmfSendState {
    return {
      queue: [...this.#queue],
      phase: this.#phase,
      timestamp: this.#timestamp,
      elapsedUnits: this.#elapsedUnits,
      endsLeft: this.#endsLeft,
      gapLeftMs: this.#gapLeftMs,
    };
  }

  restore(state: DtmfSendState): void {
    this.#queue = [...state.queue];
    this.#phase = state.phase;
    this.#timestamp = state.timestamp;
    this.#elapsedUnits = state.elapsedUnits;
    this.#endsLeft = state.endsLeft;
    this.#gapLeftMs = state.gapLeftMs;
    this.#restoreEnd();
  }

  /** An end packet that is still to be repeated is described anew. */
  #restoreEnd(): void {
    const key = this.#queue[0];
    if (this.#phase !== 'ending' || key === undefined) return;
    const segment = Math.max(0, Math.ceil(this.#elapsedUnits / segmentUnits) - 1);
    this.packetTimestamp = tsAdd(this.#timestamp, segment * segmentUnits);
    this.packetDuration = this.#elapsedUnits - segment * segmentUnits;
  }
}

function bounded(valueMs: number, leastMs: number): number {
  return Number.isFinite(valueMs) ? Math.min(longestMs, Math.max(leastMs, valueMs)) : leastMs;
}
