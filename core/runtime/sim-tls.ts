/**
 * TLS of the simulated network: the two hellos are text with names and certificates as data; what
 * follows is in the clear. Nothing is secret, every verdict is the one that real TLS would give.
 */
import { CodedError } from './errors.ts';
import {
  type CertificateName,
  type Endpoint,
  formatEndpoint,
  type TcpConnection,
  type TlsConnection,
  type TlsConnectOptions,
  type TlsCredentials,
  type TlsListener,
  type TlsListenOptions,
  type TlsPeer,
} from './network.ts';
import type { SimNetwork } from './sim-network.ts';

const certificateMark = 'SIM CERTIFICATE ';
const keyMark = 'SIM KEY ';
const authorityMark = 'SIM AUTHORITY ';
/** Who `authorities: null` believes. */
const systemAuthority = 'system';

interface SimCertificate {
  readonly names: readonly CertificateName[];
  readonly commonName: string | null;
  readonly issuer: string;
}

/** Certificate and key texts for simulated hosts; names as `sip:a.example` (URI), `dns:a.example`, `ip:10.0.0.1`. */
export function simCertificate(options: {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly commonName?: string;
}): { readonly certificate: string; readonly key: string } {
  const { names, issuer, commonName = null } = options;
  const data: SimCertificate = { names: names.map(nameOf), commonName, issuer };
  return { certificate: certificateMark + JSON.stringify(data), key: keyMark + JSON.stringify(data) };
}

/** The text of a file of authorities that believes these issuers. */
export function simAuthorities(...issuers: readonly string[]): string {
  return authorityMark + issuers.join(' ');
}

function nameOf(text: string): CertificateName {
  if (text.startsWith('dns:')) return { kind: 'dns', value: text.slice(4) };
  if (text.startsWith('ip:')) return { kind: 'ip', value: text.slice(3) };
  return { kind: 'uri', value: text };
}

interface Hello {
  readonly simTls: 1;
  readonly serverName: string | null;
  readonly certificate: SimCertificate | null;
}

export async function simListenTls(network: SimNetwork, options: TlsListenOptions): Promise<TlsListener> {
  let credentials = checkSimTls(options.credentials);
  const shaking: string[] = [];
  const { clock } = network;
  const listener = await network.listenTcp({
    address: options.address,
    port: options.port,
    onConnection(connection) {
      const { address } = connection.remote;
      const fromThere = shaking.filter((other) => other === address).length;
      if (shaking.length >= options.maxHandshakes || !options.admit(connection.remote, fromThere)) {
        connection.destroy();
        return;
      }
      shaking.push(address);
      const refuse = (why: string): void => {
        options.onRefused(connection.remote, why);
        connection.destroy();
      };
      const timer = clock.after(options.handshakeMs, () => refuse('ERR_TLS_HANDSHAKE_TIMEOUT'));
      readHello(connection, (hello) => {
        shaking.splice(shaking.indexOf(address), 1);
        timer.cancel();
        if (hello === null) return;
        if (hello === 'noTls') return refuse('ERR_SSL_WRONG_VERSION_NUMBER');
        const peer = verdict(hello.certificate, credentials.authorities);
        const asks = options.requestClientCertificate;
        if (asks !== 'never' && peer.fault !== null && (peer.fault !== 'none' || asks === 'required')) {
          return refuse(`client certificate: ${peer.fault}`);
        }
        sendHello(connection, null, credentials);
        const shown = asks === 'never' ? verdict(null, null) : peer;
        options.onConnection(new SimTlsEnd(connection, shown, hello.serverName));
      });
    },
  });
  return {
    local: listener.local,
    close: () => listener.close(),
    renew(fresh) {
      credentials = checkSimTls(fresh);
    },
  };
}

export async function simConnectTls(
  network: SimNetwork,
  to: Endpoint,
  options: TlsConnectOptions,
): Promise<TlsConnection> {
  const credentials = checkSimTls(options.credentials);
  const { timeoutMs, serverName } = options;
  const connection = await network.connectTcp(to, options);
  sendHello(connection, serverName, credentials);
  return new Promise((resolve, reject) => {
    const fail = (detail: string): void => {
      connection.destroy();
      reject(new CodedError('tls.failed', `TLS to ${formatEndpoint(to)}: ${detail}`));
    };
    const timer = network.clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`));
    readHello(connection, (hello) => {
      timer.cancel();
      if (hello === null) fail('closed during the handshake');
      else if (hello === 'noTls') fail('ERR_SSL_WRONG_VERSION_NUMBER');
      else resolve(new SimTlsEnd(connection, verdict(hello.certificate, credentials.authorities), serverName));
    });
  });
}

/** The connection below with what the hellos told. */
class SimTlsEnd implements TlsConnection {
  readonly #below: TcpConnection;
  readonly peer: TlsPeer;
  readonly serverName: string | null;
  onData: (bytes: Uint8Array) => void = () => {};
  onClose: (fault: Error | null) => void = () => {};

  constructor(below: TcpConnection, peer: TlsPeer, serverName: string | null) {
    this.#below = below;
    this.peer = peer;
    this.serverName = serverName;
    below.onData = (bytes) => this.onData(bytes);
    below.onClose = (fault) => this.onClose(fault);
  }

  get local(): Endpoint {
    return this.#below.local;
  }

  get remote(): Endpoint {
    return this.#below.remote;
  }

  get queuedBytes(): number {
    return this.#below.queuedBytes;
  }

  write(bytes: Uint8Array): boolean {
    return this.#below.write(bytes);
  }

  end(): void {
    this.#below.end();
  }

  destroy(): void {
    this.#below.destroy();
  }
}

function sendHello(connection: TcpConnection, serverName: string | null, credentials: TlsCredentials): void {
  const { certificate } = credentials;
  const hello: Hello = { simTls: 1, serverName, certificate: certificate === null ? null : parse(certificate) };
  connection.write(Buffer.from(JSON.stringify(hello)));
}

/** The first bytes of the other end; null when it closes instead. */
function readHello(connection: TcpConnection, done: (hello: Hello | 'noTls' | null) => void): void {
  let waiting = true;
  const finish = (hello: Hello | 'noTls' | null): void => {
    if (!waiting) return;
    waiting = false;
    done(hello);
  };
  connection.onClose = () => finish(null);
  connection.onData = (bytes) => finish(helloOf(Buffer.from(bytes).toString()));
}

function helloOf(text: string): Hello | 'noTls' {
  try {
    const hello = JSON.parse(text) as Hello;
    return hello.simTls === 1 ? hello : 'noTls';
  } catch {
    return 'noTls';
  }
}

function verdict(certificate: SimCertificate | null, authorities: string | null): TlsPeer {
  if (certificate === null) return { names: [], commonName: null, fault: 'none' };
  const { names, commonName, issuer } = certificate;
  const believed = authorities === null ? [systemAuthority] : authorities.slice(authorityMark.length).split(' ');
  return { names, commonName, fault: believed.includes(issuer) ? null : 'UNABLE_TO_GET_ISSUER_CERT' };
}

/** @throws CodedError `tls.credentials` for texts that `simCertificate` and `simAuthorities` did not make. */
export function checkSimTls(credentials: TlsCredentials): TlsCredentials {
  const { certificate, key, authorities } = credentials;
  if (certificate !== null) {
    parse(certificate);
    if (key?.slice(keyMark.length) !== certificate.slice(certificateMark.length)) {
      throw new CodedError('tls.credentials', 'ERR_OSSL_X509_KEY_VALUES_MISMATCH');
    }
  }
  if (authorities !== null && !authorities.startsWith(authorityMark)) {
    throw new CodedError('tls.credentials', 'there is no certificate among the authorities');
  }
  return credentials;
}

function parse(certificate: string): SimCertificate {
  try {
    if (certificate.startsWith(certificateMark)) {
      return JSON.parse(certificate.slice(certificateMark.length)) as SimCertificate;
    }
  } catch {
    // Told below.
  }
  throw new CodedError('tls.credentials', 'ERR_OSSL_PEM_NO_START_LINE');
}
