import { CodedError, type PacketIo, type Random } from '../../runtime/index.ts';
import type { OpenedSockets } from './protocol.ts';

/**
 * Binds pairs of ports out of a range: RTP even, RTCP the next odd one (RFC 3550, section 11). The
 * search starts at random and goes around once. The kernel keeps the books: a port that is taken,
 * by us or by somebody else, is skipped.
 */
export class PortRange {
  readonly #io: PacketIo;
  readonly #first: number;
  readonly #pairs: number;
  #next: number;

  constructor(io: PacketIo, random: Random, range: readonly [first: number, last: number]) {
    this.#io = io;
    this.#first = range[0] + (range[0] & 1);
    this.#pairs = Math.max(0, Math.floor((range[1] - this.#first + 1) / 2));
    this.#next = this.#pairs === 0 ? 0 : random.integer(this.#pairs);
  }

  /** Binds a free pair. @throws CodedError `media.noPort` when the whole range is in use, `network.failed`. */
  async open(address: string): Promise<OpenedSockets> {
    for (let tries = 0; tries < this.#pairs; tries++) {
      const rtpPort = this.#first + 2 * this.#next;
      this.#next = (this.#next + 1) % this.#pairs;
      try {
        return await this.bind(address, rtpPort);
      } catch (fault) {
        // An address that is not ours fails on every port alike: only a taken port is worth another try.
        if (!(fault instanceof CodedError) || fault.code !== 'port.taken') throw fault;
      }
    }
    const last = this.#first + 2 * this.#pairs - 1;
    throw new CodedError('media.noPort', `${address}, ports ${this.#first} to ${last}`);
  }

  /** Binds exactly this pair. @throws CodedError `port.taken`, `network.failed`. */
  async bind(address: string, rtpPort: number): Promise<OpenedSockets> {
    const rtp = await this.#io.open(address, rtpPort);
    try {
      const rtcp = await this.#io.open(address, rtpPort + 1);
      return { address, rtpPort, rtp, rtcp };
    } catch (fault) {
      this.#io.close(rtp);
      throw fault;
    }
  }
}
