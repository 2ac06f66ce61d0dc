/** SEMS's XML-RPC client as functions of module `xmlrpc2di` (di-interfaces 3.7). */
import { Any, arg, type DiValue, Int, List, opt, rest, rowsFor, Void } from '../../core/di/index.ts';
import { CodedError, Type } from '../../core/runtime/index.ts';
import { hostAndPort, type XmlRpcClient } from './client.ts';
import type { ClientReply } from './client-codec.ts';

const { fn, defineFunctions } = rowsFor<XmlRpcClient>();

const Host = Type.String({ minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9._:-]+$' });
const Port = Type.Integer({ minimum: 1, maximum: 65535 });
/** A path of visible characters: nothing that could end the request line. */
const Path = Type.String({ maxLength: 1000, pattern: '^(/[!-~]*)?$' });
const MethodName = Type.String({ minLength: 1, maxLength: 256, pattern: '^[A-Za-z0-9_.:/-]+$' });

const key = arg('application', Type.String({ minLength: 1, maxLength: 128 }), 'Key of the pool of servers.');
const method = arg('method', MethodName, 'Name of the method to call there.');
const noServer: readonly DiValue[] = [-1, 'no active connections'];

export const xmlrpc2diFunctions = defineFunctions({
  newConnection: fn({
    summary: 'Adds a server to the pool of an application key; twice the same has twice the weight.',
    description: 'Only servers of the configuration: modules.xmlrpc2di.servers and allow. Modules may add others.',
    params: [
      key,
      arg('host', Host, 'Name or address of the server.'),
      arg('port', Port, 'Its TCP port.'),
      arg('uri', Path, 'Path; empty: /RPC2.'),
      opt('tls', Type.Boolean(), 'HTTPS. Default false.'),
    ],
    result: Void,
    // The server will connect to it: whoever may choose addresses inside the network is an administrator.
    scope: 'xmlrpc2di:admin',
    examples: [{ params: ['accounting', '192.0.2.10', 8000, ''], result: null }],
    handler({ state, face }, application, host, port, uri, tls = false) {
      if (face !== 'module' && !state.mayAdd(host, port))
        throw new CodedError('rpc.forbidden', `${hostAndPort({ host, port })} is not in modules.xmlrpc2di.allow`);
      const path = uri === '' ? '/RPC2' : uri;
      state.pools.add(application, { host, port, path, tls: tls ? { authorities: null } : null, authorization: null });
      return null;
    },
  }),
  sendRequest: fn({
    summary:
      'Calls a method on one of the servers: [0, "OK", result], [-1, "no active connections"] or [-2, fault text, fault code].',
    params: [key, method, arg('params', List, 'Each element is one parameter.')],
    result: List,
    scope: 'xmlrpc2di:control',
    examples: [{ params: ['accounting', 'getCredit', ['alice']], result: [0, 'OK', 350] }],
    async handler({ state, deadlineMs }, application, method, params) {
      const reply = await state.send(application, method, params, deadlineMs);
      return answerOf(reply, (value) => [value]);
    },
  }),
  sendRequestList: fn({
    summary:
      'As sendRequest, with the parameters as further arguments; the elements of an array result are appended to [0, "OK"].',
    params: [key, method, rest('params', Any, 'Its arguments, as one list.')],
    result: List,
    scope: 'xmlrpc2di:control',
    examples: [{ params: ['accounting', 'getCredit', 'alice'], result: [0, 'OK', 350] }],
    async handler({ state, deadlineMs }, application, method, ...params) {
      const reply = await state.send(application, method, params, deadlineMs);
      return answerOf(reply, (value) => (isList(value) ? value : [value]));
    },
  }),
  removeConnection: fn({
    summary: 'Removes a server from the pool of an application key; gives how many entries it had.',
    params: [key, arg('host', Host, 'Name or address of the server.'), arg('port', Port, 'Its TCP port.')],
    result: Int,
    scope: 'xmlrpc2di:admin',
    listed: false,
    examples: [{ params: ['billing', '192.0.2.9', 8000], result: 1 }],
    handler: ({ state }, application, host, port) => state.pools.remove(application, host, port),
  }),
  listConnections: fn({
    summary: 'The servers of all pools, or of one.',
    params: [opt('application', Type.String(), 'Name that the connection was given; default: all.')],
    result: Type.Array(
      Type.Object({
        application: Type.String(),
        host: Type.String(),
        port: Type.Integer(),
        uri: Type.String(),
        tls: Type.Boolean(),
        failures: Type.Integer({ description: 'In a row.' }),
        restMs: Type.Integer({ description: 'It is not asked for that long; 0: it is active.' }),
      }),
    ),
    scope: 'xmlrpc2di:read',
    listed: false,
    examples: [
      {
        params: [],
        result: [
          { application: 'billing', host: '192.0.2.9', port: 8000, uri: '/RPC2', tls: false, failures: 0, restMs: 0 },
        ],
      },
    ],
    handler: ({ state }, application) =>
      state.pools.list(application).map(({ key, server: { host, port, path, tls }, failures, restMs }) => ({
        application: key,
        host,
        port,
        uri: path,
        tls: tls !== null,
        failures,
        restMs: Math.ceil(restMs),
      })),
  }),
});

/** F25: a fault of the server is no failure of the server; its code and text reach the caller. */
function answerOf(reply: ClientReply | null, elements: (value: DiValue) => readonly DiValue[]): readonly DiValue[] {
  if (reply === null) return noServer;
  return reply.kind === 'fault' ? [-2, reply.text, reply.code] : [0, 'OK', ...elements(reply.value)];
}

const isList = (value: DiValue): value is readonly DiValue[] => Array.isArray(value);
