/**
 * The signalling network seam: UDP and TCP for SIP and netstrings. Media packets go through
 * `packet-io.ts`, HTTP through `core/http`. Real: `real-network.ts`; simulated: `sim-network.ts`.
 */

/** An IP address (no brackets, no host name) and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface UdpSocket {
  /** The address and port really bound. */
  readonly local: Endpoint;
  /** Sends one datagram; errors are counted and reported to `onError`, never thrown. */
  send(datagram: Uint8Array, to: Endpoint): void;
  close(): void;
}

export interface UdpOptions {
  readonly address: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** `datagram` belongs to the receiver. */
  onDatagram(datagram: Uint8Array, from: Endpoint): void;
  onError(fault: Error): void;
}

export interface TcpConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Queues bytes; returns false when more than the high-water mark waits to be sent. */
  write(bytes: Uint8Array): boolean;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  /** Set by the owner right after it got the connection. `onClose` runs exactly once. */
  onData: (bytes: Uint8Array) => void;
  onClose: (fault: Error | null) => void;
}

export interface TcpListener {
  readonly local: Endpoint;
  close(): void;
}

export interface Network {
  /** @throws CodedError `port.taken` when the port is in use, `network.failed` otherwise. */
  udp(options: UdpOptions): Promise<UdpSocket>;
  /** @throws CodedError as `udp`. */
  listenTcp(options: {
    readonly address: string;
    readonly port: number;
    onConnection(connection: TcpConnection): void;
  }): Promise<TcpListener>;
  /** @throws CodedError `network.failed` on refusal or after `timeoutMs`. */
  connectTcp(to: Endpoint, options: { readonly timeoutMs: number }): Promise<TcpConnection>;
  /**
   * The local address from which the kernel would send to `to` (a connected UDP probe, cached).
   * Never 0.0.0.0 or ::.
   */
  sourceAddressFor(to: string): Promise<string>;
}

/** Host names to addresses. Records beyond A and AAAA join this seam with RFC 3263. */
export interface Dns {
  /** Addresses of `host`, in the order to try. @throws CodedError `dns.failed`. */
  lookup(host: string): Promise<readonly string[]>;
}

/** 4 or 6. */
export function ipFamily(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** `address:port`, with brackets for IPv6. */
export function formatEndpoint(endpoint: Endpoint): string {
  const host = ipFamily(endpoint.address) === 6 ? `[${endpoint.address}]` : endpoint.address;
  return `${host}:${endpoint.port}`;
}
