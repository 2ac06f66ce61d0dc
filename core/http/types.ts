/** Plain data of the HTTP listener: what handlers get and give. */
import type { Clock, CodedError, Counters, Disposable, Endpoint, Log, TlsPeer } from '../runtime/index.ts';

export type HttpHeaders = { readonly [name: string]: string | readonly string[] | undefined };

/** One request, body read. Header names are lower-case. */
export interface HttpRequest {
  readonly method: string;
  /** Begins with `/`, without the query. */
  readonly path: string;
  /** After the `?`; empty when there is none. */
  readonly query: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  /** Address of the client, IPv4-mapped IPv6 unwrapped. */
  readonly source: string;
  /** What the client certificate says, where the listener asks for one; nothing of it counts unless `fault` is null. */
  readonly certificate?: TlsPeer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
}

export type HttpHandler = (request: HttpRequest) => HttpReply | Promise<HttpReply>;

/** Bounds of the listener. */
export interface HttpLimits {
  /** Largest body and WebSocket message, bytes. */
  readonly bodyBytes: number;
  /** Sockets open at once; further ones get 503. */
  readonly connections: number;
  /** Of those from one address that is not loopback, 0: no limit; further ones get 503. Default a quarter. */
  readonly connectionsPerSource?: number;
  /** Requests under way at once; further ones get 503. */
  readonly concurrent: number;
  /** Requests a second from one address, 0: no limit; further ones get 429. */
  readonly perSecondPerSource: number;
  /** Time to send the request line and the headers, ms. Default 10000. */
  readonly headersMs?: number;
  /** Time to send the whole request, ms. Default 30000. */
  readonly requestMs?: number;
  /** An idle keep-alive connection is closed after this, ms. Default 75000. */
  readonly keepAliveMs?: number;
}

export interface HttpListenerOptions {
  /** IP address to bind to. */
  readonly address: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** HTTPS and WSS instead of HTTP and WS: the texts of two PEM files. */
  readonly tls?: HttpTls;
  /** Further names accepted in `Host`, beside localhost and the address itself. */
  readonly hosts: readonly string[];
  /** Origins (`https://example.org`) that browsers may call from; they get CORS headers. */
  readonly origins: readonly string[];
  readonly limits: HttpLimits;
  readonly log: Log;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Writes a refusal in the language of the request; default: plain text. */
  readonly refusal?: (error: CodedError, request: { readonly headers: HttpHeaders }) => RefusalBody;
}

export interface HttpTls {
  /** Certificate chain. */
  readonly cert: string;
  readonly key: string;
  /** Clients are asked for a certificate, which is verified with these authorities; absent: they are not asked. */
  readonly clientCa?: string;
  /** Handshakes without a verified certificate fail. Default false. */
  readonly needsClientCertificate?: boolean;
}

export interface RefusalBody {
  readonly contentType: string;
  readonly body: string;
}

/** One WebSocket, as its owner sees it. */
export interface WebSocketPeer {
  readonly source: string;
  /** Both ends of its connection, IPv4-mapped IPv6 unwrapped. */
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** It came over TLS. */
  readonly secure: boolean;
  /** Bytes accepted by `send` that the kernel has not taken yet. */
  readonly bufferedBytes: number;
  send(message: string | Uint8Array): void;
  /** The same, but where much is sent it waits up to 10 ms, to go out with others in one system call. */
  sendSoon(message: string): void;
  /** Starts the closing handshake; the socket is destroyed when the peer does not answer in 5 s. */
  close(code: number, reason: string): void;
  ping(): void;
  /** Set by the owner in `open`. `onClose` runs exactly once. */
  onMessage: (message: string | Uint8Array) => void;
  onPong: () => void;
  onClose: (code: number) => void;
}

export interface WebSocketHandler {
  /** Sub-protocols in order of preference; empty: none is negotiated. */
  readonly protocols: readonly string[];
  /** Their owner bounds these connections himself: they take none of the places of the others. */
  readonly bounded?: boolean;
  /** A refusal, or null to accept. */
  admit(request: HttpRequest): HttpReply | null | Promise<HttpReply | null>;
  open(peer: WebSocketPeer, request: HttpRequest): void;
}

export interface HttpListener {
  readonly address: string;
  /** The port really bound. */
  readonly port: number;
  /** `http://address:port`, or `https:` with TLS. */
  readonly url: string;
  /** Handshakes from now on use these; nothing without TLS. @throws when they do not fit: the old stay in use. */
  renewTls(tls: HttpTls): void;
  /** `path` is exact; or `/folder/*` for what has no exact route in it; or `*` for every path that has no other. */
  route(method: string, path: string, handler: HttpHandler): Disposable;
  upgrade(path: string, handler: WebSocketHandler): Disposable;
  /** Stops accepting, lets requests under way finish for `graceMs`, then closes everything. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** One request to another server. */
export interface HttpClientRequest {
  readonly method: string;
  /** `http:` or `https:`; a user and a password in it become Basic credentials. */
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  /** Time for connect, request and reply together, ms. Default 10000. */
  readonly timeoutMs?: number;
  /** Largest reply body, bytes. Default 1048576. */
  readonly replyBytes?: number;
  /**
   * Who named the URL. `configuration`: the operator, in a file; it may go anywhere. `caller` (default): an RPC, a
   * script, a message; only where `outgoing.allow` says.
   */
  readonly namedBy?: 'configuration' | 'caller';
  /**
   * It may go over a connection that an earlier one left open, and once more when that turns out to be closed: for
   * what may come twice. Default false.
   */
  readonly keepAlive?: boolean;
  readonly signal?: AbortSignal;
}

export interface HttpClientReply {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
}

/**
 * The outgoing side: names are resolved once and the address that was checked is the one connected to; redirects
 * are not followed.
 */
export interface HttpClient {
  /**
   * @throws CodedError `http.invalid`, `http.forbidden` naming the key to change, `dns.failed`, `network.failed` (also:
   * no reply in time, or one that is too large), `rpc.tooManyRequests`.
   */
  send(request: HttpClientRequest): Promise<HttpClientReply>;
}
