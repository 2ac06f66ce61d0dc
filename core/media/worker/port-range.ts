import { type Clock, CodedError, formatHost, type PacketIo, type Random } from '../../runtime/index.ts';
import type { OpenedSockets } from './protocol.ts';

/** A closed pair rests so long: late packets of the old call must not be heard in a new one. */
const restMs = 3000;

/** A browser leg has RTCP on its RTP port (RFC 5761). */
const noSocket = -1;

/**
 * Binds pairs of ports out of a range: RTP even, RTCP the next odd one (RFC 3550, section 11). The
 * search starts at random and goes around once. The kernel keeps the books: a port that is taken, by
 * us or by somebody else, is skipped. Pairs that were closed a moment ago come last.
 */
export class PortRange {
  readonly #io: PacketIo;
  readonly #clock: Clock;
  readonly #first: number;
  readonly #pairs: number;
  #next: number;
  /** RTP ports that were closed, the longest ago first, and until when they rest. */
  readonly #resting = new Map<number, number>();

  constructor(io: PacketIo, clock: Clock, random: Random, range: readonly [first: number, last: number]) {
    this.#io = io;
    this.#clock = clock;
    this.#first = range[0] + (range[0] & 1);
    this.#pairs = Math.max(0, Math.floor((range[1] - this.#first + 1) / 2));
    this.#next = this.#pairs === 0 ? 0 : random.integer(this.#pairs);
  }

  /** Binds a free pair, or with `muxed` the first port of one. @throws CodedError `media.noPort` when the whole range is in use, `network.failed`. */
  async open(address: string, muxed = false): Promise<OpenedSockets> {
    this.#wake();
    for (let tries = 0; tries < this.#pairs; tries++) {
      const rtpPort = this.#first + 2 * this.#next;
      this.#next = (this.#next + 1) % this.#pairs;
      if (this.#resting.has(rtpPort)) continue;
      const opened = await this.#try(address, rtpPort, muxed);
      if (opened !== null) return opened;
    }
    // A call is worth more than its rest.
    for (const rtpPort of [...this.#resting.keys()]) {
      const opened = await this.#try(address, rtpPort, muxed);
      if (opened !== null) return opened;
    }
    const last = this.#first + 2 * this.#pairs - 1;
    throw new CodedError(
      'media.noPort',
      `${formatHost(address)}: all ${this.#pairs} pairs of ports ${this.#first} to ${last} are in use; widen media.ports`,
    );
  }

  /** Null when the pair is taken: an address that is not ours fails on every port alike. */
  async #try(address: string, rtpPort: number, muxed: boolean): Promise<OpenedSockets | null> {
    try {
      const opened = await this.bind(address, rtpPort, muxed);
      this.#resting.delete(rtpPort);
      return opened;
    } catch (fault) {
      if (!(fault instanceof CodedError) || fault.code !== 'port.taken') throw fault;
      return null;
    }
  }

  /** Binds exactly this pair, or its first port. @throws CodedError `port.taken`, `network.failed`. */
  async bind(address: string, rtpPort: number, muxed = false): Promise<OpenedSockets> {
    const rtp = await this.#io.open(address, rtpPort);
    if (muxed) return { address, rtpPort, rtp, rtcp: noSocket };
    try {
      const rtcp = await this.#io.open(address, rtpPort + 1);
      return { address, rtpPort, rtp, rtcp };
    } catch (fault) {
      this.#io.close(rtp);
      throw fault;
    }
  }

  /** Closes a pair that `open` or `bind` gave, or that another engine did; it is not used again for a moment. */
  close({ rtpPort, rtp, rtcp }: OpenedSockets): void {
    this.#io.close(rtp);
    if (rtcp !== noSocket) this.#io.close(rtcp);
    this.#resting.delete(rtpPort);
    if (this.#isOurs(rtpPort)) this.#resting.set(rtpPort, this.#clock.nowMs() + restMs);
  }

  #isOurs(rtpPort: number): boolean {
    return rtpPort >= this.#first && rtpPort < this.#first + 2 * this.#pairs;
  }

  #wake(): void {
    const nowMs = this.#clock.nowMs();
    for (const [rtpPort, untilMs] of this.#resting) {
      if (untilMs > nowMs) return;
      this.#resting.delete(rtpPort);
    }
  }
}
