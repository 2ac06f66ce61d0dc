/** JSON-RPC in netstrings over TCP, as SEMS's `jsonrpc` (di-interfaces 4), on the network seam. */
import type { Caller } from '../../core/di/index.ts';
import { createSourceCount } from '../../core/http/index.ts';
import {
  asCodedError,
  type Clock,
  CodedError,
  type Counters,
  type Endpoint,
  type Network,
  type TcpConnection,
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
  /** Who an unauthenticated connection is; null: `auth.login` must come first. */
  readonly caller: Caller | null;
  readonly maxPayloadBytes: number;
  readonly maxConnections: number;
  /** Of those from one address that is not loopback; 0: no limit. */
  readonly maxPerSource: number;
}

export interface NetstringFace {
  readonly local: Endpoint;
  stop(): void;
}

/** @throws CodedError `port.taken` naming rpc.netstring.port. */
export async function startNetstring(options: NetstringFaceOptions): Promise<NetstringFace> {
  const { network, address, port } = options;
  const connections = new Set<TcpConnection>();
  const sources = createSourceCount(options.maxPerSource);
  const refused = options.counters.counter(
    'callbus_netstring_refused_total',
    'Netstring connections refused or cut, by reason.',
  );

  function onConnection(connection: TcpConnection): void {
    const source = connection.remote.address;
    const full = connections.size >= options.maxConnections ? 'connections' : sources.isFull(source) ? 'source' : null;
    if (full !== null) {
      refused.add(1, { reason: full });
      connection.destroy();
      return;
    }
    connections.add(connection);
    sources.add(source, 1);
    serve(options, connection, refused, () => {
      connections.delete(connection);
      sources.add(source, -1);
    });
  }

  const listener = await network.listenTcp({ address, port, onConnection }).catch((fault: unknown) => {
    const error = asCodedError(fault, 'network.failed');
    throw new CodedError(error.code, `${error.detail}; choose another with rpc.netstring.port`, { cause: fault });
  });
  return {
    local: listener.local,
    stop() {
      listener.close();
      for (const connection of connections) connection.end();
    },
  };
}

function serve(
  options: NetstringFaceOptions,
  connection: TcpConnection,
  refused: { add(amount: number, labels: { reason: string }): void },
  onEnd: () => void,
): void {
  const stream = createMessageStream(connection, {
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
  const session = createJsonSession(options.services, link, options.caller);
  const login = waitForLogin(session, options.clock, () => {
    stream.cut(new CodedError('rpc.unauthorized', 'auth.login did not come in time'), 'login');
  });
}
