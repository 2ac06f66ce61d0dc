import { copyBytes } from './bytes.ts';
import { CodedError } from './errors.ts';
import { type ConnectOptions, type Endpoint, formatEndpoint, type TcpConnection } from './network.ts';
import { simRank } from './sim-clock.ts';
import { type HostEntry, noBytes, type SimInternet, type Traffic } from './sim-internet.ts';

/** A connection that one of our hosts opens to an address where no host is. */
export interface StrangerAttempt {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Lets it in; what is returned is the stranger's end. */
  accept(): TcpConnection;
  refuse(detail: string): void;
}

/** Above this many undelivered bytes `write` returns false. */
const highWaterBytes = 1024 * 1024;
/** A cut connection tries again that often, and gives up after that long (RFC 9293, user time-out). */
const retryMs = 1000;
const giveUpMs = 60_000;

/** Connects from a host, as `Network.connectTcp`. */
export function simConnect(
  host: HostEntry,
  to: Endpoint,
  { timeoutMs, localAddress: wished }: ConnectOptions,
): Promise<TcpConnection> {
  const { internet } = host;
  const { clock } = internet;
  return new Promise((resolve, reject) => {
    const localAddress = wished ?? host.sourceFor(to.address);
    const from: Endpoint = {
      address: localAddress,
      port: host.choosePort({ address: localAddress, port: 0 }, () => false),
    };
    const connection = internet.newConnectionId();
    const latencyMs = internet.link(from.address, to.address).latencyMs;
    let waiting = true;
    const settle = (outcome: () => void): void => {
      if (!waiting) return;
      waiting = false;
      timer.cancel();
      outcome();
    };
    const refuse = (detail: string): void =>
      settle(() => {
        note(internet, 'refused', connection, from, to);
        reject(new CodedError('network.failed', `TCP to ${formatEndpoint(to)}: ${detail}`));
      });
    const timer = clock.after(timeoutMs, () => refuse(`no answer within ${timeoutMs} ms`));
    const connected = (end: SimTcpEnd): void =>
      settle(() => {
        note(internet, 'connected', connection, from, to);
        resolve(end);
      });
    const makePair = (peer: HostEntry | null): [SimTcpEnd, SimTcpEnd] => {
      const ours = new SimTcpEnd(internet, connection, host, from, to);
      const theirs = new SimTcpEnd(internet, connection, peer, to, from);
      ours.peer = theirs;
      theirs.peer = ours;
      return [ours, theirs];
    };
    const knock = (): void => {
      if (internet.isCut(from.address, to.address)) return; // the SYN is lost: the time-out tells
      const peer = internet.hostOf(to.address, host);
      if (peer === null) {
        const attempt: StrangerAttempt = {
          from,
          to,
          accept() {
            const [ours, theirs] = makePair(null);
            connected(ours);
            return theirs;
          },
          refuse,
        };
        internet.onStranger?.(attempt); // nobody there: the time-out tells
        return;
      }
      const listener = peer.network.listenerAt(to);
      if (listener === null) {
        clock.at(clock.nowMs() + latencyMs, () => refuse('ECONNREFUSED'), simRank.arrival);
        return;
      }
      const [ours, theirs] = makePair(peer);
      note(internet, 'accepted', connection, to, from);
      listener.onConnection(theirs);
      clock.at(clock.nowMs() + latencyMs, () => connected(ours), simRank.arrival);
    };
    clock.at(clock.nowMs() + latencyMs, knock, simRank.arrival);
  });
}

/**
 * Opens a connection to a listening host in the name of an address where no host is (replay of a
 * journal); it exists at once. Null when nobody listens.
 */
export function connectAsStranger(internet: SimInternet, from: Endpoint, to: Endpoint): TcpConnection | null {
  const host = internet.hostAt(to.address);
  const listener = host?.network.listenerAt(to) ?? null;
  if (host === null || listener === null) return null;
  const connection = internet.newConnectionId();
  const theirs = new SimTcpEnd(internet, connection, null, from, to);
  const ours = new SimTcpEnd(internet, connection, host, to, from);
  ours.peer = theirs;
  theirs.peer = ours;
  note(internet, 'accepted', connection, to, from);
  listener.onConnection(ours);
  return theirs;
}

/** One end of a simulated TCP connection. Bytes arrive in order, cut connections stall. */
export class SimTcpEnd implements TcpConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #internet: SimInternet;
  readonly #connection: number;
  readonly #host: HostEntry | null;
  readonly #name: string;
  peer: SimTcpEnd | null = null;
  /** When a stranger's end writes, it arrives at once: the journal has the time of arrival. */
  readonly #immediate: boolean;
  #lastDueMs = 0;
  #queuedBytes = 0;
  #sendable = true;
  #closed = false;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (fault: Error | null) => void = () => {};

  constructor(internet: SimInternet, connection: number, host: HostEntry | null, local: Endpoint, remote: Endpoint) {
    this.#internet = internet;
    this.#connection = connection;
    this.#host = host;
    this.#immediate = host === null;
    this.local = local;
    this.remote = remote;
    this.#name = `tcp ${formatEndpoint(local)} ${formatEndpoint(remote)}`;
    host?.streams.add(this.#name);
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#sendable || bytes.length === 0) return this.#sendable;
    const copy = copyBytes(bytes);
    this.#queuedBytes += copy.length;
    this.#pass(() => {
      this.#queuedBytes -= copy.length;
      this.peer?.arrived(copy);
    });
    return this.#queuedBytes < highWaterBytes;
  }

  end(): void {
    if (!this.#sendable) return;
    this.#sendable = false;
    this.#pass(() => {
      this.peer?.finish(null);
      this.#pass(() => this.finish(null));
    });
  }

  destroy(): void {
    if (this.#closed) return;
    this.#sendable = false;
    this.#pass(() => this.peer?.finish(new Error('ECONNRESET')));
    this.#internet.clock.after(0, () => this.finish(null));
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  arrived(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#host !== null) note(this.#internet, 'data', this.#connection, this.local, this.remote, bytes);
    this.onData(copyBytes(bytes));
  }

  finish(fault: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sendable = false;
    this.#host?.streams.delete(this.#name);
    if (this.#host !== null) note(this.#internet, 'closed', this.#connection, this.local, this.remote);
    this.onClose(fault);
  }

  /** Runs `arrive` one latency from now and after everything sent before. */
  #pass(arrive: () => void): void {
    if (this.#immediate) {
      arrive();
      return;
    }
    const { clock } = this.#internet;
    const { latencyMs } = this.#internet.link(this.local.address, this.remote.address);
    this.#lastDueMs = Math.max(this.#lastDueMs, clock.nowMs() + latencyMs);
    const sentMs = clock.nowMs();
    const attempt = (): void => {
      if (!this.#internet.isCut(this.local.address, this.remote.address)) arrive();
      else if (clock.nowMs() - sentMs > giveUpMs) this.finish(new Error('ETIMEDOUT'));
      else {
        this.#lastDueMs = Math.max(this.#lastDueMs, clock.nowMs() + retryMs);
        clock.at(clock.nowMs() + retryMs, attempt, simRank.arrival);
      }
    };
    clock.at(this.#lastDueMs, attempt, simRank.arrival);
  }
}

function note(
  internet: SimInternet,
  event: Extract<Traffic, { kind: 'tcp' }>['event'],
  connection: number,
  at: Endpoint,
  peer: Endpoint,
  bytes: Uint8Array | null = null,
): void {
  if (!internet.tapped) return;
  internet.emit({ kind: 'tcp', event, atMs: internet.clock.nowMs(), connection, at, peer, bytes: bytes ?? noBytes });
}
