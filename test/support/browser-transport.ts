/** The transport of a browser's audio: ICE as the controlling side, simulated DTLS, SRTP, on one socket. */
import { createSimDtls, type DtlsAssociation, type DtlsEngine } from '../../core/media/dtls/index.ts';
import { SrtpContext } from '../../core/media/worker/srtp.ts';
import {
  every,
  newSockAddr,
  type PacketIo,
  type PacketVisitor,
  type Seams,
  type SockAddr,
  type SocketHandle,
  setSockAddr,
  type Timer,
} from '../../core/runtime/index.ts';
import type { Fingerprint } from '../../core/sdp/index.ts';
import type { BrowserSdp, BrowserSide } from './browser-sdp.ts';
import { stunAnswer, stunCheck } from './browser-stun.ts';

const checkMs = 50;
const consentMs = 2500;
const roomForTag = 64;

export interface TransportState {
  /** A pair was nominated with the newest credentials. */
  readonly nominated: boolean;
  readonly secured: boolean;
  /** Why DTLS ended; '' while it goes on. */
  readonly ended: string;
  /** Error statuses that answered our checks. */
  readonly refusals: readonly number[];
}

/** A `PacketIo` for the phones' audio: what it sends is encrypted, what it polls was decrypted. */
export class BrowserTransport implements PacketIo {
  readonly kind = 'sim';
  readonly errors = { receive: 0, send: 0 };
  readonly #seams: Seams;
  readonly #io: PacketIo;
  readonly #socket: SocketHandle;
  readonly #dtls: DtlsEngine;
  readonly fingerprint: Fingerprint;
  readonly #timers: Timer[] = [];
  readonly #address = newSockAddr();
  readonly #received: { readonly packet: Buffer; readonly from: SockAddr }[] = [];
  readonly #tieBreaker: Buffer;
  #local: BrowserSide;
  #remote: BrowserSdp | null = null;
  #association: DtlsAssociation | null = null;
  #srtp: SrtpContext | null = null;
  #pending = new Map<string, { readonly place: BrowserSdp['candidates'][number]; readonly round: string }>();
  #nominatedRound = '';
  #refusals: number[] = [];
  #ended = '';
  #lastCheckMs = -consentMs;
  /** No check is sent, as from behind a firewall. */
  blocked = false;

  private constructor(seams: Seams, io: PacketIo, socket: SocketHandle, dtls: DtlsEngine, fingerprint: Fingerprint) {
    this.#seams = seams;
    this.#io = io;
    this.#socket = socket;
    this.#dtls = dtls;
    this.fingerprint = fingerprint;
    this.#tieBreaker = Buffer.from(seams.random.secure(8));
    this.#local = this.#newSide();
    this.#timers.push(
      every(seams.clock, 10, () => this.#poll()),
      every(seams.clock, checkMs, () => this.#check()),
    );
  }

  static async create(seams: Seams, address: string): Promise<BrowserTransport> {
    const io = seams.packetIo();
    const dtls = createSimDtls(seams);
    return new BrowserTransport(seams, io, await io.open(address, 0), dtls, await dtls.fingerprint());
  }

  get state(): TransportState {
    const nominated = this.#nominatedRound === this.#round && this.#round !== '';
    return { nominated, secured: this.#srtp !== null, ended: this.#ended, refusals: this.#refusals };
  }

  /** Our credentials. */
  get side(): BrowserSide {
    return this.#local;
  }

  /** Fresh credentials for the next description. */
  restart(): void {
    this.#local = this.#newSide();
  }

  /** Offer and answer are done: checks begin, and DTLS once one was answered. `setup`: our part. */
  agree(remote: BrowserSdp, setup: 'active' | 'passive'): void {
    this.#remote = remote;
    this.#lastCheckMs = -consentMs;
    this.#association ??= this.#dtls.open({
      setup,
      fingerprints: [remote.fingerprint],
      send: (packet) => this.#transmit(packet),
      onKeys: (keys) => {
        this.#srtp = new SrtpContext(keys);
      },
      onEnd: (detail) => {
        this.#ended = detail;
      },
    });
  }

  send(_socket: SocketHandle, packet: Uint8Array, length: number): boolean {
    if (this.#srtp === null) return false;
    const room = new Uint8Array(length + roomForTag);
    room.set(packet.subarray(0, length));
    const sealed = this.#srtp.protect(room, length);
    return sealed > 0 && this.#transmit(room.subarray(0, sealed));
  }

  poll(visit: PacketVisitor, limit: number): number {
    const ready = this.#received.splice(0, limit);
    for (const { packet, from } of ready) visit(this.#socket, packet, packet.length, from);
    return ready.length;
  }

  localPort(): number {
    return this.#io.localPort(this.#socket);
  }

  get socket(): SocketHandle {
    return this.#socket;
  }

  open(): Promise<SocketHandle> {
    return Promise.resolve(this.#socket);
  }

  adopt(): void {}

  release(): null {
    return null;
  }

  close(): void {
    this.dispose();
  }

  dispose(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    this.#association?.close();
    void this.#dtls.stop();
    this.#io.dispose();
  }

  get #round(): string {
    return this.#remote === null ? '' : `${this.#remote.ufrag}:${this.#local.ufrag}`;
  }

  #newSide(): BrowserSide {
    const text = (bytes: number): string => Buffer.from(this.#seams.random.secure(bytes)).toString('hex');
    return { ufrag: text(4), password: text(12), fingerprint: this.fingerprint };
  }

  #check(): void {
    const nowMs = this.#seams.clock.nowMs();
    const { nominated } = this.state;
    if (this.#remote === null || this.blocked || (nominated && nowMs - this.#lastCheckMs < consentMs)) return;
    this.#lastCheckMs = nowMs;
    for (const place of this.#remote.candidates) {
      const transactionId = Buffer.from(this.#seams.random.secure(12));
      this.#pending.set(transactionId.toString('hex'), { place, round: this.#round });
      const check = stunCheck({
        transactionId,
        username: this.#round,
        password: this.#remote.password,
        priority: 1_862_270_975,
        tieBreaker: this.#tieBreaker,
        nominates: true,
      });
      const to = setSockAddr(newSockAddr(), place.address, place.port);
      this.#io.send(this.#socket, check, check.length, to);
    }
  }

  #poll(): void {
    this.#io.poll((_socket, packet, length, from) => {
      const own = Buffer.from(packet.subarray(0, length));
      const first = own[0] ?? 0;
      if (first < 4) this.#onStun(own);
      else if (first >= 20 && first < 64) this.#association?.receive(own);
      else if (first >= 128 && first < 192) this.#onRtp(own, from);
    }, 1000);
  }

  #onStun(packet: Buffer): void {
    const answer = stunAnswer(packet, this.#remote?.password ?? '');
    const pending = answer === null ? undefined : this.#pending.get(answer.transactionId);
    if (answer === null || pending === undefined) return;
    this.#pending.delete(answer.transactionId);
    if (answer.status !== 200) {
      this.#refusals.push(answer.status);
      return;
    }
    if (pending.round !== this.#round) return;
    this.#nominatedRound = pending.round;
    setSockAddr(this.#address, pending.place.address, pending.place.port);
  }

  #onRtp(packet: Buffer, from: SockAddr): void {
    const payloadType = (packet[1] ?? 0) & 0x7f;
    if (this.#srtp === null || (payloadType >= 64 && payloadType < 96)) return;
    const length = this.#srtp.unprotect(packet, packet.length);
    if (length > 0) this.#received.push({ packet: packet.subarray(0, length), from });
  }

  #transmit(packet: Uint8Array): boolean {
    if (this.#address.length === 0) return false;
    return this.#io.send(this.#socket, packet, packet.length, this.#address);
  }
}
