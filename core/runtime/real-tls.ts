/** TLS over real sockets: TLS 1.2 or newer; certificates are reported, the owner judges names. */
import { constants } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { createSecureContext, createServer, type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { markSocket } from './dscp.ts';
import { CodedError } from './errors.ts';
import {
  type Endpoint,
  formatEndpoint,
  ipFamily,
  type TlsConnection,
  type TlsConnectOptions,
  type TlsCredentials,
  type TlsListener,
  type TlsListenOptions,
  type TlsPeer,
} from './network.ts';
import { bindFault, connectionFace, plain, probeAfterMs } from './real-connection.ts';
import { subjectNames } from './subject-names.ts';
import { systemCode } from './system-code.ts';

/**
 * No renegotiation, which lets a peer make us work for nothing; no tickets, so that a session that
 * began under old authorities does not outlive them.
 */
const secureOptions = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;

export function listenTls(options: TlsListenOptions): Promise<TlsListener> {
  const { requestClientCertificate: asks } = options;
  const wanted = { address: options.address, port: options.port };
  return new Promise((resolve, reject) => {
    let context: SecureContext;
    try {
      context = secureContext(options.credentials);
    } catch (fault) {
      reject(fault);
      return;
    }
    const server = createServer({
      ...contextOptions(options.credentials),
      SNICallback: (_name, done) => done(null, context),
      requestCert: asks !== 'never',
      // A certificate is judged below, so that the log can say what was wrong with it.
      rejectUnauthorized: false,
      handshakeTimeout: options.handshakeMs,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: probeAfterMs,
    });
    const shaking = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      const remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 };
      const fromThere = [...shaking].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress).length;
      if (shaking.size >= options.maxHandshakes || remote.address === '' || !options.admit(remote, fromThere)) {
        socket.destroy();
        return;
      }
      shaking.add(socket);
      socket.once('close', () => shaking.delete(socket));
    });
    server.on('secureConnection', (socket) => {
      // The TLS socket wraps the one that began the handshake; both have the same peer.
      for (const each of shaking) {
        if (each.remotePort === socket.remotePort && each.remoteAddress === socket.remoteAddress) shaking.delete(each);
      }
      if (socket.remoteAddress === undefined) {
        socket.destroy(); // gone before we looked
        return;
      }
      const connection = tlsFace(socket, typeof socket.servername === 'string' ? socket.servername : null);
      const { fault } = connection.peer;
      if (asks !== 'never' && fault !== null && (fault !== 'none' || asks === 'required')) {
        options.onRefused(connection.remote, `client certificate: ${fault}`);
        socket.destroy();
      } else options.onConnection(connection);
    });
    server.on('tlsClientError', (fault, socket) => {
      const remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 };
      options.onRefused(remote, systemCode(fault) || fault.message);
      socket.destroy(); // one that took too long is told, but stays open
    });
    server.once('error', (fault) => reject(bindFault('TLS', wanted, fault)));
    server.listen({ host: wanted.address, port: wanted.port, ipv6Only: ipFamily(wanted.address) === 6 }, () => {
      const bound = server.address();
      try {
        markSocket(server, ipFamily(wanted.address), options.dscp);
      } catch (fault) {
        server.close();
        reject(fault);
        return;
      }
      server.on('error', () => {}); // a failed accept (no descriptors left) must not end the process
      resolve({
        local: typeof bound === 'object' && bound !== null ? { address: bound.address, port: bound.port } : wanted,
        close() {
          server.close();
          for (const socket of shaking) socket.destroy();
        },
        renew(credentials) {
          context = secureContext(credentials);
          server.setSecureContext(contextOptions(credentials));
        },
      });
    });
  });
}

export async function connectTls(to: Endpoint, options: TlsConnectOptions): Promise<TlsConnection> {
  const { timeoutMs, serverName, localAddress } = options;
  const context = secureContext(options.credentials);
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      host: to.address,
      port: to.port,
      secureContext: context,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: false,
      // "Literal IPv4 and IPv6 addresses are not permitted in "HostName"" (RFC 6066 3).
      ...(isIP(serverName) === 0 && serverName !== '' ? { servername: serverName } : {}),
      checkServerIdentity: () => undefined,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const fail = (code: 'network.failed' | 'tls.failed', detail: string, cause?: unknown): void => {
      socket.destroy();
      reject(new CodedError(code, `TLS to ${formatEndpoint(to)}: ${detail}`, { cause }));
    };
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      try {
        markSocket(socket, ipFamily(to.address), options.dscp);
      } catch (fault) {
        fail('network.failed', fault instanceof Error ? fault.message : String(fault), fault);
      }
    });
    const onError = (fault: Error): void =>
      fail(connected ? 'tls.failed' : 'network.failed', systemCode(fault) || fault.message, fault);
    const onTimeout = (): void => fail('network.failed', `no answer within ${timeoutMs} ms`);
    const onClose = (): void => fail('tls.failed', 'closed during the handshake');
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.setTimeout(timeoutMs, onTimeout);
    socket.once('secureConnect', () => {
      socket.off('error', onError);
      socket.off('close', onClose);
      socket.setTimeout(0);
      socket.off('timeout', onTimeout);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, probeAfterMs);
      resolve(tlsFace(socket, isIP(serverName) === 0 ? serverName : null));
    });
  });
}

/** @throws CodedError `tls.credentials`. */
export function checkTls(credentials: TlsCredentials): void {
  secureContext(credentials);
}

function tlsFace(socket: TLSSocket, serverName: string | null): TlsConnection {
  return Object.assign(connectionFace(socket), { peer: peerOf(socket), serverName });
}

/** What the certificate of the other end says. */
export function peerOf(socket: TLSSocket): TlsPeer {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { names: [], commonName: null, fault: 'none' };
  const [, commonName = null] = /^CN=(.*)$/m.exec(certificate.subject) ?? [];
  return {
    names: subjectNames(certificate.subjectAltName ?? ''),
    commonName,
    fault: socket.authorized ? null : faultOf(socket.authorizationError),
  };
}

function faultOf(fault: unknown): string {
  return fault instanceof Error ? systemCode(fault) || fault.message : String(fault);
}

function contextOptions({ certificate, key, authorities }: TlsCredentials) {
  return {
    minVersion: 'TLSv1.2' as const,
    secureOptions,
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key }),
    ...(authorities === null ? {} : { ca: authorities }),
  };
}

/** Made once for each object of credentials: the system's authorities alone are two hundred certificates. */
const contexts = new WeakMap<TlsCredentials, SecureContext>();

/** @throws CodedError `tls.credentials`. */
function secureContext(credentials: TlsCredentials): SecureContext {
  const known = contexts.get(credentials);
  if (known !== undefined) return known;
  const { authorities } = credentials;
  if (authorities !== null && !authorities.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CodedError('tls.credentials', 'there is no certificate among the authorities');
  }
  try {
    const context = createSecureContext(contextOptions(credentials));
    contexts.set(credentials, context);
    return context;
  } catch (fault) {
    throw new CodedError('tls.credentials', systemCode(fault) || String(fault), { cause: fault });
  }
}
