import { copySockAddr, newSockAddr, type SockAddr, setSockAddr, sockAddrEquals } from '../../runtime/index.ts';

/** Length of a `sockaddr_in`. */
const ipv4Bytes = 16;

/**
 * Whom a port listens and sends to. Before the first valid packet: the address of the session
 * description. Symmetric RTP: the source of the first valid packet takes its place, once; then it
 * is locked until a new description names another address. Strangers are counted by the caller and
 * never obeyed.
 */
export class Latch {
  /** The peer's port and address as numbers while it is IPv4 (port -1: it is not), for quick comparing. */
  #ipv4Port = -1;
  #ipv4Address = 0;
  #ipv4Family = 0;
  #locked = false;
  #symmetric: boolean;
  readonly peer: SockAddr = newSockAddr();
  readonly #described: SockAddr = newSockAddr();

  constructor(symmetric: boolean) {
    this.#symmetric = symmetric;
  }

  get known(): boolean {
    return this.peer.length > 0;
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** Whether a first packet is learned from; takes effect while nothing is locked. */
  set symmetric(symmetric: boolean) {
    this.#symmetric = symmetric;
  }

  /** The next first packet may be learned from again; until it comes, the peer stays who it was. */
  unlock(): void {
    this.#locked = false;
  }

  /** A session description names the peer; the same address again keeps what was learned. */
  describe(address: string, port: number): void {
    const next = setSockAddr(newSockAddr(), address, port);
    if (this.#described.length > 0 && sockAddrEquals(next, this.#described)) return;
    copySockAddr(this.#described, next);
    this.#setPeer(next);
    this.#locked = false;
  }

  /** Is this the peer's packet? Costs no allocation. */
  accepts(from: SockAddr): boolean {
    if (from.length !== ipv4Bytes || this.#ipv4Port < 0) return sockAddrEquals(from, this.peer);
    const bytes = from.bytes;
    return ipv4Port(bytes) === this.#ipv4Port && ipv4Address(bytes) === this.#ipv4Address;
  }

  /**
   * The peer's address, for one `send`. An IPv4 address is written into `scratch`, which is in the
   * processor's cache, where this stream's own buffers most likely are not.
   */
  target(scratch: SockAddr): SockAddr {
    if (this.#ipv4Port < 0) return this.peer;
    const { bytes } = scratch;
    const port = this.#ipv4Port;
    const address = this.#ipv4Address;
    bytes[0] = this.#ipv4Family & 0xff;
    bytes[1] = this.#ipv4Family >> 8;
    bytes[2] = port >> 8;
    bytes[3] = port & 0xff;
    bytes[4] = address >>> 24;
    bytes[5] = (address >> 16) & 0xff;
    bytes[6] = (address >> 8) & 0xff;
    bytes[7] = address & 0xff;
    scratch.length = ipv4Bytes;
    return scratch;
  }

  #setPeer(address: SockAddr): void {
    copySockAddr(this.peer, address);
    const isIpv4 = address.length === ipv4Bytes;
    this.#ipv4Family = isIpv4 ? (address.bytes[0] as number) | ((address.bytes[1] as number) << 8) : 0;
    this.#ipv4Port = isIpv4 ? ipv4Port(address.bytes) : -1;
    this.#ipv4Address = isIpv4 ? ipv4Address(address.bytes) : 0;
  }

  /** Is the peer's address learned from what it sends (symmetric RTP)? */
  get learns(): boolean {
    return this.#symmetric;
  }

  /** May the source of a first valid packet be learned? */
  get open(): boolean {
    return this.#symmetric && !this.#locked;
  }

  /** Locks onto `from`; true when that is another address than before. */
  learn(from: SockAddr): boolean {
    this.#locked = true;
    if (sockAddrEquals(from, this.peer)) return false;
    this.#setPeer(from);
    return true;
  }

  /** Somebody else (ICE) knows who the peer is. */
  direct(peer: SockAddr): void {
    this.#locked = true;
    this.#setPeer(peer);
  }

  state(): LatchState {
    return { peer: toNumbers(this.peer), described: toNumbers(this.#described), locked: this.#locked };
  }

  restore(state: LatchState): void {
    this.#setPeer(fromNumbers(newSockAddr(), state.peer));
    fromNumbers(this.#described, state.described);
    this.#locked = state.locked;
  }
}

/** As plain data: the bytes of the kernel's `sockaddr`. */
export interface LatchState {
  readonly peer: readonly number[];
  readonly described: readonly number[];
  readonly locked: boolean;
}

function toNumbers(address: SockAddr): number[] {
  return [...address.bytes.subarray(0, address.length)];
}

function fromNumbers(address: SockAddr, bytes: readonly number[]): SockAddr {
  address.bytes.fill(0);
  address.bytes.set(bytes.slice(0, address.bytes.length));
  address.length = Math.min(bytes.length, address.bytes.length);
  return address;
}

function ipv4Port(bytes: Uint8Array): number {
  return ((bytes[2] as number) << 8) | (bytes[3] as number);
}

function ipv4Address(bytes: Uint8Array): number {
  const high = ((bytes[4] as number) << 24) | ((bytes[5] as number) << 16);
  return high | ((bytes[6] as number) << 8) | (bytes[7] as number);
}
