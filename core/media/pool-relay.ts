/** The main thread's handle of a relay and of its lines. */
import { asCodedError, CodedError, type Log } from '../runtime/index.ts';
import type { EngineLink } from './engine-link.ts';
import type { MediaRelay, RelayEvent, RelayLine, RelayLineRequest, RelayStats } from './types.ts';
import type {
  MediaEvent,
  OpenedRelayLine,
  OpenedSockets,
  RelayLineId,
  RelayLineOptions,
  RelayLineStats,
  RelayRemote,
  RelaySideName,
  RelaySideOptions,
  RelaySideStats,
} from './worker/protocol.ts';

/** What a relay's handle needs of its pool. */
export interface RelayPool {
  readonly log: Log;
  nextRelayLine(): RelayLineId;
  lineOptions(request: RelayLineRequest): RelayLineOptions;
  /** Living engines, the one with the least to do first; `near` in front of them all. */
  enginesFor(near: EngineLink | null): readonly EngineLink[];
  addLine(line: PoolRelayLine): void;
  forgetLine(line: PoolRelayLine): void;
}

const noSideStats: RelaySideStats = {
  packetsReceived: 0,
  packetsSent: 0,
  octetsSent: 0,
  packetsFromStrangers: 0,
  packetsEmpty: 0,
  packetsMalformed: 0,
  packetsHeld: 0,
  sendErrors: 0,
};

/** Events of the engine that belong to a relay line. */
export type RelayLineEvent = Extract<MediaEvent, { readonly line: RelayLineId }>;

export class PoolRelayLine implements RelayLine {
  readonly id: RelayLineId;
  readonly sockets: OpenedRelayLine;
  readonly link: EngineLink;
  readonly #relay: PoolRelay;
  #closing: Promise<RelayLineStats> | null = null;
  #over = false;

  constructor(id: RelayLineId, sockets: OpenedRelayLine, link: EngineLink, relay: PoolRelay) {
    this.id = id;
    this.sockets = sockets;
    this.link = link;
    this.#relay = relay;
  }

  get a(): { readonly address: string; readonly rtpPort: number } {
    return faceOf(this.sockets.a);
  }

  get b(): { readonly address: string; readonly rtpPort: number } {
    return faceOf(this.sockets.b);
  }

  configure(side: RelaySideName, remote: RelayRemote | null, options: RelaySideOptions): void {
    if (this.#over || this.#closing !== null) return;
    this.link.send({ kind: 'configureRelaySide', line: this.id, side, remote, options });
  }

  async stats(): Promise<RelayLineStats> {
    if (this.#closing !== null) return this.#closing;
    if (this.#over) return { a: noSideStats, b: noSideStats };
    return (await this.link.request({ kind: 'relayStats', line: this.id })) as RelayLineStats;
  }

  close(): Promise<RelayLineStats> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<RelayLineStats> {
    let stats: RelayLineStats = { a: noSideStats, b: noSideStats };
    if (this.#over) return stats;
    try {
      stats = (await this.link.request({ kind: 'closeRelayLine', line: this.id })) as RelayLineStats;
    } catch (fault) {
      this.#relay.pool.log.warn('a relay line was not closed in order', { line: this.id, fault: String(fault) });
    }
    this.#over = true;
    this.#relay.drop(this);
    return stats;
  }

  /** The engine died: nothing is left of the line. */
  fail(detail: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#relay.drop(this);
    this.#relay.emit({ kind: 'failed', line: this, detail });
  }

  receive(event: RelayLineEvent): void {
    if (this.#over) return;
    const { side } = event;
    if (event.kind === 'relayTimeout') this.#relay.emit({ kind: 'rtpTimeout', line: this, side });
    else if (event.kind === 'relayKey') {
      this.#relay.emit({ kind: 'key', line: this, side, key: event.key, durationMs: event.durationMs });
    } else {
      this.#relay.emit({ kind: 'peerLearned', line: this, side, address: event.address, port: event.port });
    }
  }
}

export class PoolRelay implements MediaRelay {
  readonly pool: RelayPool;
  onEvent: (event: RelayEvent) => void = () => {};
  readonly #addressA: string;
  readonly #addressB: string;
  readonly #lines = new Set<PoolRelayLine>();
  #closing: Promise<RelayStats> | null = null;

  constructor(addressA: string, addressB: string, pool: RelayPool) {
    this.#addressA = addressA;
    this.#addressB = addressB;
    this.pool = pool;
  }

  get lines(): readonly RelayLine[] {
    return [...this.#lines];
  }

  async openLine(request: RelayLineRequest = {}): Promise<RelayLine> {
    if (this.#closing !== null) throw new CodedError('media.failed', 'the relay is closed');
    const id = this.pool.nextRelayLine();
    const options = this.pool.lineOptions(request);
    const command = {
      kind: 'openRelayLine',
      line: id,
      addressA: this.#addressA,
      addressB: this.#addressB,
      options,
    } as const;
    let noPort: CodedError | null = null;
    const [first] = this.#lines;
    for (const link of this.pool.enginesFor(first?.link ?? null)) {
      try {
        const sockets = (await link.request(command)) as OpenedRelayLine;
        return await this.#add(new PoolRelayLine(id, sockets, link, this));
      } catch (fault) {
        const error = asCodedError(fault, 'media.failed');
        if (error.code !== 'media.noPort') throw error;
        noPort = error;
      }
    }
    throw noPort ?? new CodedError('media.failed', 'no media worker is running');
  }

  async #add(line: PoolRelayLine): Promise<RelayLine> {
    this.#lines.add(line);
    this.pool.addLine(line);
    if (this.#closing === null) return line;
    await line.close(); // the relay was closed meanwhile
    throw new CodedError('media.failed', 'the relay is closed');
  }

  close(): Promise<RelayStats> {
    this.#closing ??= Promise.all([...this.#lines].map((line) => line.close())).then((lines) => ({ lines }));
    return this.#closing;
  }

  drop(line: PoolRelayLine): void {
    this.#lines.delete(line);
    this.pool.forgetLine(line);
  }

  emit(event: RelayEvent): void {
    try {
      this.onEvent(event);
    } catch (fault) {
      this.pool.log.error('a listener of relay events threw', { line: event.line.id, fault: String(fault) });
    }
  }
}

function faceOf({ address, rtpPort }: OpenedSockets): { readonly address: string; readonly rtpPort: number } {
  return { address, rtpPort };
}
