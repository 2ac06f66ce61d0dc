/** The running server that a command talks to: JSON-RPC over HTTP, events over its WebSocket. */
import { type ClientSocket, connectSocket, createHttpClient, type HttpClientReply } from '../../http/index.ts';
import { asCodedError, Counters, isRecord, realClock, realDns } from '../../runtime/index.ts';
import { type BusDocument, readDocument } from './document.ts';
import { type CommandFault, refused, unreachable, wrongUsage } from './fault.ts';

export interface ServerAddress {
  /** For example `http://127.0.0.1:8090`. */
  readonly url: string;
  /** Sent as a Bearer token; never shown. */
  readonly token: string | undefined;
  readonly timeoutMs: number;
}

export type Params = readonly unknown[] | { readonly [name: string]: unknown };

export interface ServerEvent {
  readonly id: number;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly payload: { readonly [member: string]: unknown };
}

export interface EventStream {
  /** Resolves with the reason when the server ends the connection. */
  readonly closed: Promise<string>;
  close(): void;
}

export interface Subscription {
  readonly filters: readonly string[];
  /** Payload members that must have these values. */
  readonly match?: { readonly [member: string]: unknown };
  /** Also those that are kept after this one. */
  readonly after?: number;
  readonly onEvent: (event: ServerEvent) => void;
  /** Events that the server no longer had. */
  readonly onGap: (gap: { readonly [member: string]: unknown }) => void;
}

export interface Server {
  /** @throws CommandFault refused or unreachable. */
  call(method: string, params: Params): Promise<unknown>;
  /** What can be called. @throws CommandFault. */
  document(): Promise<BusDocument>;
  /** @throws CommandFault. */
  subscribe(subscription: Subscription): Promise<EventStream>;
}

const replyBytes = 64_000_000;

/** @throws CommandFault for an address that is none. */
export function openServer(address: ServerAddress): Server {
  const base = baseOf(address.url);
  const clock = realClock();
  const config = { allow: [], deny: [], publicAddresses: true, requests: 8 };
  const client = createHttpClient({ clock, dns: realDns(clock), counters: new Counters(), config });
  const headers = address.token === undefined ? {} : { Authorization: `Bearer ${address.token}` };
  let lastId = 0;

  async function call(method: string, params: Params): Promise<unknown> {
    const id = ++lastId;
    const reply = await client
      .send({
        method: 'POST',
        url: new URL('jsonrpc', base).href,
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: requestText(id, method, params),
        timeoutMs: address.timeoutMs,
        replyBytes,
        namedBy: 'configuration',
        keepAlive: true,
      })
      .catch((fault: unknown) => {
        throw notReached(base, asCodedError(fault).detail);
      });
    return resultOf(readReply(base, reply), address);
  }

  return {
    call,
    document: async () => readDocument(await call('rpc.discover', [])),
    async subscribe({ filters, match, after, onEvent, onGap }) {
      const waiting = new Map<number, (message: Message) => void>();
      let tell = (_reason: string): void => {};
      const closed = new Promise<string>((resolve) => {
        tell = resolve;
      });
      const receive = (text: string): void => {
        const message = parsed(text);
        if (!isRecord(message)) return;
        const { id, method, params } = message;
        if (method === 'event' && isRecord(params)) readEvent(params, onEvent);
        else if (method === 'events.gap' && isRecord(params)) onGap(params);
        else if (typeof id === 'number') waiting.get(id)?.(message);
      };
      const socket: ClientSocket = await connectSocket({
        url: new URL('ws', base).href,
        headers,
        timeoutMs: address.timeoutMs,
        onMessage: receive,
        onClose: (reason) => tell(reason),
      }).catch((fault: unknown) => {
        const { code, detail, row } = asCodedError(fault);
        throw code === 'network.failed' ? notReached(base, detail) : refused(detail, row.next, code);
      });
      const params = {
        ...(filters.length === 1 ? { filter: filters[0] } : { filters }),
        ...(match === undefined ? {} : { match }),
        ...(after === undefined ? {} : { after }),
      };
      const answer = await Promise.race([
        new Promise<Message>((resolve) => {
          const id = ++lastId;
          waiting.set(id, resolve);
          socket.send(requestText(id, 'events.subscribe', params));
        }),
        closed.then((reason) => {
          throw unreachable(reason, 'The token may be wrong, or the server is ending.');
        }),
      ]);
      try {
        resultOf(answer, address);
      } catch (fault) {
        socket.close();
        throw fault;
      }
      return { closed, close: () => socket.close() };
    },
  };
}

type Message = { readonly [member: string]: unknown };

const requestText = (id: number, method: string, params: Params): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

function baseOf(url: string): string {
  const text = /^\w+:\/\//.test(url) ? url : `http://${url}`;
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:'))
    throw wrongUsage(`--url ${withoutPassword(url)}: expected http://host:port or https://host:port`);
  return parsed.href.endsWith('/') ? parsed.href : `${parsed.href}/`;
}

/** The address as it may be shown. */
export const withoutPassword = (url: string): string => url.replace(/\/\/[^/@]*@/, '//');

function notReached(base: string, reason: string): CommandFault {
  return unreachable(
    `no server at ${withoutPassword(base)}: ${withoutPassword(reason)}`,
    'Is it running (callbus serve)? Another address: --url or CALLBUS_URL.',
  );
}

function readReply(base: string, { status, body }: HttpClientReply): Message {
  const text = Buffer.from(body).toString('utf8');
  const message = parsed(text);
  if (isRecord(message) && message['jsonrpc'] === '2.0') return message;
  if (status === 401 || status === 403 || status === 429 || status === 503) {
    throw refused(`HTTP ${status}: ${text.slice(0, 300).trim()}`, nextOf[status] ?? '', `http.${status}`);
  }
  throw unreachable(`${withoutPassword(base)} answered HTTP ${status}, and no JSON-RPC`, 'Is this a Callbus server?');
}

const needsToken = 'Give a token: --token or CALLBUS_TOKEN (callbus token create makes one).';
const nextOf: { readonly [status: number]: string } = { 401: needsToken, 429: 'Wait a moment.' };

/** @throws CommandFault for an error object. */
function resultOf({ error, result }: Message, { token }: ServerAddress): unknown {
  if (!isRecord(error)) return result;
  const data = isRecord(error['data']) ? error['data'] : {};
  const code = typeof data['code'] === 'string' ? data['code'] : String(error['code'] ?? '');
  const detail = typeof data['detail'] === 'string' ? data['detail'] : '';
  const next = typeof data['next'] === 'string' ? data['next'] : '';
  const message = `${String(error['message'] ?? 'refused')}${detail === '' ? '' : `: ${detail}`}`;
  throw refused(message, code === 'rpc.unauthorized' && token === undefined ? needsToken : next, code);
}

function readEvent({ id, name, at, payload }: Message, onEvent: (event: ServerEvent) => void): void {
  if (typeof id === 'number' && typeof name === 'string' && typeof at === 'string' && isRecord(payload))
    onEvent({ id, name, at, payload });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
