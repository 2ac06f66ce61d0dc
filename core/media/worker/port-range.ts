import { type Clock, CodedError, formatHost, type PacketIo, type Random } from '../../runtime/index.ts';
import type { OpenedSockets } from './protocol.ts';

/** A closed pair rests so long: late packets of the old call must not be heard in a new one. */
const restMs = 3000;

/** A browser leg has RTCP on its RTP port (RFC 5761). */
const noSocket = -1;

/** Pairs in use that are tried before a call is refused: one that moved to another thread may have been closed there. */
const probes = 8;

/**
 * Binds pairs of ports out of a range: RTP even, RTCP the next odd one (RFC 3550, section 11), in turn
 * from a random one on. The kernel keeps the books: a pair that is taken, by us or by somebody else,
 * is passed over, and not tried again before all others were. So a range that is full refuses after
 * as few calls as a free one opens. Pairs that were closed a moment ago come last.
 */
export class PortRange {
  readonly #io: PacketIo;
  readonly #clock: Clock;
  readonly #first: number;
  readonly #pairs: number;
  /** The pair to begin with, and how many from there on were tried once. */
  readonly #start: number;
  #tried = 0;
  /** RTP ports that were closed and have rested, the longest ago first. */
  readonly #free = new Set<number>();
  /** RTP ports that were closed, the longest ago first, and until when they rest. */
  readonly #resting = new Map<number, number>();
  /** RTP ports that we use, or that were found in use, the longest ago first. */
  readonly #taken = new Set<number>();

  constructor(io: PacketIo, clock: Clock, random: Random, range: readonly [first: number, last: number]) {
    this.#io = io;
    this.#clock = clock;
    this.#first = range[0] + (range[0] & 1);
    this.#pairs = Math.max(0, Math.floor((range[1] - this.#first + 1) / 2));
    this.#start = this.#pairs === 0 ? 0 : random.integer(this.#pairs);
  }

  /** Binds a free pair, or with `muxed` the first port of one. @throws CodedError `media.noPort` when the whole range is in use, `network.failed`. */
  async open(address: string, muxed = false): Promise<OpenedSockets> {
    this.#wake();
    for (let rtpPort = this.#next(); rtpPort !== null; rtpPort = this.#next()) {
      const opened = await this.#try(address, rtpPort, muxed);
      if (opened !== null) return opened;
    }
    for (let left = probes; left > 0; left--) {
      const [oldest] = this.#taken;
      if (oldest === undefined) break;
      const opened = await this.#try(address, oldest, muxed);
      if (opened !== null) return opened;
    }
    const last = this.#first + 2 * this.#pairs - 1;
    throw new CodedError(
      'media.noPort',
      `${formatHost(address)}: all ${this.#pairs} pairs of ports ${this.#first} to ${last} are in use; widen media.ports`,
    );
  }

  /** The next pair that may be free; one that rests only when there is no other: a call is worth more. */
  #next(): number | null {
    while (this.#tried < this.#pairs) {
      const rtpPort = this.#first + 2 * ((this.#start + this.#tried++) % this.#pairs);
      if (!this.#taken.has(rtpPort) && !this.#resting.has(rtpPort)) return rtpPort;
    }
    const [free] = this.#free;
    if (free !== undefined) return free;
    const [resting] = this.#resting.keys();
    return resting ?? null;
  }

  /** Null when the pair is taken: an address that is not ours fails on every port alike. */
  async #try(address: string, rtpPort: number, muxed: boolean): Promise<OpenedSockets | null> {
    try {
      return await this.bind(address, rtpPort, muxed);
    } catch (fault) {
      if (fault instanceof CodedError && fault.code === 'port.taken') return null;
      this.#taken.delete(rtpPort);
      this.#free.add(rtpPort);
      throw fault;
    }
  }

  /** Binds exactly this pair, or its first port. @throws CodedError `port.taken`, `network.failed`. */
  async bind(address: string, rtpPort: number, muxed = false): Promise<OpenedSockets> {
    this.#free.delete(rtpPort);
    this.#resting.delete(rtpPort);
    this.#taken.delete(rtpPort); // to the end of the list
    if (this.#isOurs(rtpPort)) this.#taken.add(rtpPort);
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
    if (!this.#isOurs(rtpPort)) return;
    this.#taken.delete(rtpPort);
    this.#free.delete(rtpPort);
    this.#resting.delete(rtpPort);
    this.#resting.set(rtpPort, this.#clock.nowMs() + restMs);
  }

  #isOurs(rtpPort: number): boolean {
    return rtpPort >= this.#first && rtpPort < this.#first + 2 * this.#pairs;
  }

  #wake(): void {
    const nowMs = this.#clock.nowMs();
    for (const [rtpPort, untilMs] of this.#resting) {
      if (untilMs > nowMs) return;
      this.#resting.delete(rtpPort);
      this.#free.add(rtpPort);
    }
  }
}
