/** SEMS's XML-RPC client as functions of module `xmlrpc2di` (di-interfaces 3.7). */
import { Any, arg, type DiValue, Int, List, rest, rowsFor, Text, Void } from '../../core/di/index.ts';
import { postHttp } from '../../core/http/index.ts';
import {
  asCodedError,
  type Clock,
  type Counters,
  type Log,
  type Random,
  type Static,
  Type,
} from '../../core/runtime/index.ts';
import type { ClientReply } from './client-codec.ts';

export const XmlRpcClientConfigSchema = Type.Object(
  {
    server_timeout: Type.Integer({ minimum: 0, default: 5000, description: 'Time for a request, ms; 0: no limit.' }),
    server_retry_after: Type.Integer({
      minimum: 0,
      default: 10,
      description: 'A server that failed is left alone for this long, s.',
    }),
    reply_bytes: Type.Integer({ minimum: 1000, default: 1_000_000, description: 'Largest reply.' }),
  },
  { additionalProperties: false, default: {} },
);
export type XmlRpcClientConfig = Static<typeof XmlRpcClientConfigSchema>;

interface Server {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Not used before this `Clock.nowMs()`. */
  restMs: number;
}

/** `null`: no server of that key answered. */
export interface XmlRpcClient {
  add(key: string, host: string, port: number, path: string): void;
  /** How many entries were removed. */
  remove(key: string, host: string, port: number): number;
  send(key: string, method: string, params: readonly DiValue[]): Promise<ClientReply | null>;
}

export function createXmlRpcClient(
  config: XmlRpcClientConfig,
  seams: { readonly clock: Clock; readonly random: Random; readonly log: Log; readonly counters: Counters },
): XmlRpcClient {
  const { clock, random, log } = seams;
  const pools = new Map<string, Server[]>();
  const failures = seams.counters.counter(
    'callbus_xmlrpc_client_failures_total',
    'XML-RPC servers that did not answer.',
  );

  async function ask(server: Server, method: string, params: readonly DiValue[]): Promise<ClientReply> {
    const { host, port, path } = server;
    // With the first request: the package `xmlrpc` and its parser are seldom needed.
    const { decodeReply, encodeCall } = await import('./client-codec.ts');
    const { status, body } = await postHttp(clock, {
      host,
      port,
      path,
      headers: { 'Content-Type': 'text/xml', 'User-Agent': 'callbus', Connection: 'close' },
      body: encodeCall(method, params),
      timeoutMs: config.server_timeout,
      replyBytes: config.reply_bytes,
    });
    if (status !== 200) throw new Error(`HTTP status ${status}`);
    return decodeReply(Buffer.from(body).toString());
  }

  return {
    add(key, host, port, path) {
      // As in SEMS: the same server twice has twice the weight.
      pools.set(key, [...(pools.get(key) ?? []), { host, port, path: path === '' ? '/RPC2' : path, restMs: 0 }]);
    },
    remove(key, host, port) {
      const pool = pools.get(key) ?? [];
      const kept = pool.filter((server) => server.host !== host || server.port !== port);
      pools.set(key, kept);
      return pool.length - kept.length;
    },
    async send(key, method, params) {
      for (;;) {
        const active = (pools.get(key) ?? []).filter(({ restMs }) => restMs <= clock.nowMs());
        const server = active[random.integer(Math.max(1, active.length))];
        if (server === undefined) return null;
        try {
          return await ask(server, method, params);
        } catch (fault) {
          failures.add();
          const { message } = asCodedError(fault, 'network.failed');
          log.warn('an XML-RPC server did not answer', {
            host: server.host,
            port: server.port,
            method,
            fault: message,
          });
          // At least a moment, so that a pool of failing servers comes to an end.
          server.restMs = clock.nowMs() + Math.max(1, config.server_retry_after * 1000);
        }
      }
    },
  };
}

const { fn, defineFunctions } = rowsFor<XmlRpcClient>();

const key = arg('application', Text, 'Key of the pool of servers.');
const noServer: readonly DiValue[] = [-1, 'no active connections'];

/** F25: a fault of the server is no failure of the server; its code and text reach the caller. */
const faultReply = (code: number, text: string): readonly DiValue[] => [-2, text, code];

export const xmlrpc2diFunctions = defineFunctions({
  newConnection: fn({
    summary: 'Adds a server to the pool of an application key.',
    params: [key, arg('host', Text), arg('port', Int), arg('uri', Text, 'Path; empty: /RPC2.')],
    result: Void,
    // The server will connect to it: whoever may choose addresses inside the network is an administrator.
    scope: 'xmlrpc2di:admin',
    handler(context, application, host, port, uri) {
      context.state.add(application, host, port, uri);
      return null;
    },
  }),
  removeConnection: fn({
    summary: 'Removes a server from the pool of an application key; gives how many entries it had.',
    params: [key, arg('host', Text), arg('port', Int)],
    result: Int,
    scope: 'xmlrpc2di:admin',
    handler: (context, application, host, port) => context.state.remove(application, host, port),
  }),
  sendRequest: fn({
    summary:
      'Calls a method on one of the servers: [0, "OK", result], [-1, "no active connections"] or [-2, fault text, fault code].',
    params: [key, arg('method', Text), arg('params', List, 'Each element is one parameter.')],
    result: List,
    scope: 'xmlrpc2di:control',
    async handler(context, application, method, params) {
      const reply = await context.state.send(application, method, params);
      if (reply === null) return noServer;
      return reply.kind === 'fault' ? faultReply(reply.code, reply.text) : [0, 'OK', reply.value];
    },
  }),
  sendRequestList: fn({
    summary:
      'As sendRequest, with the parameters as further arguments; the elements of an array result are appended to [0, "OK"].',
    params: [key, arg('method', Text), rest('params', Any)],
    result: List,
    scope: 'xmlrpc2di:control',
    async handler(context, application, method, ...params) {
      const reply = await context.state.send(application, method, params);
      if (reply === null) return noServer;
      if (reply.kind === 'fault') return faultReply(reply.code, reply.text);
      return Array.isArray(reply.value) ? [0, 'OK', ...reply.value] : [0, 'OK', reply.value];
    },
  }),
});
