/** JSON-RPC in netstrings over TCP, as SEMS's `jsonrpc` (di-interfaces 4), on the network seam. */
import type { Caller } from '../../core/di/index.ts';
import {
  asCodedError,
  type Clock,
  CodedError,
  type Counters,
  type Endpoint,
  type Network,
  type TcpConnection,
} from '../../core/runtime/index.ts';
import { jsonErrorOf } from '../errors.ts';
import { errorText } from './dispatch.ts';
import { createNetstringReader, netstring } from './netstring-framing.ts';
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
}

export interface NetstringFace {
  readonly local: Endpoint;
  stop(): void;
}

/** SEMS's own limit. */
const semsPayloadBytes = 20 * 1024 * 1024 - 2;
/** Messages of one connection that wait for their turn. */
const maxQueued = 100;
/** Sends in a row that found the socket's buffer full. */
const maxCongested = 100;

/** @throws CodedError `port.taken` naming rpc.netstring.port. */
export async function startNetstring(options: NetstringFaceOptions): Promise<NetstringFace> {
  const { network, address, port } = options;
  const connections = new Set<TcpConnection>();
  const refused = options.counters.counter(
    'callbus_netstring_refused_total',
    'Netstring connections refused or cut, by reason.',
  );

  function onConnection(connection: TcpConnection): void {
    if (connections.size >= options.maxConnections) {
      refused.add(1, { reason: 'connections' });
      connection.destroy();
      return;
    }
    connections.add(connection);
    serve(options, connection, refused, () => connections.delete(connection));
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
  const reader = createNetstringReader(Math.min(options.maxPayloadBytes, semsPayloadBytes));
  const queue: string[] = [];
  let congested = 0;
  let isBusy = false;
  let isOpen = true;

  const send = (text: string): void => {
    if (!isOpen) return;
    congested = connection.write(netstring(text)) ? 0 : congested + 1;
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    queue.length = 0;
    connection.end();
  };
  /** Says why, and closes. */
  const cut = (error: CodedError, reason: string): void => {
    refused.add(1, { reason });
    send(errorText(jsonErrorOf(error), null));
    close();
  };
  const link: SessionLink = {
    face: 'netstring',
    source: connection.remote.address,
    get isSlow() {
      return congested > maxCongested;
    },
    send,
    close: (reason) => cut(new CodedError('rpc.invalidRequest', reason), 'policy'),
  };
  const session = createJsonSession(options.services, link, options.caller);
  const login = waitForLogin(session, options.clock, () => {
    cut(new CodedError('rpc.unauthorized', 'auth.login did not come in time'), 'login');
  });

  /** SEMS handles one message of a connection at a time; replies come in the order of the requests. */
  async function work(): Promise<void> {
    isBusy = true;
    for (let text = queue.shift(); text !== undefined && isOpen; text = queue.shift()) await session.receive(text);
    isBusy = false;
  }

  connection.onData = (bytes) => {
    if (!isOpen) return;
    try {
      queue.push(...reader.push(bytes));
    } catch (fault) {
      cut(asCodedError(fault), 'framing');
      return;
    }
    if (queue.length > maxQueued)
      cut(new CodedError('rpc.tooManyRequests', `more than ${maxQueued} requests wait on this connection`), 'queue');
    else if (!isBusy) void work();
  };
  connection.onClose = () => {
    isOpen = false;
    login?.cancel();
    session.dispose();
    onEnd();
  };
}
