/** The XML-RPC client behind `xmlrpc2di`: pools of servers, one bounded request at a time to each pick. */
import type { DiValue } from '../../core/di/index.ts';
import { postHttp } from '../../core/http/index.ts';
import {
  asCodedError,
  type Clock,
  CodedError,
  type Counters,
  type Files,
  type Log,
  type Random,
} from '../../core/runtime/index.ts';
import type { ClientReply } from './client-codec.ts';
import type { XmlRpcClientConfig, XmlRpcServerConfig } from './client-config.ts';
import { type ServerAddress, ServerPools } from './client-pools.ts';

export interface XmlRpcClient {
  readonly pools: ServerPools;
  /** May `newConnection` add it? Those of the configuration: `servers`, `allow`. */
  mayAdd(host: string, port: number): boolean;
  /**
   * Asks servers of that key until one answers; `null`: none did.
   * @param deadlineMs `Clock.nowMs()` after which no further server is asked; null: none.
   * @throws CodedError `rpc.tooManyRequests`.
   */
  send(key: string, method: string, params: readonly DiValue[], deadlineMs: number | null): Promise<ClientReply | null>;
}

interface ClientSeams {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
}

/** A client with the servers of the configuration. @throws CodedError `config.invalid`: a `ca` that cannot be read. */
export async function startXmlRpcClient(
  config: XmlRpcClientConfig,
  seams: ClientSeams & { readonly files: Files },
): Promise<XmlRpcClient> {
  const client = createXmlRpcClient(config, seams);
  for (const server of config.servers) {
    const address = await addressOf(server, seams.files);
    for (let copies = 0; copies < server.weight; copies++) client.pools.add(server.application, address);
  }
  return client;
}

export function createXmlRpcClient(
  config: Omit<XmlRpcClientConfig, 'servers'> & Partial<Pick<XmlRpcClientConfig, 'servers'>>,
  { clock, random, log, counters }: ClientSeams,
): XmlRpcClient {
  const pools = new ServerPools(clock, random, {
    firstMs: config.server_retry_after * 1000,
    longestMs: config.server_retry_max * 1000,
  });
  const requests = counters.counter('callbus_xmlrpc_client_requests_total', 'XML-RPC requests sent, by outcome.');
  const allowed = new Set([...config.allow, ...(config.servers ?? []).map(hostAndPort)].map((at) => at.toLowerCase()));
  let underWay = 0;
  counters.gauge('callbus_xmlrpc_client_under_way', 'XML-RPC requests without an answer yet.', () => underWay);

  async function ask(server: ServerAddress, method: string, params: readonly DiValue[]): Promise<ClientReply> {
    const { host, port, path, tls, authorization } = server;
    // With the first request: the package `xmlrpc` and its parser are seldom needed.
    const { decodeReply, encodeCall } = await import('./client-codec.ts');
    const { status, body } = await postHttp(clock, {
      host,
      port,
      path,
      ...(tls === null ? {} : { tls }),
      headers: {
        'Content-Type': 'text/xml',
        'User-Agent': 'callbus',
        Connection: 'close',
        ...(authorization === null ? {} : { Authorization: authorization }),
      },
      body: encodeCall(method, params),
      timeoutMs: config.server_timeout,
      replyBytes: config.reply_bytes,
      // As SEMS's: a server that closes at once may just have been restarted.
      retryUnanswered: true,
    });
    if (status !== 200) throw new CodedError('network.failed', `HTTP status ${status}`);
    return decodeReply(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  }

  async function sendToOne(
    key: string,
    method: string,
    params: readonly DiValue[],
    deadlineMs: number | null,
  ): Promise<ClientReply | null> {
    for (let pick = pools.pick(key); pick !== null; pick = pools.pick(key)) {
      const { host, port } = pick.server;
      try {
        const reply = await ask(pick.server, method, params);
        pick.succeeded();
        requests.add(1, { outcome: reply.kind });
        return reply;
      } catch (fault) {
        pick.failed();
        requests.add(1, { outcome: 'failed' });
        const { message } = asCodedError(fault, 'network.failed');
        log.warn('an XML-RPC server did not answer', { host, port, method, fault: message });
      }
      if (deadlineMs !== null && clock.nowMs() >= deadlineMs) return null;
    }
    return null;
  }

  return {
    pools,
    mayAdd: (host, port) =>
      allowed.has(host.toLowerCase()) ||
      allowed.has(hostAndPort({ host, port }).toLowerCase()) ||
      (host.includes(':') && allowed.has(`[${host.toLowerCase()}]`)),
    async send(key, method, params, deadlineMs) {
      if (underWay >= config.max_requests)
        throw new CodedError('rpc.tooManyRequests', `${underWay} XML-RPC requests wait for answers (max_requests)`);
      underWay++;
      try {
        return await sendToOne(key, method, params, deadlineMs);
      } finally {
        underWay--;
      }
    },
  };
}

/** `host:port`, with brackets for IPv6. */
export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

async function addressOf(server: XmlRpcServerConfig, files: Files): Promise<ServerAddress> {
  const { host, port, uri, user, password, ca, server_name } = server;
  const authorities = ca === '' ? null : await readAuthorities(ca, files);
  return {
    host,
    port,
    path: uri === '' ? '/RPC2' : uri,
    tls: server.tls ? { authorities, ...(server_name === '' ? {} : { serverName: server_name }) } : null,
    authorization: user === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  };
}

async function readAuthorities(path: string, files: Files): Promise<string> {
  try {
    return Buffer.from(await files.read(path, { limitBytes: 1_000_000 })).toString('latin1');
  } catch (fault) {
    throw new CodedError('config.invalid', `modules.xmlrpc2di.servers: ca: ${path} cannot be read`, { cause: fault });
  }
}
