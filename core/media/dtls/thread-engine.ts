/** The main thread's side of all DTLS handshakes: they run in a thread of their own, so that nobody waits for them. */
import {
  CodedError,
  createSelfSigned,
  type Seams,
  type SelfSignedCertificate,
  type Thread,
  type Timer,
} from '../../runtime/index.ts';
import type { Fingerprint } from '../../sdp/types.ts';
import type { DtlsEnding, DtlsReply, DtlsRequest, DtlsThreadStart } from './protocol.ts';
import { rehearse } from './rehearsal.ts';
import type { DtlsAssociation, DtlsEngine, DtlsOptions } from './types.ts';

export interface DtlsEngineSettings {
  /** From `open` to keys. Default 15 s. */
  readonly timeoutMs?: number;
  /** Associations without keys at once. Default 500. */
  readonly maxHandshakes?: number;
}

type EngineSeams = Pick<Seams, 'clock' | 'random' | 'threads' | 'counters' | 'log'>;
type Ending = DtlsEnding | 'timeout' | 'thread' | 'limit';

interface Association {
  readonly options: DtlsOptions;
  readonly timer: Timer;
  /** With ourselves, counted nowhere. */
  readonly isRehearsal: boolean;
  packets: number;
  /** Our close_notify, once there are keys. */
  farewell: Uint8Array | null;
}

/** Compiled or from source, the thread's entry has our own extension. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const entry = new URL(`./dtls-thread.${extension}`, import.meta.url);
const dayMs = 86_400_000;
/** Nobody looks at the dates of a certificate that a description vouches for; clocks differ. */
const validity = { beforeMs: dayMs, afterMs: 3650 * dayMs };
/** A record with its header and more; what is larger no browser sends. */
const maxPacketBytes = 16_384;

export class ThreadDtlsEngine implements DtlsEngine {
  readonly #seams: EngineSeams;
  readonly #timeoutMs: number;
  readonly #maxHandshakes: number;
  readonly #associations = new Map<number, Association>();
  #certificate: Promise<SelfSignedCertificate> | null = null;
  #thread: Thread | null = null;
  /** What the thread is told once there is one: it needs the certificate. */
  #waiting: DtlsRequest[] | null = null;
  #endRehearsal = (): void => {};
  #shaking = 0;
  #lastId = 0;
  #stopped = false;

  constructor(seams: EngineSeams, { timeoutMs = 15_000, maxHandshakes = 500 }: DtlsEngineSettings = {}) {
    this.#seams = seams;
    this.#timeoutMs = timeoutMs;
    this.#maxHandshakes = maxHandshakes;
  }

  async fingerprint(): Promise<Fingerprint> {
    const own = await this.#ownCertificate();
    // Who asks is about to need the thread: it loads while the description travels.
    this.#start(own);
    return { algorithm: 'sha-256', value: own.fingerprint };
  }

  prepare(): void {
    this.#ownCertificate().then(
      (own) => {
        if (this.#thread !== null || this.#stopped) return;
        const { clock, log } = this.#seams;
        const sinceMs = clock.nowMs();
        this.#start(own);
        const fingerprint = { algorithm: 'sha-256', value: own.fingerprint } as const;
        const open = (options: DtlsOptions): DtlsAssociation => this.#open(options, true);
        this.#endRehearsal = rehearse(open, fingerprint, () =>
          log.debug('the thread of the DTLS handshakes is ready', { tookMs: Math.round(clock.nowMs() - sinceMs) }),
        );
      },
      () => {}, // the first leg tries again, and is told
    );
  }

  open(options: DtlsOptions): DtlsAssociation {
    this.#endRehearsal();
    return this.#open(options, false);
  }

  #open(options: DtlsOptions, isRehearsal: boolean): DtlsAssociation {
    const id = ++this.#lastId;
    const refusal = this.#stopped
      ? 'the server stops'
      : this.#shaking >= this.#maxHandshakes
        ? `${this.#shaking} DTLS handshakes are under way, more are not begun`
        : null;
    const timer = this.#seams.clock.after(refusal === null ? this.#timeoutMs : 0, () =>
      refusal === null ? this.#timeOut(id) : this.#end(id, 'limit', refusal),
    );
    this.#shaking++;
    this.#associations.set(id, { options, timer, isRehearsal, packets: 0, farewell: null });
    if (refusal === null) this.#post({ kind: 'open', id, setup: options.setup, fingerprints: options.fingerprints });
    return {
      receive: (packet) => this.#receive(id, packet),
      close: () => this.#close(id),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const id of [...this.#associations.keys()]) this.#close(id);
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }

  #ownCertificate(): Promise<SelfSignedCertificate> {
    this.#certificate ??= this.#makeCertificate();
    return this.#certificate;
  }

  async #makeCertificate(): Promise<SelfSignedCertificate> {
    const { clock, random } = this.#seams;
    const now = clock.unixMs();
    const dates = { fromMs: now - validity.beforeMs, untilMs: now + validity.afterMs };
    try {
      return await createSelfSigned({ commonName: 'callbus', hosts: [], ...dates }, random);
    } catch (fault) {
      this.#certificate = null;
      throw new CodedError('media.dtls', String(fault), { cause: fault });
    }
  }

  #receive(id: number, packet: Uint8Array): void {
    const association = this.#associations.get(id);
    if (association === undefined || packet.length > maxPacketBytes) return;
    association.packets++;
    // The worker's memory is used again for the next packet.
    this.#post({ kind: 'packet', id, packet: Uint8Array.from(packet) });
  }

  #post(request: DtlsRequest): void {
    if (this.#thread !== null) this.#thread.post(request);
    else if (this.#waiting !== null) this.#waiting.push(request);
    else if (request.kind === 'open') {
      this.#waiting = [request];
      this.#ownCertificate().then(
        (own) => this.#start(own),
        (fault: unknown) => this.#endShaking(String(fault)),
      );
    }
  }

  #start({ certificate, key }: SelfSignedCertificate): void {
    if (this.#thread !== null || this.#stopped) return;
    const start: DtlsThreadStart = { certificate, key };
    const thread = this.#seams.threads.start(entry, start);
    // Our own thread is at the other end.
    thread.onMessage = (message) => this.#take(message as DtlsReply);
    thread.onExit = (fault) => this.#onExit(thread, fault);
    this.#thread = thread;
    for (const request of this.#waiting ?? []) thread.post(request);
    this.#waiting = null;
  }

  #onExit(thread: Thread, fault: Error | null): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    const why = fault?.message ?? 'it ended';
    this.#seams.log.error('the thread of the DTLS handshakes died; the next browser leg starts another', { why });
    this.#endShaking(why);
  }

  /** Legs that have keys go on without the thread. */
  #endShaking(why: string): void {
    this.#waiting = null;
    for (const [id, { farewell }] of this.#associations) {
      if (farewell === null) this.#end(id, 'thread', `the thread of the DTLS handshakes failed: ${why}`);
    }
  }

  #take(reply: DtlsReply): void {
    const association = this.#associations.get(reply.id);
    if (association === undefined) return;
    switch (reply.kind) {
      case 'send':
        association.options.send(reply.packet);
        return;
      case 'keys':
        association.farewell = reply.farewell;
        association.timer.cancel();
        this.#shaking--;
        if (!association.isRehearsal) this.#count('keys');
        association.options.onKeys(reply.keys);
        return;
      case 'end':
        this.#end(reply.id, reply.ending, reply.detail);
        return;
      default:
        reply satisfies never;
    }
  }

  #timeOut(id: number): void {
    const count = this.#associations.get(id)?.packets ?? 0;
    const came = count === 0 ? 'nothing came from the peer' : `${count} packets came from the peer`;
    this.#post({ kind: 'close', id });
    this.#end(id, 'timeout', `no DTLS handshake within ${this.#timeoutMs} ms: ${came}`);
  }

  #end(id: number, ending: Ending, detail: string): void {
    const association = this.#forget(id);
    if (association === null) return;
    if (!association.isRehearsal) this.#count(ending);
    association.options.onEnd(detail);
  }

  #close(id: number): void {
    const association = this.#forget(id);
    if (association === null) return;
    this.#post({ kind: 'close', id });
    if (association.farewell !== null) association.options.send(association.farewell);
  }

  #forget(id: number): Association | null {
    const association = this.#associations.get(id);
    if (association === undefined) return null;
    this.#associations.delete(id);
    association.timer.cancel();
    if (association.farewell === null) this.#shaking--;
    return association;
  }

  #count(result: Ending | 'keys'): void {
    this.#seams.counters
      .counter('callbus_media_dtls_handshakes_total', 'DTLS handshakes of browser legs, by how they ended')
      .add(1, { result });
  }
}
