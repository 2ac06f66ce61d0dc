/** What connections that we opened tell: as events on the bus, and to queues of the call engine (di-interfaces 4.3). */
import type { DiValue, EventDeclaration } from '../../core/di/index.ts';
import { Any } from '../../core/di/index.ts';
import { Type } from '../../core/runtime/index.ts';

const Connection = Type.String({ description: 'Connection id, as execRpc gave it, or the name of a configured peer.' });

// Whoever may send requests may see the answers: they can hold anything.
const scope = 'jsonrpc:control';

export const peerEvents = {
  'jsonrpc.response': {
    summary: 'A peer answered a request that execRpc or sendMessage sent.',
    scope,
    payload: Type.Object({
      queue: Type.String({ description: 'The reply sink given with the request.' }),
      connection: Connection,
      id: Type.String(),
      isError: Type.Boolean(),
      value: Any,
      userData: Any,
    }),
  },
  'jsonrpc.request': {
    summary: 'A peer sent a request or a notification on a connection with a receiver for it.',
    scope,
    payload: Type.Object({
      queue: Type.String({ description: 'The receiver given with the connection.' }),
      connection: Connection,
      method: Type.String(),
      id: Type.String({ description: 'For the reply with sendMessage; empty: a notification.' }),
      params: Any,
    }),
  },
  'jsonrpc.disconnected': {
    summary: 'A connection ended; told to its receivers and to the sink of every request without an answer.',
    scope,
    payload: Type.Object({ queue: Type.String(), connection: Connection }),
  },
} as const satisfies Record<string, EventDeclaration>;

export type PeerEventName = keyof typeof peerEvents;

/** Payloads all have `queue`: the name that the event is for. */
export type PeerPayload = { readonly queue: string; readonly [member: string]: DiValue };

/** Delivers to the queue of that name and to the bus; false: no such queue is there. */
export type PeerEventSink = (name: PeerEventName, payload: PeerPayload) => boolean;
