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
    return sockAddrEquals(from, this.peer);
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
