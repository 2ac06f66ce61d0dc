/** TLS: listeners and connections, with identities checked by RFC 5922. */
import { CodedError, formatEndpoint, type TlsCredentials, type TlsListener } from '../runtime/index.ts';
import { type Channel, chooseListener, type Hop, type Listener, plainAddress, sentByOf } from './flow.ts';
import { CONNECT_TIMEOUT_MS, HANDSHAKE_MS, MAX_HANDSHAKES, MAX_HANDSHAKES_PER_SOURCE } from './stack-limits.ts';
import { type ListenerWish, sipMark, type TransportContext } from './transport-context.ts';
import { loadCredentials, type TlsFiles } from './transport-credentials.ts';
import { serverFault, sipIdentities } from './transport-identity.ts';
import { keyOf, type StreamPool } from './transport-streams.ts';
import type { ReloadReport } from './types.ts';

interface OpenListener extends Listener {
  readonly socket: TlsListener;
  readonly files: TlsFiles;
  /** The configuration key of `files`. */
  readonly where: string;
}

export interface TlsListenerWish extends ListenerWish {
  readonly files: TlsFiles;
  readonly where: string;
  readonly requestClientCertificate: 'never' | 'optional' | 'required';
}

export class TlsTransport {
  readonly listeners: OpenListener[] = [];
  readonly #context: TransportContext;
  readonly #pool: StreamPool;
  /** As client. */
  #credentials: TlsCredentials = { certificate: null, key: null, authorities: null };

  constructor(context: TransportContext, pool: StreamPool) {
    this.#context = context;
    this.#pool = pool;
  }

  /** Reads what `sip.tls` says. @throws CodedError `config.invalid`, `tls.credentials`. */
  async prepare(): Promise<void> {
    const { config, seams } = this.#context;
    const fresh = await loadCredentials(seams.files, config.tls, 'sip.tls');
    try {
      seams.network.checkTls(fresh);
    } catch (fault) {
      naming(fault, 'sip.tls');
    }
    this.#credentials = fresh;
  }

  /** @throws CodedError `config.invalid`, `tls.credentials`, `port.taken`, `network.failed`. */
  async listen(wish: TlsListenerWish): Promise<Listener> {
    const { seams, counters } = this.#context;
    const { address, port, name, advertised, files, where } = wish;
    if (files.certFile === undefined) {
      throw new CodedError(
        'config.invalid',
        `${where}.certFile: a TLS listener needs a certificate (or sip.tls.certFile)`,
      );
    }
    const credentials = await loadCredentials(seams.files, files, where);
    const socket = await seams.network
      .listenTls({
        address,
        port,
        dscp: sipMark(this.#context),
        credentials,
        requestClientCertificate: wish.requestClientCertificate,
        handshakeMs: HANDSHAKE_MS,
        maxHandshakes: MAX_HANDSHAKES,
        admit: (remote, underWay) => this.#admits(plainAddress(remote.address), underWay),
        onConnection: (connection) =>
          void this.#pool.adopt(connection, {
            transport: 'tls',
            outgoing: false,
            sentBy: sentByOf(listener, plainAddress(connection.local.address)),
            identities: sipIdentities(connection.peer),
            // A port that a stranger chose proves nothing: only `alias` leads back (RFC 5923).
            key: null,
          }),
        onRefused: (remote, why) => {
          counters.tlsRefused.add();
          seams.log.debug('TLS handshake failed', { peer: formatEndpoint(remote), why });
        },
      })
      .catch((fault: unknown) => naming(fault, where));
    const listener: OpenListener = { transport: 'tls', bound: socket.local, advertised, name, socket, files, where };
    this.listeners.push(listener);
    return listener;
  }

  /** One stranger that never ends its handshakes must not keep all others out. */
  #admits(address: string, handshakes: number): boolean {
    const { counters, trust } = this.#context;
    if (!this.#pool.admits(address)) return false;
    if (handshakes < MAX_HANDSHAKES_PER_SOURCE || trust.covers(address)) return true;
    counters.connectionsRefused.add(1, { limit: 'handshakes' });
    return false;
  }

  /**
   * A connection to `hop` whose certificate names `hop.serverName`: an open one, one that the peer itself opened
   * and offered by `alias`, or a new one.
   * @throws CodedError `network.failed`, `tls.failed`.
   */
  async connect(hop: Hop, source: string | null, listeners: readonly Listener[] = this.listeners): Promise<Channel> {
    const serverName = hop.serverName ?? hop.address;
    const alias = this.#pool.aliasTo(hop);
    if (alias?.flow.peerIdentities?.includes(serverName.toLowerCase()) === true) return alias;
    const key = keyOf({ ...hop, serverName }, source ?? '');
    return this.#pool.use(key, async () => {
      const { seams, config, counters } = this.#context;
      const connection = await seams.network.connectTls(hop, {
        timeoutMs: CONNECT_TIMEOUT_MS,
        dscp: sipMark(this.#context),
        serverName,
        credentials: this.#credentials,
        ...(source === null ? {} : { localAddress: source }),
      });
      const fault = config.tls.verifyServers ? serverFault(connection.peer, serverName) : null;
      if (fault !== null) {
        connection.destroy();
        counters.tlsRefused.add();
        seams.log.info('a TLS server was refused', { peer: formatEndpoint(hop), why: fault });
        throw new CodedError(
          'tls.failed',
          `${formatEndpoint(hop)}: ${fault} (authorities: sip.tls.caFile; sip.tls.verifyServers: false would let it pass)`,
        );
      }
      const local = plainAddress(connection.local.address);
      const listener = chooseListener(listeners, 'tls', hop.address, local);
      const stream = this.#pool.adopt(connection, {
        transport: 'tls',
        outgoing: true,
        sentBy: listener === null ? formatEndpoint(connection.local) : sentByOf(listener, local),
        identities: config.tls.verifyServers ? sipIdentities(connection.peer) : [],
        alias: this.#credentials.certificate !== null,
        key,
      });
      if (stream === null) throw new CodedError('network.failed', 'too many connections (sip.maxConnections)');
      return stream;
    });
  }

  /** Reads all files again; what is broken leaves the old in use. Open connections go on. */
  async reload(): Promise<ReloadReport> {
    const renewed: string[] = [];
    const faults: string[] = [];
    const attempt = async (work: () => Promise<string | null>): Promise<void> => {
      try {
        const done = await work();
        if (done !== null) renewed.push(done);
      } catch (fault) {
        faults.push(`${fault instanceof Error ? fault.message : String(fault)} (the old certificate stays in use)`);
      }
    };
    await attempt(async () => {
      await this.prepare();
      return null;
    });
    for (const { socket, files, where, bound } of this.listeners) {
      await attempt(async () => {
        const fresh = await loadCredentials(this.#context.seams.files, files, where);
        try {
          socket.renew(fresh);
        } catch (fault) {
          naming(fault, where);
        }
        return `tls ${formatEndpoint(bound)}`;
      });
    }
    return { renewed, faults };
  }

  close(): void {
    for (const { socket } of this.listeners) socket.close();
    this.listeners.length = 0;
  }
}

/** A fault of certificates, with the configuration key that they come from. */
function naming(fault: unknown, where: string): never {
  if (fault instanceof CodedError && fault.code === 'tls.credentials') {
    throw new CodedError('tls.credentials', `${where}: ${fault.detail}`, { cause: fault });
  }
  throw fault;
}
