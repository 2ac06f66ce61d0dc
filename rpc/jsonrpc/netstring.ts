/** JSON-RPC in netstrings over TCP, as SEMS's `jsonrpc` (di-interfaces 4), on the network seam. */
import type { Caller } from '../../core/di/index.ts';
import { createSourceCount, type HttpTls } from '../../core/http/index.ts';
import {
  asCodedError,
  type Clock,
  CodedError,
  type Counters,
  type Endpoint,
  type Network,
  type TcpConnection,
  type TcpListener,
  type TlsCredentials,
  type TlsPeer,
} from '../../core/runtime/index.ts';
import { createMessageStream } from './message-stream.ts';
import { createJsonSession, type SessionLink, type SessionServices, waitForLogin } from './session.ts';

export interface NetstringFaceOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly services: SessionServices;
  readonly address: string;
  readonly port: number;
  /** TLS instead of plain text. */
  readonly tls: HttpTls | null;
  /** Who a connection is before any login, by its client certificate; null: `auth.login` must come first. */
  readonly callerOf: (certificate: TlsPeer | null) => Caller | null;
  readonly maxPayloadBytes: number;
  readonly maxConnections: number;
  /** Of those from one address that is not loopback; 0: no limit. */
  readonly maxPerSource: number;
}

export interface NetstringFace {
  readonly local: Endpoint;
  /** Handshakes from now on use these; nothing without TLS. */
  renewTls(tls: HttpTls): void;
  stop(): void;
}

/** TLS handshakes under way at once, and those of one address. */
const maxHandshakes = 64;
const maxHandshakesOfOne = 16;

/** @throws CodedError `port.taken` naming rpc.netstring.port. */
export async function startNetstring(options: NetstringFaceOptions): Promise<NetstringFace> {
  const { network, address, port } = options;
  const connections = new Set<TcpConnection>();
  const sources = createSourceCount(options.maxPerSource);
  const refused = options.counters.counter(
    'callbus_netstring_refused_total',
    'Netstring connections refused or cut, by reason.',
  );

  function onConnection(connection: TcpConnection, certificate: TlsPeer | null): void {
    const source = connection.remote.address;
    const full = connections.size >= options.maxConnections ? 'connections' : sources.isFull(source) ? 'source' : null;
    if (full !== null) {
      refused.add(1, { reason: full });
      connection.destroy();
      return;
    }
    connections.add(connection);
    sources.add(source, 1);
    serve(options, connection, options.callerOf(certificate), refused, () => {
      connections.delete(connection);
      sources.add(source, -1);
    });
  }

  const { tls } = options;
  const renewable: { renew?: (credentials: TlsCredentials) => void } = {};
  async function listen(): Promise<TcpListener> {
    if (tls === null) {
      return network.listenTcp({ address, port, onConnection: (connection) => onConnection(connection, null) });
    }
    const listener = await network.listenTls({
      address,
      port,
      credentials: credentialsOf(tls),
      requestClientCertificate:
        tls.clientCa === undefined ? 'never' : tls.needsClientCertificate === true ? 'required' : 'optional',
      handshakeMs: 10_000,
      maxHandshakes,
      admit: (_remote, underWay) => underWay < maxHandshakesOfOne,
      onConnection: (connection) => onConnection(connection, connection.peer),
      onRefused: () => refused.add(1, { reason: 'tls' }),
    });
    renewable.renew = (credentials) => listener.renew(credentials);
    return listener;
  }
  const listener = await listen().catch((fault: unknown) => {
    const error = asCodedError(fault, 'network.failed');
    throw new CodedError(error.code, `${error.detail}; choose another with rpc.netstring.port`, { cause: fault });
  });
  return {
    local: listener.local,
    renewTls: (renewed) => renewable.renew?.(credentialsOf(renewed)),
    stop() {
      listener.close();
      for (const connection of connections) connection.end();
    },
  };
}

const credentialsOf = ({ cert, key, clientCa }: HttpTls): TlsCredentials => ({
  certificate: cert,
  key,
  authorities: clientCa ?? null,
});

function serve(
  options: NetstringFaceOptions,
  connection: TcpConnection,
  caller: Caller | null,
  refused: { add(amount: number, labels: { reason: string }): void },
  onEnd: () => void,
): void {
  const stream = createMessageStream(connection, {
    clock: options.clock,
    maxPayloadBytes: options.maxPayloadBytes,
    receive: (text) => session.receive(text),
    onCut: (reason) => refused.add(1, { reason }),
    onClose() {
      login?.cancel();
      session.dispose();
      onEnd();
    },
  });
  const link: SessionLink = {
    face: 'netstring',
    source: connection.remote.address,
    get isSlow() {
      return stream.isSlow;
    },
    send: stream.send,
    close: (reason) => stream.cut(new CodedError('rpc.invalidRequest', reason), 'policy'),
  };
  const session = createJsonSession(options.services, link, caller);
  const login = waitForLogin(session, options.clock, () => {
    stream.cut(new CodedError('rpc.unauthorized', 'auth.login did not come in time'), 'login');
  });
}
