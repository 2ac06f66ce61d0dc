/**
 * The signalling network seam: UDP, TCP and TLS for SIP and netstrings. Media packets go through
 * `packet-io.ts`, HTTP through `core/http`. Real: `real-network.ts`; simulated: `sim-network.ts`.
 */

import type { Dscp } from './dscp.ts';

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
  /** Mark of what is sent; of connections: of listeners here, of others in `ConnectOptions`. */
  readonly dscp?: Dscp | null;
  /** `datagram` belongs to the receiver. */
  onDatagram(datagram: Uint8Array, from: Endpoint): void;
  onError(fault: Error): void;
}

export interface TcpConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Queues bytes; returns false when more than the high-water mark waits to be sent. */
  write(bytes: Uint8Array): boolean;
  /** Bytes written that the network has not taken yet. */
  readonly queuedBytes: number;
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

/** Our side's secrets and whom it believes, as texts of PEM files. */
export interface TlsCredentials {
  /** Certificate chain and its private key; null: none (as client only). */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Authorities that peers are verified with; null: those of the system. */
  readonly authorities: string | null;
}

/** One name of a certificate's subjectAltName. */
export interface CertificateName {
  readonly kind: 'uri' | 'dns' | 'ip';
  readonly value: string;
}

/** What the peer's certificate says; nothing of it may be believed unless `fault` is null. */
export interface TlsPeer {
  readonly names: readonly CertificateName[];
  /** Of the subject; counts only when `names` is empty (RFC 5922 7.1). */
  readonly commonName: string | null;
  /** Null: it gave a certificate that chains up to an authority. `none`: it gave none. Else why it is not believed. */
  readonly fault: string | null;
}

export interface TlsConnection extends TcpConnection {
  readonly peer: TlsPeer;
  /** The server name that the client asked for (SNI), null when it named none. */
  readonly serverName: string | null;
}

export interface TlsListener extends TcpListener {
  /** Handshakes from now on use these. @throws CodedError `tls.credentials`; the old stay in use. */
  renew(credentials: TlsCredentials): void;
}

export interface TlsListenOptions {
  readonly address: string;
  readonly port: number;
  readonly dscp?: Dscp | null;
  readonly credentials: TlsCredentials;
  /** `required`: handshakes without a verified certificate fail; `optional`: a bad one fails, none is let in. */
  readonly requestClientCertificate: 'never' | 'optional' | 'required';
  /** A handshake that takes longer is broken off. */
  readonly handshakeMs: number;
  /** Handshakes under way at once; further connections are closed unseen. */
  readonly maxHandshakes: number;
  /** Asked before the handshake begins; false: closed. `underWay`: handshakes with the same address. */
  admit(remote: Endpoint, underWay: number): boolean;
  onConnection(connection: TlsConnection): void;
  /** A handshake failed; `why` is for logs. */
  onRefused(remote: Endpoint, why: string): void;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
  /** The address of ours to connect from; default: the kernel's choice. */
  readonly localAddress?: string;
  /** Mark of what is sent, from the handshake on. */
  readonly dscp?: Dscp | null;
}

export interface TlsConnectOptions extends ConnectOptions {
  readonly credentials: TlsCredentials;
  /** Sent as SNI when it is a name. It is the caller's to compare it with `peer`. */
  readonly serverName: string;
}

export interface Network {
  /** @throws CodedError `port.taken` when the port is in use, `network.failed` otherwise. */
  udp(options: UdpOptions): Promise<UdpSocket>;
  /** @throws CodedError as `udp`. */
  listenTcp(options: {
    readonly address: string;
    readonly port: number;
    readonly dscp?: Dscp | null;
    onConnection(connection: TcpConnection): void;
  }): Promise<TcpListener>;
  /** @throws CodedError `network.failed` on refusal or after `timeoutMs`. */
  connectTcp(to: Endpoint, options: ConnectOptions): Promise<TcpConnection>;
  /** TLS 1.2 or newer. @throws CodedError as `udp`, and `tls.credentials` for what is no certificate and key. */
  listenTls(options: TlsListenOptions): Promise<TlsListener>;
  /**
   * Connects whatever the server's certificate says: see `peer`.
   * @throws CodedError as `connectTcp`, `tls.credentials`, and `tls.failed` when the handshake fails.
   */
  connectTls(to: Endpoint, options: TlsConnectOptions): Promise<TlsConnection>;
  /** @throws CodedError `tls.credentials` for what is no certificate and its key. */
  checkTls(credentials: TlsCredentials): void;
  /** Addresses of this machine, without link-local ones. */
  localAddresses(): readonly string[];
  /**
   * The local address from which the kernel would send to `to` (a connected UDP probe, cached).
   * Never 0.0.0.0 or ::.
   */
  sourceAddressFor(to: string): Promise<string>;
}

/** An IPv6 address that means something on one link only (RFC 4291 2.5.6). */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address);
}

/** 4 or 6. */
export function ipFamily(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** A host as it stands before a port: IPv6 in brackets. */
export function formatHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** `address:port`, with brackets for IPv6. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return `${formatHost(address)}:${port}`;
}
