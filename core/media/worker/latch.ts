import { copySockAddr, newSockAddr, type SockAddr, setSockAddr, sockAddrEquals } from '../../runtime/index.ts';

/**
 * Whom a port listens and sends to. Before the first valid packet: the address of the session
 * description. Symmetric RTP: the source of the first valid packet takes its place, once; then it
 * is locked until a new description names another address. Strangers are counted by the caller and
 * never obeyed.
 */
export class Latch {
  readonly peer: SockAddr = newSockAddr();
  readonly #described: SockAddr = newSockAddr();
  #locked = false;
  readonly #symmetric: boolean;

  constructor(symmetric: boolean) {
    this.#symmetric = symmetric;
  }

  get known(): boolean {
    return this.peer.length > 0;
  }

  get locked(): boolean {
    return this.#locked;
  }

  /** A session description names the peer; the same address again keeps what was learned. */
  describe(address: string, port: number): void {
    const next = setSockAddr(newSockAddr(), address, port);
    if (this.#described.length > 0 && sockAddrEquals(next, this.#described)) return;
    copySockAddr(this.#described, next);
    copySockAddr(this.peer, next);
    this.#locked = false;
  }

  /** Is this the peer's packet? Costs no allocation. */
  accepts(from: SockAddr): boolean {
    const a = from.bytes;
    const b = this.peer.bytes;
    if (from.length !== 16 || this.peer.length !== 16) return sockAddrEquals(from, this.peer);
    // IPv4, the usual case: port and address.
    return a[2] === b[2] && a[3] === b[3] && a[4] === b[4] && a[5] === b[5] && a[6] === b[6] && a[7] === b[7];
  }

  /** May the source of a first valid packet be learned? */
  get open(): boolean {
    return this.#symmetric && !this.#locked;
  }

  /** Locks onto `from`; true when that is another address than before. */
  learn(from: SockAddr): boolean {
    this.#locked = true;
    if (sockAddrEquals(from, this.peer)) return false;
    copySockAddr(this.peer, from);
    return true;
  }

  state(): LatchState {
    return { peer: toNumbers(this.peer), described: toNumbers(this.#described), locked: this.#locked };
  }

  restore(state: LatchState): void {
    fromNumbers(this.peer, state.peer);
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

function fromNumbers(address: SockAddr, bytes: readonly number[]): void {
  address.bytes.fill(0);
  address.bytes.set(bytes.slice(0, address.bytes.length));
  address.length = Math.min(bytes.length, address.bytes.length);
}
