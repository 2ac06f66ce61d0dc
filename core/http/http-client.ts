/**
 * Requests to other servers. Bounded in time, size and number; names are resolved once and the address that was
 * checked is the one connected to, so that a name cannot change its mind in between (DNS rebinding).
 */
import {
  asCodedError,
  type Clock,
  CodedError,
  Counters,
  type Dns,
  isIpAddress,
  type Log,
  realDns,
  silentLog,
} from '../runtime/index.ts';
import { ExchangeFault, type HttpWire, hostOf, nodeHttpWire } from './http-wire.ts';
import type { OutgoingConfig } from './outgoing-config.ts';
import { createOutgoingGuard } from './outgoing-guard.ts';
import type { HttpClient, HttpClientReply, HttpClientRequest } from './types.ts';

export interface HttpClientOptions {
  readonly clock: Clock;
  /** Default: nothing is logged. */
  readonly log?: Log;
  /** Default: the machine's. */
  readonly dns?: Pick<Dns, 'lookup'>;
  readonly counters?: Counters;
  /** Default: that of an empty configuration. */
  readonly config?: OutgoingConfig;
  /** Default: real connections. */
  readonly wire?: HttpWire;
}

export interface OutgoingClient extends HttpClient {
  /** Closes connections that are kept. */
  close(): void;
}

/** Addresses of a name that are tried. */
const maxAddresses = 4;
const maxUrlChars = 8192;
const openToPublic: OutgoingConfig = { allow: [], deny: [], publicAddresses: true, requests: 256 };

/** @throws CodedError `config.invalid` for an entry of `outgoing` that is no place. */
export function createHttpClient(options: HttpClientOptions): OutgoingClient {
  const { clock, log = silentLog, counters = new Counters(), config = openToPublic } = options;
  const dns = options.dns ?? realDns(clock);
  const guard = createOutgoingGuard(config);
  const wire = options.wire ?? nodeHttpWire();
  const sent = counters.counter('callbus_http_out_total', 'Requests to other servers, by outcome.');
  let underWay = 0;
  counters.gauge('callbus_http_out_under_way', 'Requests to other servers that wait for a reply.', () => underWay);

  async function addressesOf(url: URL, namedBy: HttpClientRequest['namedBy']): Promise<readonly string[]> {
    const host = hostOf(url);
    const found = isIpAddress(host) ? [host] : (await dns.lookup(host)).filter(isIpAddress);
    const addresses = namedBy === 'configuration' ? found : guard.permitted(host, found);
    if (addresses.length === 0) throw new CodedError('dns.failed', host);
    return addresses.slice(0, maxAddresses);
  }

  async function run(order: HttpClientRequest, url: URL, signal: AbortSignal): Promise<HttpClientReply> {
    const { method, body, replyBytes = 1_048_576, keepAlive = false } = order;
    const headers = headersOf(order, url);
    const addresses = await addressesOf(url, order.namedBy);
    for (let at = 0; ; at++) {
      const address = addresses[at] ?? '';
      if (signal.aborted) throw new ExchangeFault(String(signal.reason));
      try {
        return await wire.exchange({ url, address, method, headers, body, replyBytes, keepAlive, signal });
      } catch (fault) {
        const mayTryNext = fault instanceof ExchangeFault && fault.isUnsent && at + 1 < addresses.length;
        if (!mayTryNext) throw fault;
      }
    }
  }

  async function bounded(order: HttpClientRequest): Promise<HttpClientReply> {
    const url = parseUrl(order.url);
    if (underWay >= config.requests) {
      const detail = `${config.requests} requests to other servers are under way (outgoing.requests)`;
      throw new CodedError('rpc.tooManyRequests', detail);
    }
    const { timeoutMs = 10_000, signal } = order;
    const ending = new AbortController();
    const ended = new Promise<never>((_, reject) => {
      ending.signal.addEventListener('abort', () => reject(new ExchangeFault(String(ending.signal.reason))));
    });
    const giveUp = (): void => ending.abort('given up');
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer = clock.after(timeoutMs, () => ending.abort(`no reply within ${timeoutMs} ms`));
    underWay++;
    try {
      // A name server that does not answer cannot be told to stop.
      return await Promise.race([run(order, url, ending.signal), ended]);
    } catch (fault) {
      if (fault instanceof CodedError) throw fault;
      // The path may be a secret: that of a chat's webhook is.
      throw new CodedError('network.failed', `${url.origin}: ${asCodedError(fault).detail}`, { cause: fault });
    } finally {
      underWay--;
      timer.cancel();
      signal?.removeEventListener('abort', giveUp);
    }
  }

  return {
    async send(order) {
      try {
        const reply = await bounded(order);
        sent.add(1, { outcome: `${Math.floor(reply.status / 100)}xx` });
        return reply;
      } catch (fault) {
        const { code, detail } = asCodedError(fault);
        sent.add(1, { outcome: code });
        log.debug('a request to another server failed', { code, detail });
        throw fault;
      }
    },
    close: () => wire.close(),
  };
}

/** @throws CodedError `http.invalid`. */
function parseUrl(text: string): URL {
  const url = text.length <= maxUrlChars && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new CodedError('http.invalid', 'url: expected an http: or https: URL of at most 8192 characters');
  }
  return url;
}

/** How messages are framed and where they go is ours to say (RFC 9112, 11.2: request smuggling). */
const reserved = /^(host|content-length|transfer-encoding|connection|upgrade|expect|te|trailer|keep-alive|proxy-.*)$/i;

/** @throws CodedError `http.invalid`. */
function headersOf({ method, headers = {}, body }: HttpClientRequest, url: URL): { [name: string]: string } {
  if (!/^[A-Z]{1,20}$/.test(method) || method === 'CONNECT') throw invalid('method', method);
  const all: { [name: string]: string } = { Host: url.host };
  const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
  if (credentials !== ':') all['Authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9110, 5.1 and 5.5: a token, and visible characters with blanks between them.
    if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name) || reserved.test(name)) throw invalid('header', name);
    if (!/^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(value)) throw invalid('value of the header', name);
    all[name] = value;
  }
  if (body !== undefined || !['GET', 'HEAD', 'OPTIONS'].includes(method))
    all['Content-Length'] = String(body === undefined ? 0 : Buffer.byteLength(body));
  return all;
}

const invalid = (what: string, text: string): CodedError =>
  new CodedError('http.invalid', `${what} ${JSON.stringify(text.slice(0, 100))}`);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
