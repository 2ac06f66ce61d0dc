import { copySockAddr, newSockAddr, type SockAddr, type SocketHandle, sockAddrEquals } from '../../runtime/index.ts';
import { Budget } from './budget.ts';

/** A full agent checks a pair every 50 ms at most (RFC 8445 14.2), and says some of it twice. */
const checksPerSecond = 40;

/** A remote address that passed a check, and the socket of ours that it came to: a valid pair (RFC 8445 7.3). */
export class CandidatePair {
  /** -1: it is closed. */
  socket: SocketHandle;
  readonly address: SockAddr = newSockAddr();
  /** Of the remote candidate, as its checks tell it. */
  priority = 0;
  /** The last authentic check. */
  checkedMs: number;
  /** The last one with USE-CANDIDATE; minus infinite: none, or none since one without. */
  nominatedMs = Number.NEGATIVE_INFINITY;
  /** The number of the round that its last check belonged to. */
  round: number;
  readonly #budget: Budget;

  constructor(socket: SocketHandle, address: SockAddr, round: number, nowMs: number) {
    this.socket = socket;
    copySockAddr(this.address, address);
    this.round = round;
    this.checkedMs = nowMs;
    this.#budget = new Budget(checksPerSecond, checksPerSecond, nowMs);
  }

  is(socket: SocketHandle, address: SockAddr): boolean {
    return this.socket === socket && sockAddrEquals(this.address, address);
  }

  /** False: it is checked more often than anybody needs. */
  mayCheck(nowMs: number): boolean {
    return this.#budget.take(nowMs);
  }
}
