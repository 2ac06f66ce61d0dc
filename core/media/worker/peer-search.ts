import { copySockAddr, newSockAddr, type SockAddr, sockAddrEquals } from '../../runtime/index.ts';
import { seqAdd, seqDiff } from './modular.ts';

/** The locked peer must have been silent for so long: a NAT's binding was lost, or the path changed. */
export const lostPeerMs = 2000;
/** After a new offer and answer it may have moved: then this long is enough. */
export const movedPeerMs = 200;
/** So many packets in a row from the new address, each the next of the source that was heard. */
const inSequence = 3;
/** At most one move in this time. */
const restMs = 10_000;
/** Lost packets at most between the last one heard and the first from elsewhere: a minute of 20 ms. */
const longestGap = 3000;

/**
 * Finds a locked peer again that sends from another address: its stream (the SSRC and the sequence
 * numbers) must go on where it stopped, which who does not see the stream cannot guess.
 */
export class PeerSearch {
  readonly #from: SockAddr = newSockAddr();
  #run = 0;
  #next = 0;
  #movedMs = Number.MIN_SAFE_INTEGER;
  /** How often the peer was found elsewhere. */
  found = 0;

  /** Of a stranger's valid packet that bears the peer's SSRC: is it the peer? */
  isPeer(from: SockAddr, sequence: number, highest: number, nowMs: number): boolean {
    if (nowMs - this.#movedMs < restMs) return false;
    const ahead = seqDiff(sequence, highest);
    if (ahead <= 0 || ahead > longestGap) return false;
    const follows = this.#run > 0 && sequence === this.#next && sockAddrEquals(from, this.#from);
    this.#run = follows ? this.#run + 1 : 1;
    this.#next = seqAdd(sequence, 1);
    if (!follows) copySockAddr(this.#from, from);
    if (this.#run < inSequence) return false;
    this.moved(nowMs);
    return true;
  }

  moved(nowMs: number): void {
    this.#run = 0;
    this.#movedMs = nowMs;
    this.found++;
  }

  /** The peer is heard where it was. */
  reset(): void {
    this.#run = 0;
  }
}
