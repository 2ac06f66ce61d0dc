/**
 * Every message of every call, for a while: rings by Call-ID, bounded in calls, messages, bytes and
 * minutes. Costs one to two microseconds a message: nothing is parsed but the Call-ID, and only what is a
 * small part of a larger buffer is copied; secrets are masked when read.
 */
import { Buffer } from 'node:buffer';
import type { Clock, Disposable } from '../runtime/index.ts';
import type { SipConfig } from './config.ts';
import { callIdKey, callIdOf, keyOfCallId } from './trace-call-id.ts';
import { maskMessage } from './trace-mask.ts';
import { pcapFile, pcapPacket } from './trace-pcap.ts';
import type { Flow, SipTrace, TraceDirection, TracedMessage } from './types.ts';

/** A message as it is kept. The bytes belong to nobody else. */
export interface TraceRecord {
  readonly unixMs: number;
  readonly direction: TraceDirection;
  readonly flow: Flow;
  readonly bytes: Uint8Array;
}

/** A link of the row of calls. */
interface TracedCall {
  readonly key: number;
  readonly records: TraceRecord[];
  bytes: number;
  /** Its neighbours: who was quiet for longer, and who was not. */
  quieter: TracedCall | null;
  newer: TracedCall | null;
}

export type TraceTap = (record: TraceRecord) => void;

/** How often old calls are looked for. */
const sweepMs = 1000;

export class MessageTrace implements SipTrace {
  readonly #config: SipConfig['trace'];
  readonly #clock: Clock;
  /** By a number of the Call-ID. Two Call-IDs may share a number. */
  readonly #calls = new Map<number, TracedCall>();
  /** The ends of their row: each message moves its call to the newest end, so that it costs two links and no search. */
  #quietest: TracedCall | null = null;
  #newest: TracedCall | null = null;
  #sweptMs = 0;
  readonly #taps = new Set<TraceTap>();
  #bytes = 0;

  constructor(config: SipConfig['trace'], clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** A message came in or went out. */
  message(direction: TraceDirection, bytes: Uint8Array, flow: Flow): void {
    if (this.#config.calls === 0 && this.#taps.size === 0) return;
    const record: TraceRecord = { unixMs: this.#clock.unixMs(), direction, flow, bytes: ownBytes(bytes) };
    if (this.#config.calls > 0) this.#keep(callIdKey(bytes), record);
    if (this.#taps.size > 0) for (const tap of this.#taps) tap(record);
  }

  /** Hears every message until disposed. A tap does not throw and does not wait. */
  tap(tap: TraceTap): Disposable {
    this.#taps.add(tap);
    return { dispose: () => void this.#taps.delete(tap) };
  }

  get size(): { readonly calls: number; readonly bytes: number } {
    return { calls: this.#calls.size, bytes: this.#bytes };
  }

  find(tagOrCallId: string): readonly string[] {
    this.#forgetOld(this.#clock.unixMs());
    if (this.records(tagOrCallId).length > 0) return [tagOrCallId];
    const wanted = Buffer.from(`tag=${tagOrCallId}`, 'latin1');
    const found = new Set<string>();
    for (let call = this.#quietest; call !== null; call = call.newer) {
      for (const { bytes } of call.records) if (hasTag(bytes, wanted)) found.add(callIdOf(bytes));
    }
    return [...found];
  }

  records(callId: string): readonly TraceRecord[] {
    this.#forgetOld(this.#clock.unixMs());
    const call = this.#calls.get(keyOfCallId(callId));
    return call?.records.filter(({ bytes }) => callIdOf(bytes) === callId) ?? [];
  }

  messages(callId: string): readonly TracedMessage[] {
    return this.records(callId).map(({ unixMs, direction, flow, bytes }) => ({
      unixMs,
      direction,
      transport: flow.transport,
      local: flow.local,
      remote: flow.remote,
      text: maskMessage(bufferOf(bytes).toString('latin1')),
    }));
  }

  pcap(callIds: readonly string[]): Uint8Array {
    return pcapFile(callIds.flatMap((callId) => this.records(callId)).sort((a, b) => a.unixMs - b.unixMs));
  }

  capture(onPacket: (packet: Uint8Array) => void, filter = ''): Disposable {
    const wanted = Buffer.from(filter, 'latin1');
    return this.tap((record) => {
      if (filter === '' || bufferOf(record.bytes).includes(wanted)) onPacket(pcapPacket(record));
    });
  }

  #keep(key: number, record: TraceRecord): void {
    let call = this.#calls.get(key);
    if (call === undefined) {
      call = { key, records: [], bytes: 0, quieter: null, newer: null };
      this.#calls.set(key, call);
      this.#link(call);
    } else if (call !== this.#newest) {
      this.#unlink(call);
      this.#link(call);
    }
    call.records.push(record);
    call.bytes += record.bytes.length;
    this.#bytes += record.bytes.length;
    const { messagesPerCall, calls, bytes } = this.#config;
    // The beginning of a call and its newest part say most.
    if (call.records.length > messagesPerCall) this.#leaveOut(call, messagesPerCall >> 1);
    if (record.unixMs - this.#sweptMs >= sweepMs) this.#forgetOld(record.unixMs);
    while (this.#calls.size > calls || this.#bytes > bytes) if (!this.#forgetQuietest()) break;
  }

  #leaveOut(call: TracedCall, at: number): void {
    const [record] = call.records.splice(at, 1);
    const length = record?.bytes.length ?? 0;
    call.bytes -= length;
    this.#bytes -= length;
  }

  /** At the newest end of the row. */
  #link(call: TracedCall): void {
    call.quieter = this.#newest;
    call.newer = null;
    if (this.#newest === null) this.#quietest = call;
    else this.#newest.newer = call;
    this.#newest = call;
  }

  #unlink(call: TracedCall): void {
    const { quieter, newer } = call;
    if (quieter === null) this.#quietest = newer;
    else quieter.newer = newer;
    if (newer === null) this.#newest = quieter;
    else newer.quieter = quieter;
    // One that is old and forgotten would hold all that came after it until the next full collection.
    call.quieter = null;
    call.newer = null;
  }

  #forgetOld(unixMs: number): void {
    this.#sweptMs = unixMs;
    const oldest = unixMs - this.#config.minutes * 60_000;
    for (let call = this.#quietest; call !== null; call = this.#quietest) {
      if ((call.records.at(-1)?.unixMs ?? 0) >= oldest) return;
      this.#forgetQuietest();
    }
  }

  /** False when nothing is left. */
  #forgetQuietest(): boolean {
    const call = this.#quietest;
    if (call === null) return false;
    this.#calls.delete(call.key);
    this.#unlink(call);
    this.#bytes -= call.bytes;
    return true;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Past this a buffer is no piece that messages of one moment share (`print.ts`), but a stream's or a socket's. */
const sharedBytes = 16_384;

/**
 * A datagram has a buffer of its own, and what we print lies among messages of the same moment, which are kept and
 * forgotten together; a piece of a larger buffer would keep all of that alive.
 */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > Math.max(2 * bytes.length + 64, sharedBytes) ? new Uint8Array(bytes) : bytes;
}

/** `tag=` and exactly this tag. */
function hasTag(bytes: Uint8Array, wanted: Buffer): boolean {
  const buffer = bufferOf(bytes);
  for (let at = buffer.indexOf(wanted); at >= 0; at = buffer.indexOf(wanted, at + 1)) {
    const next = buffer[at + wanted.length] ?? 0;
    if (next <= 0x20 || next === 0x3b || next === 0x2c || next === 0x3e) return true;
  }
  return false;
}
