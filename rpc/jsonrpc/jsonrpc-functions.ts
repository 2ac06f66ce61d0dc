/** SEMS's `jsonrpc` as functions (di-interfaces 4.4): requests to other servers, and to this one. */
import {
  Any,
  arg,
  type DiStruct,
  type DiValue,
  Int,
  isStruct,
  opt,
  rowsFor,
  Struct,
  Void,
} from '../../core/di/index.ts';
import { asCodedError, CodedError, formatEndpoint, Type } from '../../core/runtime/index.ts';
import type { JsonDispatcher } from './dispatch.ts';
import { parseJson } from './parse.ts';
import type { Peers } from './peers.ts';
import { printJson } from './print.ts';

export interface JsonRpcState {
  readonly peers: Peers;
  readonly dispatcher: JsonDispatcher;
  /** Port of the netstring listener; 0: off. */
  serverPort(): number;
}

const { fn, defineFunctions } = rowsFor<JsonRpcState>();

const scope = 'jsonrpc:control';
const Queue = Type.String({ maxLength: 256 });
const MethodName = Type.String({ minLength: 1, maxLength: 256 });
const ConnectionId = Type.String({ minLength: 1, maxLength: 256 });
const params = opt('params', Any, 'A list or a struct.');
const userData = opt('userData', Any, 'Comes back with the reply.');
/** More levels than any value of the bus has. */
const ownDepth = 80;

export const jsonrpcFunctions = defineFunctions({
  execRpc: fn({
    summary: 'Opens a connection to another server and sends it one request.',
    description:
      'Gives [200, "OK", connection id] as soon as the request is sent, or [400, "Error in connect: …"]. The reply comes as event jsonrpc.response, and to the queue (call tag) named by the reply sink. Only servers of rpc.peers; modules may call any.',
    params: [
      arg('replySink', Queue, 'Queue that gets the reply; empty: none.'),
      arg('notificationReceiver', Queue, 'Queue that gets notifications of the peer; empty: they are served.'),
      arg('requestReceiver', Queue, 'Queue that gets requests of the peer; empty: they are served.'),
      arg(
        'flags',
        Type.Integer({ minimum: 0, maximum: 31 }),
        'Sum of: 1 close after each message, 2 on a reply with an unknown id, 4 without the sink, 8 without the request receiver, 16 without the notification receiver.',
      ),
      arg(
        'host',
        Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9._:-]+$' }),
        'Name or address of the peer.',
      ),
      arg('port', Type.Integer({ minimum: 1, maximum: 65535 }), 'Its TCP port.'),
      arg('method', MethodName, 'Name of the method to call there.'),
      params,
      userData,
    ],
    result: Type.Array(Any, { description: '[code, text, connection id].' }),
    scope,
    examples: [
      {
        params: ['', '', '', 0, '192.0.2.20', 7080, 'core.calls', []],
        result: [200, 'OK', '0f1e2d3c4b5a697887960a1b'],
      },
    ],
    async handler(
      context,
      sink,
      notificationReceiver,
      requestReceiver,
      flags,
      host,
      port,
      method,
      given = null,
      udata = null,
    ) {
      const { peers } = context.state;
      requireParams(given);
      if (context.face !== 'module' && peers.configured(host, port) === null)
        throw new CodedError('rpc.forbidden', `${formatEndpoint({ address: host, port })} is not in rpc.peers`);
      try {
        const connection = await peers.open(host, port, { notificationReceiver, requestReceiver, flags });
        connection.request(method, given, sink, udata);
        return [200, 'OK', connection.settings.id];
      } catch (fault) {
        return [400, `Error in connect: ${asCodedError(fault, 'network.failed').message}`];
      }
    },
  }),
  sendMessage: fn({
    summary: 'Sends a request, a notification or a reply on a connection that execRpc opened.',
    params: [
      arg('connection', ConnectionId, 'As execRpc gave it, or the name of a peer of the configuration.'),
      arg('type', Type.Integer({ minimum: 0, maximum: 2 }), '0 request, 1 result, 2 error.'),
      arg('method', Type.String({ maxLength: 256 }), 'Of a request.'),
      arg('id', Type.String({ maxLength: 256 }), 'Request: empty makes it a notification. Reply: id of the request.'),
      arg('replySink', Queue, 'Queue that gets the reply; empty: none.'),
      opt('params', Any, 'Of the request, or the result or error itself.'),
      userData,
    ],
    result: Type.Array(Any, { description: '[200, "posted"] or [400, "unknown connection"].' }),
    scope,
    examples: [{ params: ['0f1e2d3c4b5a697887960a1b', 0, 'monitoring.list', '1', '', []], result: [200, 'posted'] }],
    handler({ state }, id, type, method, messageId, sink, given = null, udata = null) {
      requireParams(given);
      const connection = state.peers.find(id);
      if (connection === null) return [400, 'unknown connection'];
      if (type !== 0) connection.reply(type === 1 ? 'result' : 'error', messageId, given);
      else if (method === '') throw new CodedError('rpc.wrongType', 'method: expected the name of a method');
      else if (messageId === '') connection.notify(method, given);
      // As in SEMS the id only tells a request from a notification: ours are counted.
      else connection.request(method, given, sink, udata);
      return [200, 'posted'];
    },
  }),
  getServerPort: fn({
    summary: 'Port of the netstring listener; [0]: it is off.',
    params: [],
    result: Type.Tuple([Int]),
    scope: 'jsonrpc:read',
    examples: [{ params: [], result: [7080] }],
    handler: ({ state }) => [state.serverPort()],
  }),
  execServerFunction: fn({
    summary: 'Runs a request of this server as if it had come over the network, with the rights of the caller.',
    params: [
      arg('method', MethodName, 'module.function, or core.…'),
      arg('id', Type.String({ maxLength: 256 }), 'Comes back in the answer.'),
      arg('params', Any, 'A list or a struct; void: none.'),
    ],
    result: Struct,
    scope,
    examples: [{ params: ['core.calls', '1', []], result: { id: '1', jsonrpc: '2.0', result: [3] } }],
    async handler(context, method, id, given) {
      const request = { jsonrpc: '2.0', id, method, ...(given === null ? {} : { params: given }) };
      const text = await context.state.dispatcher.handle(printJson(request), context);
      const reply = parseJson(text ?? 'null', ownDepth);
      return isStruct(reply) ? reply : ({ id, jsonrpc: '2.0', result: null } satisfies DiStruct);
    },
  }),
  listConnections: fn({
    summary: 'Connections that this server opened.',
    params: [],
    result: Type.Array(
      Type.Object({
        connection: Type.String(),
        remote: Type.String({ description: 'address:port' }),
        caller: Type.String({ description: 'Who the peer is when it calls us.' }),
        pending: Type.Integer({ description: 'Requests without a reply.' }),
        notificationReceiver: Type.String(),
        requestReceiver: Type.String(),
      }),
    ),
    scope: 'jsonrpc:read',
    listed: false,
    examples: [
      {
        params: [],
        result: [
          {
            connection: 'c1',
            remote: '192.0.2.9:7080',
            caller: 'jsonrpc',
            pending: 0,
            notificationReceiver: '',
            requestReceiver: '',
          },
        ],
      },
    ],
    handler: ({ state }) =>
      state.peers.list().map(({ settings, remote, pending }) => ({
        connection: settings.id,
        remote,
        caller: settings.caller.name,
        pending,
        notificationReceiver: settings.notificationReceiver,
        requestReceiver: settings.requestReceiver,
      })),
  }),
  closeConnection: fn({
    summary: 'Closes a connection that this server opened; one of a configured peer is opened again.',
    params: [arg('connection', ConnectionId, 'As execRpc gave it.')],
    result: Void,
    scope,
    listed: false,
    examples: [{ params: ['c1'], result: null }],
    handler({ state }, id) {
      const connection = state.peers.find(id);
      if (connection === null) throw new CodedError('rpc.wrongType', 'connection: none of that id is open');
      connection.close();
      return null;
    },
  }),
});

/** @throws CodedError `rpc.wrongType`. */
function requireParams(params: DiValue): void {
  if (params !== null && !Array.isArray(params) && !isStruct(params))
    throw new CodedError('rpc.wrongType', 'params: expected an array or a struct');
}
