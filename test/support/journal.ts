/**
 * A journal: every input of a simulated server as plain JSON lines, from which `replay.ts` repeats
 * the run without the phones. Voice packets that follow each other regularly are one line: first
 * packet, count, and the payloads in rotation, so that two hours of three callers stay readable.
 */
import {
  type Disposable,
  type Endpoint,
  formatEndpoint,
  type SimInternet,
  type Traffic,
} from '../../core/runtime/index.ts';

export type JournalEntry =
  /** First line: everything needed to start the same server. */
  | { readonly kind: 'world'; readonly seed: number | string; readonly config: unknown; readonly startMs: number }
  | {
      readonly kind: 'datagram';
      readonly atMs: number;
      readonly from: string;
      readonly to: string;
      readonly base64: string;
    }
  /** A payload that later lines name by its id. */
  | { readonly kind: 'payload'; readonly id: number; readonly base64: string }
  /** `count` RTP packets from `atMs` on, `everyMs` apart; sequence +1 and timestamp +`timestampStep` each. */
  | {
      readonly kind: 'rtp';
      readonly atMs: number;
      readonly from: string;
      readonly to: string;
      /** The first packet's 12 bytes of header, hexadecimal; the marker is on the first only. */
      readonly header: string;
      readonly everyMs: number;
      readonly timestampStep: number;
      readonly count: number;
      /** Ids; packet n carries number n modulo the length. */
      readonly payloads: readonly number[];
    }
  | {
      readonly kind: 'tcp';
      readonly event: 'accepted' | 'connected' | 'refused' | 'data' | 'closed';
      readonly atMs: number;
      readonly connection: number;
      readonly at: string;
      readonly peer: string;
      readonly base64: string;
    }
  | {
      readonly kind: 'invoke';
      readonly atMs: number;
      readonly module: string;
      readonly name: string;
      readonly args: unknown;
    }
  | { readonly kind: 'end'; readonly atMs: number };

const maxRotation = 512;
const rtpHeaderBytes = 12;

/** Packets from one address and port to another. */
interface Flow {
  readonly from: string;
  readonly to: string;
  run: Run | null;
}

interface Run {
  readonly order: number;
  readonly atMs: number;
  readonly header: Uint8Array;
  everyMs: number;
  timestampStep: number;
  count: number;
  payloads: number[];
  isClosed: boolean;
}

/** Writes down what reaches the sockets of one host. */
export class Journal implements Disposable {
  readonly #host: readonly string[];
  readonly #tap: Disposable;
  readonly #entries: { readonly order: number; readonly atMs: number; readonly entry: JournalEntry }[] = [];
  readonly #payloads = new Map<string, number>();
  readonly #payloadLines: JournalEntry[] = [];
  readonly #payloadBytes: Uint8Array[] = [];
  readonly #flows = new Map<string, Flow>();
  readonly #flowsByEnds = new WeakMap<Endpoint, WeakMap<Endpoint, Flow>>();
  readonly #world: JournalEntry;
  #order = 0;

  constructor(
    internet: SimInternet,
    hostAddresses: readonly string[],
    world: { readonly seed: number | string; readonly config: unknown },
  ) {
    this.#host = hostAddresses;
    this.#world = { kind: 'world', ...world, startMs: internet.clock.nowMs() };
    this.#tap = internet.tap((traffic) => this.#onTraffic(traffic));
  }

  /** Notes a call of a bus function that a test makes now. */
  noteInvoke(atMs: number, module: string, name: string, args: unknown): void {
    this.#push(atMs, { kind: 'invoke', atMs, module, name, args });
  }

  /** All lines up to now, in order. */
  lines(endMs: number): string[] {
    for (const flow of this.#flows.values()) this.#closeRun(flow);
    const timed = [...this.#entries].sort((a, b) => a.atMs - b.atMs || a.order - b.order).map(({ entry }) => entry);
    const end: JournalEntry = { kind: 'end', atMs: endMs };
    return [this.#world, ...this.#payloadLines, ...timed, end].map((entry) => JSON.stringify(entry));
  }

  dispose(): void {
    this.#tap.dispose();
  }

  #push(atMs: number, entry: JournalEntry, order = this.#order++): void {
    this.#entries.push({ order, atMs, entry });
  }

  #onTraffic(traffic: Traffic): void {
    if (traffic.kind === 'tcp') {
      if (!this.#isOurs(traffic.at)) return;
      const { event, atMs, connection, bytes } = traffic;
      const places = { at: formatEndpoint(traffic.at), peer: formatEndpoint(traffic.peer) };
      this.#push(atMs, { kind: 'tcp', event, atMs, connection, ...places, base64: base64(bytes ?? new Uint8Array(0)) });
      return;
    }
    if (traffic.stage !== 'delivered' || !this.#isOurs(traffic.to)) return;
    const { atMs, bytes } = traffic;
    if (traffic.media && isPlainRtp(bytes)) {
      this.#onRtp(atMs, this.#flowOf(traffic.from, traffic.to), bytes);
      return;
    }
    const from = formatEndpoint(traffic.from);
    const to = formatEndpoint(traffic.to);
    this.#push(atMs, { kind: 'datagram', atMs, from, to, base64: base64(bytes) });
  }

  /** Loopback is inside: replaying it would double it. */
  #isOurs(endpoint: Endpoint): boolean {
    return this.#host.includes(endpoint.address);
  }

  #onRtp(atMs: number, flow: Flow, bytes: Uint8Array): void {
    const { run } = flow;
    const expected = run === null ? undefined : this.#expectedPayload(run);
    const payload =
      expected !== undefined && sameAfterHeader(bytes, expected.bytes)
        ? expected.id
        : this.#payloadId(bytes.subarray(rtpHeaderBytes));
    if (run !== null && continues(run, atMs, bytes, payload)) {
      run.count++;
      return;
    }
    this.#closeRun(flow);
    flow.run = {
      order: this.#order++,
      atMs,
      header: bytes.slice(0, rtpHeaderBytes),
      everyMs: 0,
      timestampStep: 0,
      count: 1,
      payloads: [payload],
      isClosed: false,
    };
  }

  #flowOf(from: Endpoint, to: Endpoint): Flow {
    // Sockets hand out the same objects for the same peer: no text per packet.
    let byTarget = this.#flowsByEnds.get(from);
    if (byTarget === undefined) {
      byTarget = new WeakMap();
      this.#flowsByEnds.set(from, byTarget);
    }
    let flow = byTarget.get(to);
    if (flow === undefined) {
      const names = { from: formatEndpoint(from), to: formatEndpoint(to) };
      const key = `${names.from} ${names.to}`;
      flow = this.#flows.get(key) ?? { ...names, run: null };
      this.#flows.set(key, flow);
      byTarget.set(to, flow);
    }
    return flow;
  }

  /** What the run's rotation would carry next. */
  #expectedPayload(run: Run): { readonly id: number; readonly bytes: Uint8Array } | undefined {
    const id = run.payloads[run.count % run.payloads.length];
    const bytes = id === undefined ? undefined : this.#payloadBytes[id];
    return id === undefined || bytes === undefined ? undefined : { id, bytes };
  }

  #payloadId(payload: Uint8Array): number {
    const key = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1');
    let id = this.#payloads.get(key);
    if (id === undefined) {
      id = this.#payloads.size;
      this.#payloads.set(key, id);
      this.#payloadBytes.push(payload.slice());
      this.#payloadLines.push({ kind: 'payload', id, base64: base64(payload) });
    }
    return id;
  }

  #closeRun(flow: Flow): void {
    const { run, from, to } = flow;
    if (run === null) return;
    flow.run = null;
    const { order, header, isClosed: _, ...rest } = run;
    this.#push(rest.atMs, { kind: 'rtp', from, to, ...rest, header: Buffer.from(header).toString('hex') }, order);
  }
}

/** Does this packet follow the run's regular course? Learns step and rotation as it goes. */
function continues(run: Run, atMs: number, bytes: Uint8Array, payload: number): boolean {
  const { header } = run;
  if ((bytes[1] ?? 0) !== ((header[1] ?? 0) & 0x7f)) return false; // other payload type, or a marker
  if (uint32(bytes, 8) !== uint32(header, 8)) return false;
  if (uint32(bytes, 0) << 16 !== (uint32(header, 0) + run.count) << 16) return false; // 16 bits of sequence
  const elapsed = (uint32(bytes, 4) - uint32(header, 4)) >>> 0;
  if (run.count === 1) {
    run.everyMs = atMs - run.atMs;
    run.timestampStep = elapsed;
    if (run.everyMs <= 0) return false;
  }
  if (atMs !== run.atMs + run.count * run.everyMs) return false;
  if (elapsed !== (run.count * run.timestampStep) >>> 0) return false;
  return rotates(run, payload);
}

/** The rotation is closed when its first payload comes again; a wrong guess ends the run. */
function rotates(run: Run, payload: number): boolean {
  if (!run.isClosed) {
    if (payload === run.payloads[0]) run.isClosed = true;
    else {
      if (run.payloads.length >= maxRotation) return false;
      run.payloads.push(payload);
      return true;
    }
  }
  return run.payloads[run.count % run.payloads.length] === payload;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}

function sameAfterHeader(bytes: Uint8Array, payload: Uint8Array): boolean {
  if (bytes.length !== payload.length + rtpHeaderBytes) return false;
  for (let i = 0; i < payload.length; i++) if (bytes[rtpHeaderBytes + i] !== payload[i]) return false;
  return true;
}

/** RTP version 2, no padding, extension or CSRC: 12 bytes of header; RTCP has 72–76 in the second byte. */
function isPlainRtp(bytes: Uint8Array): boolean {
  const type = (bytes[1] ?? 0) & 0x7f;
  return bytes.length > 12 && bytes[0] === 0x80 && (type < 64 || type > 95);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
