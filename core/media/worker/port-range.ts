import { CodedError, type PacketIo, type Random } from '../../runtime/index.ts';
import type { StreamSockets } from './stream.ts';

/**
 * Binds pairs of ports out of a range: RTP even, RTCP the next odd one (RFC 3550, section 11). The
 * search starts at random and goes around once; ports that somebody else has are skipped.
 */
export class PortRange {
  readonly #io: PacketIo;
  readonly #first: number;
  readonly #pairs: number;
  #next: number;
  /** Pairs in use or being bound, by `address port`. */
  readonly #taken = new Set<string>();

  constructor(io: PacketIo, random: Random, range: readonly [first: number, last: number]) {
    this.#io = io;
    this.#first = range[0] + (range[0] & 1);
    this.#pairs = Math.max(0, Math.floor((range[1] - this.#first + 1) / 2));
    this.#next = this.#pairs === 0 ? 0 : random.integer(this.#pairs);
  }

  /** Binds a free pair. @throws CodedError `media.noPort` when the whole range is in use. */
  async open(address: string): Promise<StreamSockets> {
    for (let tries = 0; tries < this.#pairs; tries++) {
      const rtpPort = this.#first + 2 * this.#next;
      this.#next = (this.#next + 1) % this.#pairs;
      const key = `${address} ${rtpPort}`;
      if (this.#taken.has(key)) continue;
      this.#taken.add(key);
      try {
        return await this.bind(address, rtpPort);
      } catch (fault) {
        this.#taken.delete(key);
        // An address that is not ours fails on every port alike: only a taken port is worth another try.
        if (!(fault instanceof CodedError) || fault.code !== 'port.taken') throw fault;
      }
    }
    const last = this.#first + 2 * this.#pairs - 1;
    throw new CodedError('media.noPort', `${address}, ports ${this.#first} to ${last}`);
  }

  /** Binds exactly this pair. @throws CodedError `port.taken`, `network.failed`. */
  async bind(address: string, rtpPort: number): Promise<StreamSockets> {
    const rtp = await this.#io.open(address, rtpPort);
    try {
      const rtcp = await this.#io.open(address, rtpPort + 1);
      this.#taken.add(`${address} ${rtpPort}`);
      return { address, rtpPort, rtp, rtcp };
    } catch (fault) {
      this.#io.close(rtp);
      throw fault;
    }
  }

  /** Marks a pair that came from another engine, or gives one away. */
  hold(sockets: StreamSockets): void {
    this.#taken.add(`${sockets.address} ${sockets.rtpPort}`);
  }

  release(sockets: StreamSockets): void {
    this.#taken.delete(`${sockets.address} ${sockets.rtpPort}`);
  }
}
